package venv

import (
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
)

var onPath = sync.OnceValues(func() (string, error) { return exec.LookPath("python3") })

// interpreter is the first python3 on PATH, which these tests need.
func interpreter(t testing.TB) *python.Interpreter {
	t.Helper()
	name, err := onPath()
	require.NoError(t, err, "this test needs a python3 on PATH")
	i, err := probed(name)
	require.NoError(t, err)
	return i
}

var (
	probes   = map[string]*python.Interpreter{}
	probesMu sync.Mutex
)

func probed(name string) (*python.Interpreter, error) {
	probesMu.Lock()
	defer probesMu.Unlock()
	if i, ok := probes[name]; ok {
		return i, nil
	}
	i, err := python.Probe(background, name)
	if err == nil {
		probes[name] = i
	}
	return i, err
}

// snapshot is a tree as text: every path with its kind, mode, and content or target. Names that begin with skip are left out.
func snapshot(t testing.TB, root string, skip ...string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		require.NoError(t, err)
		for _, s := range skip {
			if rel == s || strings.HasPrefix(rel, s+"/") {
				return nil
			}
		}
		fi, err := d.Info()
		require.NoError(t, err)
		content := ""
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			content, err = os.Readlink(name)
			all[rel] = "link " + content
			return err
		case d.Type().IsRegular():
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			content = string(b)
		}
		all[rel] = fmt.Sprintf("%s %s", fi.Mode(), content)
		return nil
	}))
	return all
}

// framed gives an index's text its checksum.
func framed(text string) []byte {
	return fmt.Appendf([]byte(text), "crc\t%08x\n", crc32.Checksum([]byte(text), indexTable))
}

func sha(b []byte) [sha256.Size]byte { return sha256.Sum256(b) }

func installedName(s string) pep508.Name { return pep508.NormalizeName(s) }

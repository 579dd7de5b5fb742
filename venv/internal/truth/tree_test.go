//go:build live

package truth

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/venv"
)

// tree is what lies below a folder, by slash path: kind and mode, and the sha256 of a file or the target of a link.
type tree map[string]string

func treeOf(t *testing.T, root string) tree {
	t.Helper()
	all := tree{}
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		require.NoError(t, err)
		if rel == venv.StateFolder {
			return fs.SkipDir
		}
		st, err := d.Info()
		require.NoError(t, err)
		text := st.Mode().String()
		switch {
		case st.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			require.NoError(t, err)
			text += " to " + target
		case st.Mode().IsRegular():
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			sum := sha256.Sum256(b)
			text += " " + hex.EncodeToString(sum[:])
		}
		all[filepath.ToSlash(rel)] = text
		return nil
	}))
	return all
}

// isFolder tells by what treeOf says.
func isFolder(text string) bool { return strings.HasPrefix(text, "d") }

// without is the tree less some files, and less the folders that have nothing left in them and are not of bare.
func (all tree) without(gone map[string]bool, bare tree) tree {
	left, held := tree{}, map[string]bool{}
	for name, text := range all {
		if isFolder(text) || gone[name] {
			continue
		}
		left[name] = text
		for dir := path.Dir(name); dir != "." && !held[dir]; dir = path.Dir(dir) {
			held[dir] = true
		}
	}
	for name, text := range all {
		if _, ok := bare[name]; isFolder(text) && (held[name] || ok) {
			left[name] = text
		}
	}
	return left
}

// difference lists what is not the same in two trees.
func difference(want, got tree) (lines []string) {
	for name, text := range want {
		switch other, ok := got[name]; {
		case !ok:
			lines = append(lines, "missing: "+name)
		case other != text:
			lines = append(lines, "changed: "+name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			lines = append(lines, "left: "+name)
		}
	}
	return lines
}

// records are the RECORDs of an environment, by path, each as its lines by path.
func records(t *testing.T, root string, all tree) map[string]map[string]string {
	t.Helper()
	found := map[string]map[string]string{}
	for name := range all {
		if path.Base(name) != "RECORD" || !strings.HasSuffix(path.Dir(name), ".dist-info") || path.Base(path.Dir(path.Dir(name))) != "site-packages" {
			continue
		}
		b, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		lines, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
		require.NoError(t, err, name)
		found[name] = map[string]string{}
		for _, line := range lines {
			require.Len(t, line, 3, name)
			_, twice := found[name][line[0]]
			require.False(t, twice, "%s lists %s twice", name, line[0])
			found[name][line[0]] = fmt.Sprint(line[1:])
		}
	}
	return found
}

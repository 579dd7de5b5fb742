//go:build live

package live

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// folder is what a reader of its own finds in a python folder.
type folder struct {
	versions map[string]string // by normalised name
	files    int               // in a RECORD and true
	problems []string          // two .dist-info of one name, a RECORD that is not true, a file in no RECORD
}

// readFolder reads every .dist-info and compares every file with its RECORD. It shares no code with the library.
func readFolder(t *testing.T, dir string) folder {
	t.Helper()
	f := folder{versions: map[string]string{}}
	infos, err := filepath.Glob(filepath.Join(dir, "*.dist-info"))
	require.NoError(t, err)
	recorded := map[string]bool{}
	for _, info := range infos {
		name, version := identity(t, info)
		if _, twice := f.versions[name]; twice {
			f.problems = append(f.problems, "two .dist-info of "+name)
		}
		f.versions[name] = version
		f.checkRecord(t, dir, info, recorded)
	}
	err = filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && rel != ".":
			return fs.SkipDir // the updater's own
		case d.Type().IsRegular() && !recorded[filepath.ToSlash(rel)]:
			f.problems = append(f.problems, "in no RECORD: "+rel)
		}
		return nil
	})
	require.NoError(t, err)
	return f
}

// identity reads the name and version out of METADATA.
func identity(t *testing.T, info string) (name, version string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(info, "METADATA"))
	require.NoError(t, err)
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" {
			break
		}
		if v, ok := strings.CutPrefix(line, "Name: "); ok && name == "" {
			name = strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(v))
		}
		if v, ok := strings.CutPrefix(line, "Version: "); ok && version == "" {
			version = v
		}
	}
	require.NotEmpty(t, name+version, info)
	return name, version
}

func (f *folder) checkRecord(t *testing.T, dir, info string, recorded map[string]bool) {
	t.Helper()
	record, err := os.Open(filepath.Join(info, "RECORD"))
	require.NoError(t, err)
	defer record.Close()
	lines, err := csv.NewReader(record).ReadAll()
	require.NoError(t, err)
	for _, line := range lines {
		recorded[line[0]] = true
		if problem := checkLine(dir, line); problem != "" {
			f.problems = append(f.problems, filepath.Base(info)+": "+problem)
			continue
		}
		f.files++
	}
}

// checkLine compares one file with its line of RECORD: path, sha256 and size; RECORD itself has neither.
func checkLine(dir string, line []string) string {
	b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(line[0])))
	switch {
	case err != nil:
		return err.Error()
	case strings.HasSuffix(line[0], ".dist-info/RECORD"):
		return ""
	}
	sum := sha256.Sum256(b)
	if want := "sha256=" + base64.RawURLEncoding.EncodeToString(sum[:]); line[1] != want || line[2] != strconv.Itoa(len(b)) {
		return fmt.Sprintf("%s: RECORD says %s, %s bytes; it is %s, %d bytes", line[0], line[1], line[2], want, len(b))
	}
	return ""
}

// hashes gives the sha256 of every file below a folder, by path; names that begin with a dot are left out.
func hashes(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		sum := sha256.Sum256(b)
		all[filepath.ToSlash(rel)] = hex.EncodeToString(sum[:])
		return err
	})
	require.NoError(t, err)
	require.NotEmpty(t, all)
	return all
}

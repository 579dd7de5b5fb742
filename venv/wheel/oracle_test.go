//go:build oracle

package wheel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/corpus"
)

// untrue are the wheels of the corpus whose RECORD is not true: Verify refuses them, Heal helps.
var untrue = map[string]string{"selenium-4.1.2-py3-none-any.whl": "absolute paths in RECORD"}

// versioned are launchers that pip makes for itself and setuptools with the version of the Python that it runs on.
var versioned = regexp.MustCompile(`^bin/(pip|easy_install-)3\.\d+$`)

// Every real wheel opens, verifies and gives the tree that pip install --target makes of it.
func TestRealWheels(t *testing.T) {
	wheels, files, compared, healed := 0, 0, 0, 0
	for _, file := range corpus.Wheels(t) {
		w := openFile(t, file)
		if err := w.Verify(context.Background()); untrue[filepath.Base(file)] != "" {
			require.Error(t, err)
			var found []Violation
			w, found, err = w.Heal(context.Background())
			require.NoError(t, err)
			require.NotEmpty(t, found)
			healed++
		} else {
			require.NoError(t, err, file)
		}
		_, err := w.EntryPoints()
		require.NoError(t, err, file)
		tree, err := w.Layout(FlatScheme(), "chandlery")
		require.NoError(t, err, file)
		checkTree(t, tree)
		wheels, files = wheels+1, files+len(tree.Files())
		compared += compare(t, w, tree, installWithPip(t, file))
	}
	t.Logf("%d wheels (%d healed) with %d files laid out and their RECORDs true; %d files equal to pip's", wheels, healed, files, compared)
}

func openFile(t *testing.T, file string) *Wheel {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	require.NoError(t, err)
	w, err := Open(f, st.Size(), filepath.Base(file))
	require.NoError(t, err)
	return w
}

// installWithPip installs a wheel alone, of whatever platform: pip looks at the tags of a file's name, so a link gives it others.
func installWithPip(t *testing.T, file string) fs.FS {
	t.Helper()
	dir := t.TempDir()
	parts := strings.Split(strings.TrimSuffix(filepath.Base(file), ".whl"), "-")
	link := filepath.Join(dir, strings.Join(append(parts[:2:2], "py3-none-any.whl"), "-"))
	require.NoError(t, os.Symlink(file, link))
	target := filepath.Join(dir, "target")
	corpus.Run(t, "python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--no-compile", "--no-index", "--ignore-requires-python", "--target", target, link)
	return os.DirFS(target)
}

// compare holds a tree against what pip made, and returns how many files are equal. What differs must differ by rule.
func compare(t *testing.T, w *Wheel, tree *Tree, pip fs.FS) (equal int) {
	t.Helper()
	ours, theirs := sums(t, tree), sums(t, pip)
	points, err := w.EntryPoints()
	require.NoError(t, err)
	for _, name := range append([]string{"INSTALLER", "RECORD"}, ofInstallation...) {
		delete(ours, tree.DistInfo()+"/"+name)
		delete(theirs, tree.DistInfo()+"/"+name)
	}
	for _, p := range points {
		if p.IsScript() { // pip makes a launcher, and leaves out scripts of the same purpose
			delete(theirs, "bin/"+p.Name)
			delete(ours, "bin/"+p.Name)
			delete(ours, "bin/"+p.Name+".pya")
		}
	}
	for name, sum := range theirs {
		if versioned.MatchString(name) {
			continue
		}
		if path.Base(path.Dir(name)) == "__pycache__" && strings.HasSuffix(name, ".pyc") {
			assert.NotContains(t, ours, name)
			continue
		}
		// pip's --target takes headers from the place that the home scheme has for them.
		our := strings.Replace(name, "include/python/", "include/", 1)
		if strings.HasPrefix(name, "bin/") && startsWithPython(tree, our) { // pip writes its own interpreter there
			delete(ours, our)
			continue
		}
		if assert.Equal(t, sum, ours[our], "%s of %s", name, w.file) {
			equal++
		}
		delete(ours, our)
	}
	assert.Empty(t, ours, "%s: only ours", w.file)
	return equal
}

func startsWithPython(tree *Tree, name string) bool {
	body, err := tree.ReadFile(name)
	return err == nil && strings.HasPrefix(string(body), "#!python")
}

func sums(t *testing.T, root fs.FS) map[string]string {
	t.Helper()
	out := map[string]string{}
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(root, name)
		sum := sha256.Sum256(body)
		out[name] = hex.EncodeToString(sum[:])
		return err
	}))
	return out
}

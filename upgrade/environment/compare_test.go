//go:build live

package environment

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// rule is a difference between our environment and uv's that is meant, and why. What no rule explains fails.
type rule struct {
	why  string
	path *regexp.Regexp
	sole bool // one of the two may lack the file
}

var rules = []rule{
	{"uv's own bookkeeping of its cache", regexp.MustCompile(`\.dist-info/uv_(cache|build)\.json$`), true},
	{"our state folder, and uv's lock", regexp.MustCompile(`^(\.chandlery(/|$)|\.lock$)`), true},
	{"INSTALLER names the installer", regexp.MustCompile(`\.dist-info/INSTALLER$`), false},
	{"RECORD: order, and the lines of files that differ (compared line by line below)", regexp.MustCompile(`\.dist-info/RECORD$`), false},
	{"bytecode holds the time of its source", regexp.MustCompile(`/__pycache__/[^/]+\.pyc$`), false},
	{"names of the interpreter: which of them is the link to the real one", regexp.MustCompile(`^bin/python[0-9.]*$`), false},
	{"pyvenv.cfg: who made the environment, and its prompt", regexp.MustCompile(`^pyvenv\.cfg$`), false},
	{"activation scripts: ours are those of the interpreter's venv, uv brings virtualenv's", regexp.MustCompile(`^bin/(activate.*|Activate\.ps1|deactivate\.bat|pydoc\.bat)$`), true},
	{"uv keeps its environments out of git and of backups, the interpreter's venv does not", regexp.MustCompile(`^(\.gitignore|CACHEDIR\.TAG)$`), true},
	{"uv adds a hook against distutils' configuration to environments", regexp.MustCompile(`^lib/python[0-9.]+/site-packages/_virtualenv\.(py|pth)$`), true},
	{"include/ is made by the interpreter's venv", regexp.MustCompile(`^include(/python[0-9.]+)?$`), true},
	{"REQUESTED: uv writes it for dependencies too where there are constraints, we for what was asked for alone (asserted apart)", regexp.MustCompile(`\.dist-info/REQUESTED$`), true},
	{"bytecode of a script: we compile all that a wheel brings, as pip does, uv the libraries alone", regexp.MustCompile(`^bin/__pycache__(/[^/]+\.pyc)?$`), true},
	{"the host's bindings, linked one by one", regexp.MustCompile(`^lib/python[0-9.]+/site-packages/(rbd|rados)[.-][^/]+$`), true},
	{"the bytecode of uv's hook", regexp.MustCompile(`^lib/python[0-9.]+/site-packages/__pycache__(/_virtualenv\.[^/]+\.pyc)?$`), true},
}

// entry is a file, folder or link, without the root's own name in it.
type entry struct {
	kind    fs.FileMode
	perm    fs.FileMode
	content []byte
}

func readTree(t testing.TB, root string) map[string]entry {
	t.Helper()
	all := map[string]entry{}
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == root {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		e := entry{kind: fi.Mode().Type(), perm: fi.Mode().Perm()}
		switch {
		case e.kind&fs.ModeSymlink != 0:
			target, err := os.Readlink(name)
			if err != nil {
				return err
			}
			e.content = []byte(target)
		case e.kind.IsRegular():
			if e.content, err = os.ReadFile(name); err != nil {
				return err
			}
		}
		e.content = bytes.ReplaceAll(e.content, []byte(root), []byte("ROOT"))
		all[filepath.ToSlash(rel)] = e
		return nil
	}))
	return all
}

// emptyFolder reports whether name is a folder that holds nothing.
func emptyFolder(tree map[string]entry, name string) bool {
	if !tree[name].kind.IsDir() {
		return false
	}
	for other := range tree {
		if strings.HasPrefix(other, name+"/") {
			return false
		}
	}
	return true
}

// tells is the files of which uv takes the mode that the wheel's own has.
var tells = regexp.MustCompile(`\.dist-info/(RECORD|INSTALLER)$`)

var imported = regexp.MustCompile(`(?m)^\s*from (\S+) import (\S+)`)

// sameScript reports whether two launchers call the same function, or two scripts have the same lines after those that start the interpreter.
func sameScript(a, b []byte) bool {
	x, y := imported.FindSubmatch(a), imported.FindSubmatch(b)
	if bytes.Contains(a, []byte("sys.exit(")) && x != nil && y != nil && bytes.Equal(x[0], y[0]) {
		return true
	}
	return bytes.Equal(body(a), body(b))
}

func body(script []byte) []byte {
	_, after, _ := bytes.Cut(script, []byte("\n"))
	return after
}

// compiledHere lists the extensions of distributions that were built of an sdist, as the lock tells them.
func compiledHere(t testing.TB, root string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(LockPath(root))
	require.NoError(t, err)
	lock, err := pylock.Parse(text)
	require.NoError(t, err)
	sdists := map[pep508.Name]bool{}
	for _, p := range lock.Packages {
		sdists[p.Name] = p.Sdist != nil
	}
	env, err := venv.Open(t.Context(), root)
	require.NoError(t, err)
	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	all := map[string]bool{}
	for n := range installed {
		for _, e := range installed[n].Record {
			if sdists[installed[n].Name] && strings.HasSuffix(e.Path, env.Python.ExtSuffix) {
				all[path.Join(libraryOf(env, &installed[n]), e.Path)] = true
			}
		}
	}
	return all
}

// compare holds two environments against each other and counts.
func compare(t testing.TB, ours, uv string) (equal int, explained map[string]int) {
	t.Helper()
	a, b := readTree(t, ours), readTree(t, uv)
	explained = map[string]int{}
	compiled := compiledHere(t, ours)
	var differences []string
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	for name := range names {
		x, mine := a[name]
		y, theirs := b[name]
		switch {
		case mine && theirs && x.kind == y.kind && x.perm == y.perm && bytes.Equal(x.content, y.content):
			equal++
			continue
		case mine && theirs && (x.kind != y.kind || x.perm != y.perm) && !tells.MatchString(name):
			differences = append(differences, fmt.Sprintf("%s: ours is %v, uv's %v", name, x.kind|x.perm, y.kind|y.perm))
			continue
		case mine && theirs && compiled[name]:
			explained["an extension that was compiled here, each in a folder of its own, whose path it holds"]++
			continue
		case mine && theirs && strings.HasPrefix(name, "bin/") && sameScript(x.content, y.content):
			explained["a launcher of the same function, or a script, whose first lines start the interpreter"]++
			continue
		}
		if !mine && emptyFolder(b, name) {
			explained["a folder without files, which the wheel's zip lists and no RECORD can: uv makes it"]++
			continue
		}
		n := slices.IndexFunc(rules, func(r rule) bool { return r.path.MatchString(name) && (r.sole || mine && theirs) })
		if n < 0 {
			differences = append(differences, fmt.Sprintf("%s: ours %t %v %d bytes, uv's %t %v %d bytes", name, mine, x.kind|x.perm, len(x.content), theirs, y.kind|y.perm, len(y.content)))
			continue
		}
		explained[rules[n].why]++
		if strings.HasSuffix(name, ".dist-info/RECORD") {
			differences = append(differences, compareRecords(t, name, x.content, y.content, compiled)...)
		}
	}
	slices.Sort(differences)
	assert.Empty(t, differences[:min(40, len(differences))], "%d differences that no rule explains", len(differences))
	return equal, explained
}

// unlisted are lines of a RECORD that only one installer writes, or whose file differs by a rule.
var unlisted = regexp.MustCompile(`\.dist-info/(INSTALLER|REQUESTED|RECORD|uv_(cache|build)\.json)$|\.pyc$|^\.\./\.\./\.\./bin/`)

func compareRecords(t testing.TB, record string, ours, uv []byte, compiled map[string]bool) (differences []string) {
	t.Helper()
	read := func(text []byte) map[string]wheel.RecordEntry {
		entries, err := wheel.ParseRecord(text)
		require.NoError(t, err, record)
		all := map[string]wheel.RecordEntry{}
		for _, e := range entries {
			if !unlisted.MatchString(e.Path) && !compiled[path.Join(path.Dir(path.Dir(record)), e.Path)] {
				all[path.Clean(e.Path)] = wheel.RecordEntry{Hash: e.Hash, Size: e.Size}
			}
		}
		return all
	}
	a, b := read(ours), read(uv)
	for name, e := range a {
		if other, ok := b[name]; !ok || other != e {
			differences = append(differences, fmt.Sprintf("%s: %s: ours %v, uv's %v %t", record, name, e, other, ok))
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			differences = append(differences, fmt.Sprintf("%s: %s is uv's alone", record, name))
		}
	}
	return differences
}

// weigh counts files and their bytes.
func weigh(t testing.TB, root string) (files int, bytes int64) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || strings.HasPrefix(name, filepath.Join(root, venv.StateFolder)) {
			return err
		}
		fi, err := d.Info()
		files, bytes = files+1, bytes+fi.Size()
		return err
	}))
	return files, bytes
}

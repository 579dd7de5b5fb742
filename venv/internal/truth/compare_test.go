//go:build live

package truth

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The differences that are meant, each with its reason.
const (
	becauseLauncher = "a launcher: pip's also takes .exe off sys.argv[0], which only Windows has; the rest of both is the same"
	becauseBytecode = "bytecode that the wheel ships: it is left out, as it may be of another Python and is nobody's source (doc of room venv/wheel)"
	becauseLine     = "a line of RECORD of one of these files"

	becausePipLeaves = "an empty folder that pip leaves when it removes what lay in it, whoever installed that: of a namespace package, or of share and etc; this library leaves none"
	becausePipTakes  = "the empty site-packages of the environment, which pip takes away with the last single-file module in it, whoever installed that; this library leaves it"
)

// comparison counts what comparing environments found.
type comparison struct {
	files    int // that both have
	equal    int
	lines    int            // of RECORDs
	meant    map[string]int // by reason
	unmeant  []string
	refused  map[string]string // by project: not installed by this library, though pip does
	declined map[string]string // by project: not installed by pip
}

func newComparison() *comparison {
	return &comparison{meant: map[string]int{}, refused: map[string]string{}, declined: map[string]string{}}
}

func (c *comparison) fault(format string, args ...any) {
	c.unmeant = append(c.unmeant, fmt.Sprintf(format, args...))
}

// trees holds what this library made against what pip made.
func (c *comparison) trees(t *testing.T, ours, theirs *site) {
	t.Helper()
	a, b := ours.now(t), theirs.now(t)
	meant := map[string]bool{} // paths whose lines in RECORD may differ too
	for _, name := range sorted(a, b) {
		mine, isMine := a[name]
		its, isIts := b[name]
		if _, bare := ours.bare[name]; bare && mine == ours.bare[name] && its == theirs.bare[name] {
			continue // the environment's own: it names its place
		}
		if isMine && isIts && !isFolder(mine) {
			c.files++
		}
		switch {
		case mine == its:
			c.equal++
		case strings.HasSuffix(name, "/RECORD"): // line by line, below
		case !isMine && isBytecode(name) && its != "":
			c.meant[becauseBytecode]++
			meant[name] = true
		case isMine && isIts && mine[:10] == its[:10] && path.Dir(name) == "bin":
			c.script(t, name, ours.root(), theirs.root())
			meant[name] = true
		default:
			c.fault("%s: ours %q, pip's %q", name, mine, its)
		}
	}
	c.records(records(t, ours.root(), a), records(t, theirs.root(), b), meant)
}

func sorted(a, b tree) []string {
	var names []string
	for _, all := range []tree{a, b} {
		for name := range all {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func isBytecode(name string) bool {
	return strings.HasSuffix(name, ".pyc") && path.Base(path.Dir(name)) == "__pycache__" || path.Base(name) == "__pycache__"
}

// script compares two scripts but for the place of their environments.
func (c *comparison) script(t *testing.T, name, ours, theirs string) {
	t.Helper()
	read := func(root string) string {
		b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		require.NoError(t, err)
		return strings.ReplaceAll(string(b), root, "ROOT")
	}
	mine, its := read(ours), read(theirs)
	switch {
	case mine == its:
		c.equal++
	case mine == withoutArgv(its):
		c.meant[becauseLauncher]++
	default:
		c.fault("%s: ours %q, pip's %q", name, mine, its)
	}
}

// withoutArgv takes out of pip's launcher the lines that ours lacks: today's is removesuffix, older ones call re.sub.
func withoutArgv(script string) string {
	var kept []string
	for line := range strings.Lines(script) {
		if !strings.HasPrefix(line, "    sys.argv[0] = ") && line != "import re\n" && line != "# -*- coding: utf-8 -*-\n" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// records holds lines against each other. Paths in them are as seen from the folder that .dist-info lies in.
func (c *comparison) records(ours, theirs map[string]map[string]string, meant map[string]bool) {
	for _, name := range slices.Sorted(keys(ours, theirs)) {
		a, b := ours[name], theirs[name]
		library := path.Dir(path.Dir(name))
		for _, file := range slices.Sorted(keys(a, b)) {
			c.lines++
			mine, isMine := a[file]
			its, isIts := b[file]
			switch {
			case isMine && isIts && mine == its:
			case meant[path.Join(library, file)]:
				c.meant[becauseLine]++
			default:
				c.fault("%s: %s: ours %q, pip's %q", name, file, mine, its)
			}
		}
	}
}

package house

import (
	"go/ast"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFormatted(t *testing.T) {
	for _, s := range sources(t) {
		want, err := format.Source(s.text)
		require.NoError(t, err, s.path)
		assert.True(t, string(want) == string(s.text), "%s: run gofmt", s.path)
	}
}

// TestNoForeignNames: an index is the user's choice, so no registry's host stands anywhere; nor does a path of the machine that the
// repository was written on.
func TestNoForeignNames(t *testing.T) {
	forbidden := regexp.MustCompile(strings.Join([]string{
		`pypi\.o[a-z]{2}\b`, `python` + `hosted\.`, `proxy\.` + `golang`,
		`(^|[^A-Za-z0-9_.])/(work|root|farm)/[A-Za-z.]`,
	}, "|"))
	require.True(t, forbidden.MatchString("see /wo"+"rk/main"))
	for _, path := range files(t) {
		b, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		for i, line := range strings.Split(string(b), "\n") {
			if m := forbidden.FindString(line); m != "" {
				t.Errorf("%s:%d: names %q", path, i+1, m)
			}
		}
	}
}

// TestSmallFiles: the repository holds what the project wrote: no distribution that a tool left, nor anything else of more than 1 MiB.
func TestSmallFiles(t *testing.T) {
	for _, path := range files(t) {
		st, err := os.Stat(filepath.Join(root, path))
		require.NoError(t, err)
		assert.LessOrEqual(t, st.Size(), int64(1<<20), path)
		assert.NotEqual(t, ".whl", filepath.Ext(path), path)
	}
}

// TestLength holds the measure of the code that this project learns from: functions with a median of about ten lines and a 90th percentile
// of forty, files of about 150.
func TestLength(t *testing.T) {
	var funcs, lines []int
	for _, s := range sources(t) {
		if s.test() {
			continue
		}
		n := s.line(s.file.FileEnd)
		lines = append(lines, n)
		if n > 400 {
			t.Logf("long file: %s, %d lines", s.path, n)
		}
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				n := s.line(f.End()) - s.line(f.Pos()) + 1
				funcs = append(funcs, n)
				if n > 60 {
					t.Logf("long function: %s:%d %s, %d lines", s.path, s.line(f.Pos()), f.Name.Name, n)
				}
			}
		}
	}
	slices.Sort(funcs)
	slices.Sort(lines)
	at := func(s []int, percent int) int { return s[(len(s)-1)*percent/100] }
	t.Logf("%d functions: median %d, 90th percentile %d, longest %d lines", len(funcs), at(funcs, 50), at(funcs, 90), at(funcs, 100))
	t.Logf("%d files: median %d, 90th percentile %d, longest %d lines", len(lines), at(lines, 50), at(lines, 90), at(lines, 100))
	assert.LessOrEqual(t, at(funcs, 50), 12)
	assert.LessOrEqual(t, at(funcs, 90), 40)
	assert.LessOrEqual(t, at(lines, 50), 170)
}

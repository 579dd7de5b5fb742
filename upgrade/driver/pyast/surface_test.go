package pyast

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reader gives the Reader of the first python3 on PATH.
func reader(t testing.TB) *Reader {
	t.Helper()
	python, err := exec.LookPath("python3")
	require.NoError(t, err, "the tests of this package need a CPython on PATH")
	return &Reader{Python: python}
}

// example is one case of testdata/surface: `== file`, the source, `--`, and what render gives of it.
type example struct{ table, file, text, want string }

func (e example) source() Source {
	name, isPackage := strings.CutSuffix(strings.TrimSuffix(e.file, ".py"), "/__init__")
	return Source{Name: strings.ReplaceAll(name, "/", "."), Package: isPackage, Text: []byte(e.text), File: e.file}
}

// examples reads tables. A line of one that begins with `==` begins a case.
func examples(t testing.TB, tables ...string) []example {
	t.Helper()
	var found []example
	for _, table := range tables {
		text, err := os.ReadFile(table)
		require.NoError(t, err)
		for _, c := range strings.Split("\n"+string(text), "\n== ")[1:] {
			file, rest, ok := strings.Cut(c, "\n")
			require.True(t, ok)
			source, want, ok := strings.Cut(rest, "\n--\n")
			require.True(t, ok, "%s: %s has no expectation", table, file)
			found = append(found, example{path.Base(filepath.ToSlash(table)), file, source + "\n", want})
		}
	}
	require.NotEmpty(t, found)
	return found
}

func TestSurface(t *testing.T) {
	tables, err := filepath.Glob("testdata/surface/*.txt")
	require.NoError(t, err)
	testTable(t, reader(t), tables...)
}

// testTable reads the cases of tables in one call.
func testTable(t *testing.T, r *Reader, tables ...string) {
	t.Helper()
	cases := examples(t, tables...)
	var files []Source
	for _, c := range cases {
		files = append(files, c.source())
	}
	found, err := r.Surface(t.Context(), files)
	require.NoError(t, err)
	for i, c := range cases {
		if assert.NoError(t, found[i].Err, "%s: %s", c.table, c.file) {
			assert.Equal(t, strings.TrimSpace(c.want), strings.TrimSpace(render(found[i].Module)), "%s %s: %s\n%s", r.Python, c.table, c.file, c.text)
		}
	}
}

package wheelmake

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var demo = Spec{
	Name: "Demo.Lib", Version: "1.0-1", Tag: "py2.py3-none-any", Requires: []string{"other>=2"}, Extras: []string{"x"},
	RequiresPython: ">=3.7", Files: map[string]string{"demo/__init__.py": "", "demo/é,x.py": "a = 1\n"}, Executable: []string{"demo/é,x.py"},
}

func contents(t *testing.T, blob []byte) map[string]string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(blob), int64(len(blob)))
	require.NoError(t, err)
	files := map[string]string{}
	for _, f := range r.File {
		rc, err := f.Open()
		require.NoError(t, err)
		body, err := io.ReadAll(rc)
		require.NoError(t, err)
		files[f.Name] = string(body)
	}
	return files
}

func TestMake(t *testing.T) {
	for _, deflate := range []bool{false, true} {
		s := demo
		s.Deflate = deflate
		blob := Make(s)
		assert.Equal(t, blob, Make(s), "the same Spec gives the same bytes")
		got := contents(t, blob)
		assert.Len(t, got, 5)
		assert.Equal(t, "a = 1\n", got["demo/é,x.py"])
		assert.Contains(t, got["demo_lib-1.0_1.dist-info/METADATA"], "Requires-Dist: other>=2\n")
		assert.Contains(t, got["demo_lib-1.0_1.dist-info/WHEEL"], "Tag: py2-none-any\nTag: py3-none-any\n")
		assert.Contains(t, got["demo_lib-1.0_1.dist-info/RECORD"], "\"demo/é,x.py\",sha256=")
	}
	assert.Equal(t, "demo_lib-1.0_1-py2.py3-none-any.whl", demo.Filename())
}

func TestEdits(t *testing.T) {
	s := Spec{Name: "demo", Version: "1"}
	s.Edit = Replace("demo.py", "evil")
	assert.Equal(t, "evil", contents(t, Make(s))["demo.py"])
	s.Edit = Drop("RECORD")
	assert.NotContains(t, contents(t, Make(s)), "demo-1.dist-info/RECORD")
	s.Edit = Add(Member{"more.py", "x", 0o100644})
	got := contents(t, Make(s))
	assert.Equal(t, "x", got["more.py"])
	assert.NotContains(t, got["demo-1.dist-info/RECORD"], "more.py")
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Folder(dir, Spec{Name: "a", Version: "1"}, Spec{Name: "b", Version: "2", Build: "3x"}))
	got, err := os.ReadFile(filepath.Join(dir, "b-2-3x-py3-none-any.whl"))
	require.NoError(t, err)
	assert.Equal(t, Make(Spec{Name: "b", Version: "2", Build: "3x"}), got)
}

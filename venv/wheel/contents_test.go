package wheel_test

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func unpack(t *testing.T, s wheelmake.Spec) (*wheel.Contents, string, error) {
	t.Helper()
	blob := wheelmake.Make(s)
	w, err := wheel.Open(bytes.NewReader(blob), int64(len(blob)), s.Filename())
	require.NoError(t, err)
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	c, err := w.Unpack(t.Context(), root)
	return c, dir, err
}

func TestUnpack(t *testing.T) {
	s := wheelmake.Spec{Name: "Demo.X", Version: "1.0", Executable: []string{"demo/tool"}, EntryPoints: "[console_scripts]\nd=demo:f\n", Files: map[string]string{
		"demo/__init__.py": "x", "demo/tool": "y", "demo/__pycache__/a.pyc": "z", "demo_x-1.0.data/scripts/s": "#!python\n", "demo_x-1.0.data/headers/d.h": "",
	}}
	c, dir, err := unpack(t, s)
	require.NoError(t, err)
	b, err := os.ReadFile(filepath.Join(dir, "demo", "tool"))
	require.NoError(t, err)
	assert.Equal(t, "y", string(b))
	require.Len(t, c.EntryPoints, 1)
	assert.Equal(t, "site", c.Library(wheel.Scheme{Purelib: "site", Platlib: "plat"}))
	placed, err := c.Place(wheel.Scheme{Purelib: "site", Platlib: "plat", Scripts: "bin", Headers: "include"})
	require.NoError(t, err)
	to := map[string]bool{}
	for _, p := range placed {
		to[p.To] = p.Script
		assert.Equal(t, p.Name == "demo/tool", p.Executable, p.Name)
		if p.Name == "demo/tool" {
			assert.Equal(t, wheel.HashOf([]byte("y")), p.Hash)
		}
	}
	assert.Equal(t, map[string]bool{"site/demo/__init__.py": false, "site/demo/tool": false, "bin/s": true, "include/demo-x/d.h": false,
		"site/demo_x-1.0.dist-info/METADATA": false, "site/demo_x-1.0.dist-info/WHEEL": false, "site/demo_x-1.0.dist-info/entry_points.txt": false}, to)
	assert.Equal(t, "../bin/s", wheel.Relative("site", "bin/s"))
}

// TestUnpackRecord has RECORDs that are wrong, and one that is right with hashes of another kind.
func TestUnpackRecord(t *testing.T) {
	sum := sha512.Sum512([]byte("x"))
	strong := "sha512=" + base64.RawURLEncoding.EncodeToString(sum[:])
	files := map[string]string{"demo.py": "x"}
	for name, c := range map[string]struct {
		edit func([]wheelmake.Member) []wheelmake.Member
		good bool
	}{
		"true":    {nil, true},
		"sha512":  {record(func(s string) string { return strings.Replace(s, wheelmake.Hash("x"), strong, 1) }), true},
		"changed": {wheelmake.Replace("demo.py", "y"), false},
		"extra":   {wheelmake.Add(wheelmake.Member{Name: "more.py", Mode: 0o100644}), false},
		"missing": {wheelmake.Drop("demo.py"), false},
		"twice":   {record(func(s string) string { return s + strings.SplitAfter(s, "\n")[0] }), false},
	} {
		_, _, err := unpack(t, wheelmake.Spec{Name: "demo", Version: "1", Files: files, Edit: c.edit})
		var broken *wheel.FormatError
		if c.good {
			assert.NoError(t, err, name)
		} else {
			assert.ErrorAs(t, err, &broken, name)
		}
	}
}

// record is an Edit of RECORD's text.
func record(change func(string) string) func([]wheelmake.Member) []wheelmake.Member {
	return func(members []wheelmake.Member) []wheelmake.Member {
		last := &members[len(members)-1]
		last.Body = change(last.Body)
		return members
	}
}

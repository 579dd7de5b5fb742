package crawl

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// sdistOf is a gzipped tar of files; a name that ends in "->" is a symbolic link.
func sdistOf(t testing.TB, files ...string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Size: int64(len(files[i+1])), Mode: 0o644, Typeflag: tar.TypeReg}
		if link, ok := strings.CutSuffix(files[i], "->"); ok {
			h = &tar.Header{Name: link, Typeflag: tar.TypeSymlink, Linkname: files[i+1]}
		}
		require.NoError(t, w.WriteHeader(h))
		if h.Size > 0 {
			_, err := w.Write([]byte(files[i+1]))
			require.NoError(t, err)
		}
	}
	require.NoError(t, errors.Join(w.Close(), z.Close()))
	return b.Bytes()
}

const pkgInfo = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Python: >=3.6\nRequires-Dist: six\n\n"

// memory is a Blob in memory.
type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func readAs(t testing.TB, name string, b []byte) (*distribution, error) {
	parsed, err := dist.ParseFilename(name)
	require.NoError(t, err)
	return readFile(t.Context(), memory{bytes.NewReader(b)}, dist.File{Filename: parsed, Artifact: dist.Artifact{File: name}}, nil)
}

func modulesOf(d *distribution) (names []string) {
	for _, s := range d.Sources {
		names = append(names, s.Module)
	}
	return names
}

func TestReadSdist(t *testing.T) {
	files := []string{
		"demo-1.0/PKG-INFO", pkgInfo, "demo-1.0/setup.py", "", "demo-1.0/demo/__init__.py", "def a", "demo-1.0/demo/tests/x.py", "", "./demo-1.0/demo/sub/mod.py", "def b",
		"demo-1.0/doc/conf.py", "", "demo-1.0/src/inner/__init__.py", "", "demo-1.0/src/inner/m.py", "", "demo-1.0/demo.egg-info/entry_points.txt", "[g]\nn = demo:a\n", "demo-1.0/demo/link.py->", "/etc/passwd",
		"demo-1.0/demo/../../up.py", "",
	}
	d, err := readAs(t, "demo-1.0.tar.gz", sdistOf(t, files...))
	require.NoError(t, err)
	assert.Equal(t, []string{"demo", "demo.sub.mod", "inner", "inner.m"}, modulesOf(d))
	assert.Equal(t, []string{"demo.tests"}, d.Opaque)
	assert.Equal(t, []any{">=3.6", []string{"six"}, map[string]map[string]string{"g": {"n": "demo:a"}}}, []any{d.RequiresPython, d.Requires, d.EntryPoints})

	var members []wheelmake.Member
	for i := 0; i < 4; i += 2 {
		members = append(members, wheelmake.Member{Name: files[i], Body: files[i+1], Mode: 0o100644})
	}
	members = append(members, wheelmake.Member{Name: "demo-1.0/demo/__init__.py", Mode: 0o100644})
	d, err = readAs(t, "demo-1.0.zip", wheelmake.Zip(members, true))
	require.NoError(t, err)
	assert.Equal(t, []string{"demo"}, modulesOf(d))
}

func TestReadSdistErrors(t *testing.T) {
	many := []string{"demo-1.0/PKG-INFO", pkgInfo}
	for i := range MaxFiles + 1 {
		many = append(many, fmt.Sprintf("demo-1.0/%d", i), "")
	}
	for name, c := range map[string]struct {
		b    []byte
		want string
	}{
		"no gzip":       {[]byte(strings.Repeat("hello", 10)), "gzip"},
		"no tar":        {gzipped(t, strings.Repeat("hello", 1000)), "tar"},
		"no PKG-INFO":   {sdistOf(t, "demo-1.0/demo/__init__.py", ""), "PKG-INFO"},
		"another's":     {sdistOf(t, "demo-1.0/PKG-INFO", strings.Replace(pkgInfo, "demo", "evil", 1)), "evil"},
		"many files":    {sdistOf(t, many...), ErrTooLarge.Error()},
		"huge PKG-INFO": {sdistOf(t, "demo-1.0/PKG-INFO", strings.Repeat(" ", dist.MaxMetadata+1)), ErrTooLarge.Error()},
		"cut":           {sdistOf(t, many[:4]...)[:60], "EOF"},
	} {
		_, err := readAs(t, "demo-1.0.tar.gz", c.b)
		assert.ErrorContains(t, err, c.want, name)
	}
	d, err := readAs(t, "demo-1.0.tar.gz", sdistOf(t, "demo-1.0/PKG-INFO", pkgInfo, "demo-1.0/demo/__init__.py", "", "demo-1.0/demo/huge.py", strings.Repeat(" ", pyast.MaxSource+1)))
	require.NoError(t, err)
	assert.Equal(t, []string{"demo.huge"}, d.Opaque)
}

func gzipped(t *testing.T, text string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	require.NoError(t, errors.Join(err, z.Close()))
	return b.Bytes()
}

func TestModulePath(t *testing.T) {
	for name, want := range map[string]string{
		"cinder/__init__.py":                  "cinder package",
		"cinder/volume/utils.py":              "cinder.volume.utils",
		"six.py":                              "six",
		"a/b.cpython-311-x86_64-linux-gnu.so": "a.b extension",
		"a/b.pyd":                             "a.b extension",
		"a/b.abi3.so":                         "a.b extension",
		"__init__.py":                         "",
		"a/b.pyi":                             "",
		"a/b.py.txt":                          "",
		"a-b/c.py":                            "",
		"a/1.py":                              "",
		"migrations/versions/89aa6f_x.py":     "",
		"":                                    "",
		"a/ü.py":                              "",
		"cinder-1.0.dist-info/licenses/script.py": "",
	} {
		parts, kind, pkg := modulePath(name)
		got := strings.Join(parts, ".")
		if pkg {
			got += " package"
		}
		if kind == extension {
			got += " extension"
		}
		assert.Equal(t, want, got, name)
	}
}

// FuzzReadFile: no bytes of a wheel or sdist do harm, and what is read of them can be said in an import statement.
func FuzzReadFile(f *testing.F) {
	f.Add(true, wheelmake.Make(wheelmake.Spec{Name: "demo", Version: "1.0", EntryPoints: "[a]\nb = c:d\n"}))
	f.Add(false, sdistOf(f, "demo-1.0/PKG-INFO", pkgInfo, "demo-1.0/demo/__init__.py", "def a"))
	f.Fuzz(func(t *testing.T, isWheel bool, b []byte) {
		name := "demo-1.0.tar.gz"
		if isWheel {
			name = "demo-1.0-py3-none-any.whl"
		}
		d, err := readAs(t, name, b)
		if err != nil {
			return
		}
		for _, module := range append(modulesOf(d), d.Opaque...) {
			for _, part := range strings.Split(module, ".") {
				require.True(t, isIdentifier(part), module)
			}
		}
	})
}

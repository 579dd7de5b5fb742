package dist

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFilenameReader(t *testing.T) {
	r := &FilenameReader{Project: "foo-bar"}
	for range 2 { // the second time from memory
		for _, s := range []string{
			"foo_bar-1.0-py3-none-any.whl", "Foo.Bar-1.0-py3-none-any.whl", "foo_bar-1.0-1-py3-none-any.whl", "foo_bar-v1.0-py2.py3-none-any.whl", "foo_bar-1.0.0-py2.py3-none-any.whl",
			"bar-1.0-py3-none-any.whl", "foo__bar-1.0-py3-none-any.whl", "-1.0-py3-none-any.whl", "foo_bar-1.x-py3-none-any.whl", "foo_bar-1.0-3-none-any.whl",
			"foo-bar-1.0-2.tar.gz", "Foo.Bar-1.0.zip", "bar-1.0.zip", "foo_bar-1.0.exe",
		} {
			want, wrong := ParseFilenameOf("foo-bar", s)
			got, err := r.Read(s)
			assert.Equal(t, wrong, err)
			assert.Equal(t, want, got)
		}
	}
	one, _ := r.Read("foo_bar-1.0-py2.py3-none-any.whl")
	other, _ := r.Read("foo_bar-1.0-py2.py3-none-any.whl")
	assert.Same(t, &one.Tags[0], &other.Tags[0], "they share their tags")
}

// A reader that has seen other names reads a name as one that has not.
func FuzzFilenameReader(f *testing.F) {
	f.Add("foo-1.0-py3-none-any.whl", "foo-1.0.0-py3-none-any.whl")
	f.Add("foo-1.0-2.tar.gz", "Foo-1.0-2.zip")
	f.Add("foo-1.0-1-cp37.cp38-abi3-win32.whl", "bar-1.0-1-cp37.cp38-abi3-win32.whl")
	f.Fuzz(func(t *testing.T, a, b string) {
		r := &FilenameReader{Project: "foo"}
		for _, s := range []string{a, b, a} {
			want, wrong := ParseFilenameOf("foo", s)
			got, err := r.Read(s)
			require.Equal(t, wrong, err)
			require.Equal(t, want, got)
		}
	})
}

func BenchmarkFilenameReader(b *testing.B) {
	r := &FilenameReader{Project: "numpy"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.Read("numpy-1.2.3-cp37-cp37m-manylinux_2_12_x86_64.manylinux2010_x86_64.whl"); err != nil {
			b.Fatal(err)
		}
	}
}

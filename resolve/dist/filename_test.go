package dist

import (
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What is accepted, and as what, was taken from packaging 26.3.
func TestParseFilename(t *testing.T) {
	for _, c := range []struct{ file, name, version, build, tags string }{
		{"foo-1.0-py3-none-any.whl", "foo", "1.0", "", "py3-none-any"},
		{"Foo_Bar-1.0.post1-1_foo-cp310.cp311-none-win32.win_amd64.whl", "foo-bar", "1.0.post1", "1_foo",
			"cp310-none-win32 cp310-none-win_amd64 cp311-none-win32 cp311-none-win_amd64"},
		{"foo.bar-1.0-py3-none-any.whl", "foo-bar", "1.0", "", "py3-none-any"},
		{"fé-1.0-py3-none-any.whl", "fé", "1.0", "", "py3-none-any"},
		{"_foo-1.0-py3-none-any.whl", "-foo", "1.0", "", "py3-none-any"},
		{"foo-1.0+abc_1-py3-none-any.whl", "foo", "1.0+abc.1", "", "py3-none-any"},
		{"foo- 1.0 -py3-none-any.whl", "foo", "1.0", "", "py3-none-any"},
		{"foo-1.0-99999999999999999999999-py3-none-any.whl", "foo", "1.0", "18446744073709551615", "py3-none-any"},
		{"foo-1.0-1a\nb-py3-none-any.whl", "foo", "1.0", "1a", "py3-none-any"},
		{"foo-v1.0-1-py2.py3-none-any.whl", "foo", "1.0", "1", "py2-none-any py3-none-any"},
		{"foo-1.0.tar.gz", "foo", "1.0", "", ""},
		{"foo-1.0-2.tar.gz", "foo-1-0", "2", "", ""},
		{"foo-1.0.zip", "foo", "1.0", "", ""},
		{"Foo.Bar__x-1.0rc1.tar.gz", "foo-bar-x", "1.0rc1", "", ""},
		{"a/b-1.0.zip", "a/b", "1.0", "", ""},
		{"\u212aube-1.0.zip", "kube", "1.0", "", ""},
		{"foo-1!1.0.tar.gz", "foo", "1!1.0", "", ""},
		{"foo--1.0.tar.gz", "foo-", "1.0", "", ""},
	} {
		t.Run(c.file, func(t *testing.T) {
			f, err := ParseFilename(c.file)
			require.NoError(t, err)
			var tags []string
			for _, x := range f.Tags {
				tags = append(tags, x.String())
			}
			assert.Equal(t, c.name, string(f.Name))
			assert.Equal(t, c.version, f.Version.String())
			assert.Equal(t, c.build, f.Build.String())
			assert.Equal(t, c.tags, strings.Join(tags, " "))
			assert.Equal(t, strings.HasSuffix(c.file, ".whl"), f.Kind == Wheel)
			assert.Equal(t, !strings.HasSuffix(c.file, ".whl"), f.Kind == Sdist)
		})
	}
}

func TestParseFilenameInvalid(t *testing.T) {
	for _, c := range []struct{ file, reason string }{
		{"foo-1.0_1-py3-none-any.whl", "no version"},
		{"foo-1.0--py3-none-any.whl", `build tag "" does not start with a digit`},
		{"foo__bar-1.0-py3-none-any.whl", "not escaped"},
		{"foo-bar-1.0-py3-none-any.whl", "no version"},
		{"-1.0-py3-none-any.whl", "not escaped"},
		{"foo-1.0-x1-py3-none-any.whl", "does not start with a digit"},
		{"foo-1.0-py3-none-any.WHL", "neither .whl"},
		{"foo-1.0-py3..py2-none-any.whl", "no compatibility tag"},
		{"f\u0301-1.0-py3-none-any.whl", "not escaped"},
		{"foo\n-1.0-py3-none-any.whl", "not escaped"},
		{"foo\xff-1.0-py3-none-any.whl", "not escaped"},
		{"foo-1.0-py3-none-any-x.whl", "does not start with a digit"},
		{"foo-1.0-py3-none.whl", "five parts"},
		{"foo-1.0-1-2-py3-none-any.whl", "five parts"},
		{"foo.tar.gz", "joined by a dash"},
		{"-1.0.tar.gz", "joined by a dash"},
		{"foo-bar.tar.gz", "no version"},
		{"foo-1.0.tar.bz2", "neither .whl"},
		{"foo-1.0.linux-x86_64.zip", "no version"},
		{"foo-1.0.egg", "neither .whl"},
		{"", "neither .whl"},
		{strings.Repeat("a", MaxFilename) + "-1.0.tar.gz", "longer than"},
	} {
		t.Run(c.file, func(t *testing.T) {
			f, err := ParseFilename(c.file)
			var fe *FilenameError
			require.ErrorAs(t, err, &fe)
			assert.NotEmpty(t, fe.Reason)
			assert.ErrorContains(t, err, c.reason)
			assert.Equal(t, Other, f.Kind)
		})
	}
}

func TestParseFilenameOf(t *testing.T) {
	for _, c := range []struct{ project, file, version string }{
		{"foo", "foo-1.0-2.tar.gz", "1.0.post2"},
		{"foo-1-0", "foo-1.0-2.tar.gz", "2"},
		{"foo", "foo-1.0.tar.gz", "1.0"},
		{"foo-bar", "foo-bar-1.0.zip", "1.0"},
		{"foo-bar", "Foo.Bar-1.0-rc1.zip", "1.0rc1"},
		{"foo-bar", "foo_bar-1.0-py3-none-any.whl", "1.0"},
		{"foo", "bar-1.0.tar.gz", ""},
		{"foo", "foo_bar-1.0-py3-none-any.whl", ""},
		{"foo", "foo-bar-1.0.tar.gz", ""},
	} {
		t.Run(c.project+" "+c.file, func(t *testing.T) {
			f, err := ParseFilenameOf(pep508.Name(c.project), c.file)
			if c.version == "" {
				var fe *FilenameError
				require.ErrorAs(t, err, &fe)
				assert.ErrorContains(t, err, "not to "+c.project)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.version, f.Version.String())
			assert.Equal(t, c.project, string(f.Name))
		})
	}
}

func TestBuildCompare(t *testing.T) {
	ascending := []string{"", "0", "1", "1a", "1b", "2", "10", "10_x", "99999999999999999999"}
	for i, x := range ascending {
		for j, y := range ascending {
			a, _ := parseBuild(x)
			b, _ := parseBuild(y)
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			assert.Equal(t, want, a.Compare(b), "%q %q", x, y)
		}
	}
}

func FuzzParseFilename(f *testing.F) {
	for _, s := range []string{"foo-1.0-py3-none-any.whl", "Foo_Bar-1.0.post1-1_foo-cp310.cp311-none-win32.win_amd64.whl", "foo-1.0-2.tar.gz", "a-1.zip", "\u212a-1.zip"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseFilename(s)
		if err != nil {
			var fe *FilenameError
			require.ErrorAs(t, err, &fe)
			require.Equal(t, Other, got.Kind)
			return
		}
		require.NotEqual(t, Other, got.Kind)
		require.False(t, got.Version.IsZero())
		require.Equal(t, got.Kind == Wheel, len(got.Tags) > 0)
		require.NotContains(t, string(got.Name), "--")
		same, err := ParseFilenameOf(got.Name, s)
		require.NoError(t, err, "its own project refuses %q", s)
		require.Equal(t, got.Name, same.Name)
	})
}

func BenchmarkParseFilename(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseFilename("numpy-1.20.3-cp37-cp37m-manylinux_2_12_x86_64.manylinux2010_x86_64.whl"); err != nil {
			b.Fatal(err)
		}
	}
}

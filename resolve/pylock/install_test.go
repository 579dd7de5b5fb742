package pylock

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var linux = func() resolve.Platform {
	pl, err := resolve.NewPlatform("linux", pep440.MustParse("3.11.9"), "manylinux_2_28_x86_64")
	if err != nil {
		panic(err)
	}
	return pl
}()

// entry is one package of a lock, with wheels of these tags.
func entry(name, lines string, tags ...string) string {
	var b strings.Builder
	b.WriteString("[[packages]]\nname = '" + name + "'\n" + lines + "\n")
	for _, tag := range tags {
		b.WriteString("[[packages.wheels]]\nurl = 'https://files.example/" + name + "-1.0-" + tag + ".whl'\n" + sha + "\n")
	}
	return b.String()
}

func TestResolution(t *testing.T) {
	dir, err := os.Getwd()
	require.NoError(t, err)
	here := "file://" + filepath.ToSlash(dir)
	for name, c := range map[string]struct {
		text      string
		selection Selection
		want      []string // file's name, or the whole address of a local one
		err       string
	}{
		"best tag":      {text: entry("a", "", "py3-none-any", "cp311-cp311-manylinux_2_17_x86_64", "cp311-cp311-win_amd64"), want: []string{"a-1.0-cp311-cp311-manylinux_2_17_x86_64.whl"}},
		"pre-release":   {text: "[[packages]]\nname = 'a'\nwheels = [{url = 'https://f.example/a-1.0rc1-py3-none-any.whl', " + sha + "}]", want: []string{"a-1.0rc1-py3-none-any.whl"}},
		"no tag":        {text: entry("a", "", "cp311-cp311-win_amd64"), err: "a: the lock has no file of it for manylinux_2_28_x86_64"},
		"sdist instead": {text: entry("a", "sdist = {path = 'sub/a-1.0.tar.gz', "+sha+"}", "cp311-cp311-win_amd64"), selection: Selection{Dir: "x"}, want: []string{here + "/x/sub/a-1.0.tar.gz"}},
		"absolute":      {text: entry("a", "sdist = {path = '/sub/a-1.0.tar.gz', "+sha+"}"), want: []string{"file:///sub/a-1.0.tar.gz"}},
		"no sdists":     {text: entry("a", "sdist = {path = 'a-1.0.tar.gz', "+sha+"}"), selection: Selection{NoSdists: true}, err: "no file of it"},
		"marker":        {text: entry("a", "marker = \"sys_platform == 'win32'\"", "py3-none-any") + entry("b", "", "py3-none-any"), want: []string{"b-1.0-py3-none-any.whl"}},
		"one of two":    {text: entry("a", "marker = \"sys_platform == 'win32'\"", "py3-none-any") + entry("a", "marker = \"sys_platform == 'linux'\"", "py2.py3-none-any"), want: []string{"a-1.0-py2.py3-none-any.whl"}},
		"ambiguous":     {text: entry("a", "", "py3-none-any") + entry("a", "", "py2.py3-none-any"), err: "a: several entries"},
		"extra":         {text: entry("a", "marker = \"'x' in extras\"", "py3-none-any"), selection: Selection{Extras: []pep508.Name{"x"}}, want: []string{"a-1.0-py3-none-any.whl"}},
		"no extra":      {text: entry("a", "marker = \"'x' in extras\"", "py3-none-any")},
		"default group": {text: "default-groups = ['main']\n" + entry("a", "marker = \"'main' in dependency_groups\"", "py3-none-any"), want: []string{"a-1.0-py3-none-any.whl"}},
		"other group": {
			text: "default-groups = ['main']\n" + entry("a", "marker = \"'main' in dependency_groups\"", "py3-none-any"), selection: Selection{Groups: []pep508.Name{"dev"}},
		},
		"python":             {text: "requires-python = '>=3.12'\n" + entry("a", "", "py3-none-any"), err: "it requires Python >=3.12, not 3.11.9"},
		"package's python":   {text: entry("a", "requires-python = '>=3.12'", "py3-none-any"), err: "a: it requires Python >=3.12"},
		"environment":        {text: "environments = [\"sys_platform == 'win32'\", \"platform_machine == 'x86_64'\"]\n" + entry("a", "", "py3-none-any"), want: []string{"a-1.0-py3-none-any.whl"}},
		"other environment":  {text: "environments = [\"sys_platform == 'win32'\"]\n" + entry("a", "", "py3-none-any"), err: "the lock is not for this platform"},
		"weak hash":          {text: strings.ReplaceAll(entry("a", "", "py3-none-any"), sha, "hashes = {md5 = '"+strings.Repeat("0", 32)+"'}"), err: "has no hash that can be trusted"},
		"archive":            {text: entry("a", anArchive), err: "a: it is locked to a source tree or archive"},
		"archive of a wheel": {text: entry("a", "archive = {url = 'https://f.example/a-1.0-py3-none-any.whl', "+sha+"}"), want: []string{"a-1.0-py3-none-any.whl"}},
		"other archive":      {text: entry("a", "version = '2'\narchive = {url = 'https://f.example/a-1.0-py3-none-any.whl', "+sha+"}"), err: "a: a-1.0-py3-none-any.whl is not of version 2"},
		"all problems":       {text: entry("a", anArchive) + entry("b", "", "cp311-cp311-win_amd64"), err: "archive of it\nb: the lock has no file"},
	} {
		t.Run(name, func(t *testing.T) {
			text := head + c.text
			if !strings.Contains(text, "[[packages]]") {
				text += "packages = []"
			}
			l, err := Parse([]byte(text))
			require.NoError(t, err)
			r, err := l.Resolution(linux, c.selection)
			if c.err != "" {
				assert.ErrorContains(t, err, strings.Replace(c.err, "archive of it\n", "lock a wheel or sdist of it\n", 1))
				return
			}
			require.NoError(t, err)
			var got []string
			for _, p := range r.Pins {
				f := p.Files[0]
				if strings.HasPrefix(f.URL, "file:") {
					got = append(got, f.URL)
				} else {
					got = append(got, f.File)
				}
				assert.Equal(t, f.Version, p.Version)
				assert.True(t, f.Trusted())
			}
			assert.Equal(t, c.want, got)
		})
	}
}

// TestRoundTrip: what New locked comes back.
func TestRoundTrip(t *testing.T) {
	r := resolution(t)
	got, err := New(r).Resolution(r.Platform, Selection{})
	require.NoError(t, err)
	require.Len(t, got.Pins, 2)
	for i, p := range got.Pins {
		want := r.Pins[i].Files[0]
		assert.Equal(t, want.Hashes, p.Files[0].Hashes)
		assert.Equal(t, want.Size, p.Files[0].Size)
		assert.Equal(t, want.File, p.Files[0].File)
	}
	assert.Equal(t, "file:///wheels/lib-2.0.tar.gz", got.Pins[1].Files[0].URL)

	other := platform(t, "3.12.0", "manylinux_2_28_x86_64")
	_, err = New(r).Resolution(other, Selection{})
	assert.ErrorIs(t, err, ErrEnvironment)
	other = platform(t, "3.11.0", "win_amd64")
	_, err = New(r).Resolution(other, Selection{})
	assert.ErrorIs(t, err, ErrEnvironment)
}

// TestEnvironments: the full version counts only where a marker asks for it.
func TestEnvironments(t *testing.T) {
	r := resolution(t)
	same := platform(t, "3.11.5", "manylinux_2_28_x86_64")
	_, err := New(r).Resolution(same, Selection{})
	require.NoError(t, err)
	r.Pins[1].RequiredBy[0].Requirement = pep508.MustParse(`lib; python_full_version < "3.11.3"`)
	_, err = New(r).Resolution(same, Selection{})
	require.ErrorIs(t, err, ErrEnvironment)
	_, err = New(r).Resolution(r.Platform, Selection{})
	require.NoError(t, err)
}

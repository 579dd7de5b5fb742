package pylock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// target is a platform of a test, and what was resolved for it: of each line a wheel for every variant, "-" for none, and who requires it.
func target(t *testing.T, name, python, tags string, lines ...string) *resolve.Resolution {
	t.Helper()
	pl, err := resolve.NewPlatform(name, pep440.MustParse(python), strings.Fields(tags)...)
	require.NoError(t, err)
	r := &resolve.Resolution{Platform: pl}
	for _, line := range lines {
		wheels, by, _ := strings.Cut(line, " by ")
		p := resolve.Pin{RequiredBy: []resolve.Reason{{By: pep508.Name(by)}}}
		for i, w := range strings.Fields(wheels) {
			f := dist.File{}
			if w != "-" {
				f = file(t, w+".whl", "https://files.example/"+w+".whl")
				p.Name, p.Version = f.Name, f.Version
			}
			p.Files = append(p.Files, f)
			for len(p.Files) < len(pl.Variants) && i == len(strings.Fields(wheels))-1 {
				p.Files = append(p.Files, f)
			}
		}
		p.RequiredBy[0].Requirement = pep508.Requirement{Name: p.Name}
		r.Pins = append(r.Pins, p)
	}
	return r
}

// entries are a lock's packages in short.
func entries(l *Lock) []string {
	var out []string
	for _, p := range l.Packages {
		text := fmt.Sprintf("%s %s", p.Name, p.Version)
		for _, w := range p.Wheels {
			text += " " + strings.TrimSuffix(w.Name[len(p.Name)+len(p.Version.String())+2:], ".whl")
		}
		if !p.Marker.IsZero() {
			text += " ; " + p.Marker.String()
		}
		for _, d := range p.Dependencies {
			text += fmt.Sprint(" > ", d["name"])
			if d["version"] != nil {
				text += fmt.Sprint("==", d["version"])
			}
		}
		out = append(out, text)
	}
	return out
}

func TestMerge(t *testing.T) {
	windows := func(lines ...string) *resolve.Resolution {
		return target(t, "windows", "3.9.18", "win32 win_amd64", lines...)
	}
	for name, c := range map[string]struct {
		all          []*resolve.Resolution
		want         []string
		python       string
		environments int
	}{
		"one": {[]*resolve.Resolution{windows("a-1.0-py3-none-any")}, []string{"a 1.0 py3-none-any"}, "==3.9.*", 2},
		"one of two variants": {
			[]*resolve.Resolution{windows("a-1.0-py3-none-any", "w-1.0-cp39-cp39-win32 -")},
			[]string{"a 1.0 py3-none-any", `w 1.0 cp39-cp39-win32 ; platform_machine == "x86"`}, "==3.9.*", 2,
		},
		"same": {
			[]*resolve.Resolution{target(t, "a", "3.9.18", "manylinux_2_17_x86_64", "a-1.0-py3-none-any"), target(t, "b", "3.9.18", "musllinux_1_2_x86_64", "a-1.0-py3-none-any")},
			[]string{"a 1.0 py3-none-any"}, "==3.9.*", 1,
		},
		"files of one version": {
			[]*resolve.Resolution{target(t, "a", "3.9.18", "manylinux_2_17_x86_64", "a-1.0-cp39-cp39-manylinux_2_17_x86_64"), target(t, "b", "3.9.18", "musllinux_1_2_x86_64", "a-1.0-cp39-cp39-musllinux_1_2_x86_64")},
			[]string{"a 1.0 cp39-cp39-manylinux_2_17_x86_64 cp39-cp39-musllinux_1_2_x86_64"}, "==3.9.*", 1,
		},
		"systems": {
			[]*resolve.Resolution{windows("a-1.0-py3-none-any", "w-1.0-py3-none-any by a"), target(t, "linux", "3.9.18", "manylinux_2_17_x86_64", "a-1.0-py3-none-any"), target(t, "mac", "3.9.18", "macosx_11_0_arm64", "a-1.0-py3-none-any", "m-1-py3-none-any")},
			[]string{"a 1.0 py3-none-any > w", `m 1 py3-none-any ; sys_platform == "darwin"`, `w 1.0 py3-none-any ; sys_platform == "win32"`}, "==3.9.*", 4,
		},
		"versions": {
			[]*resolve.Resolution{target(t, "old", "3.7.4", "win_amd64", "a-1.0-py3-none-any", "b-1-py3-none-any by a"), target(t, "new", "3.11.2", "win_amd64", "a-2.0-py3-none-any", "b-1-py3-none-any by a"), target(t, "linux", "3.11.2", "manylinux_2_17_x86_64", "a-2.0-py3-none-any", "b-2-py3-none-any by a")},
			[]string{
				`a 1.0 py3-none-any ; python_version == "3.7" > b==1`, `a 2.0 py3-none-any ; python_version == "3.11" > b==1 > b==2`,
				`b 1 py3-none-any ; sys_platform == "win32"`, `b 2 py3-none-any ; sys_platform == "linux"`,
			}, ">=3.7", 3,
		},
		"patch versions": {
			[]*resolve.Resolution{target(t, "old", "3.9.0", "win_amd64", "a-1.0-py3-none-any"), target(t, "new", "3.9.18", "win_amd64", "a-2.0-py3-none-any")},
			[]string{`a 1.0 py3-none-any ; python_full_version == "3.9.0"`, `a 2.0 py3-none-any ; python_full_version == "3.9.18"`}, "==3.9.*", 2,
		},
		"two variables": {
			[]*resolve.Resolution{
				target(t, "1", "3.9.18", "win_amd64", "a-1-py3-none-any"), target(t, "2", "3.11.2", "win_amd64"),
				target(t, "3", "3.9.18", "manylinux_2_17_x86_64"), target(t, "4", "3.11.2", "manylinux_2_17_x86_64", "a-1-py3-none-any"),
			},
			[]string{`a 1 py3-none-any ; sys_platform == "linux" and python_version == "3.11" or sys_platform == "win32" and python_version == "3.9"`}, ">=3.9", 4,
		},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := Merge(c.all...)
			require.NoError(t, err)
			assert.Equal(t, c.want, entries(l))
			assert.Equal(t, c.python, l.RequiresPython.String())
			assert.Len(t, l.Environments, c.environments)
			b, err := l.Marshal()
			require.NoError(t, err)
			again, err := Parse(b)
			require.NoError(t, err)
			for i, r := range c.all {
				for n, v := range r.Platform.Variants {
					alone := r.Platform
					alone.Variants = []resolve.Variant{v}
					got, err := again.Resolution(alone, Selection{})
					require.NoError(t, err)
					assert.Equal(t, filesOf(r, n), filesOf(got, 0), "platform %d", i)
				}
			}
		})
	}
}

// filesOf are what one variant installs.
func filesOf(r *resolve.Resolution, variant int) []string {
	out := []string{}
	for _, p := range r.Pins {
		if f := p.Files[variant]; f.File != "" {
			out = append(out, f.File)
		}
	}
	return out
}

func TestMergeRefused(t *testing.T) {
	glibc := func(lines ...string) *resolve.Resolution {
		return target(t, "glibc", "3.9.18", "manylinux_2_17_x86_64", lines...)
	}
	musl := func(lines ...string) *resolve.Resolution {
		return target(t, "musl", "3.9.18", "musllinux_1_2_x86_64", lines...)
	}
	for want, all := range map[string][]*resolve.Resolution{
		"there is no resolution to lock": nil,
		"a: one lock cannot be for glibc and musl: no marker tells them apart, and they need 1.0 and 2.0":                      {glibc("a-1.0-py3-none-any"), musl("a-2.0-py3-none-any")},
		"a: one lock cannot be for glibc and musl: no marker tells them apart, and only one needs it":                          {glibc("a-1.0-py3-none-any"), musl("b-1-py3-none-any")},
		"a: one lock cannot be for glibc: it would have a-1.0-cp39-cp39-manylinux_2_12_x86_64.whl, not a-1.0-py3-none-any.whl": {glibc("a-1.0-py3-none-any"), target(t, "older", "3.9.18", "manylinux_2_12_x86_64", "a-1.0-cp39-cp39-manylinux_2_12_x86_64")},
	} {
		_, err := Merge(all...)
		assert.EqualError(t, err, want)
	}
}

// TestNewDirect: what was asked for by address is an archive, and comes back as such.
func TestNewDirect(t *testing.T) {
	r := target(t, "linux", "3.9.18", "manylinux_2_17_x86_64", "a-1.0-py3-none-any", "b-1.0-py3-none-any")
	r.Pins[0].RequiredBy = []resolve.Reason{{Requirement: pep508.MustParse("a @ https://files.example/a-1.0-py3-none-any.whl")}}
	for _, make := range []func() (*Lock, error){func() (*Lock, error) { return New(r), nil }, func() (*Lock, error) { return Merge(r) }} {
		l, err := make()
		require.NoError(t, err)
		require.NotNil(t, l.Packages[0].Archive)
		assert.Empty(t, l.Packages[0].Wheels)
		assert.Empty(t, l.Packages[0].Index)
		b, err := l.Marshal()
		require.NoError(t, err)
		again, err := Parse(b)
		require.NoError(t, err)
		got, err := again.Resolution(r.Platform, Selection{})
		require.NoError(t, err)
		assert.Equal(t, "a @ https://files.example/a-1.0-py3-none-any.whl", got.Pins[0].RequiredBy[0].Requirement.String())
		assert.Equal(t, "b==1.0", got.Pins[1].RequiredBy[0].Requirement.String())
	}
}

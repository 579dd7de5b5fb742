package pep508

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

func TestEvaluate(t *testing.T) {
	linux39 := onlyEnvironment(t, "3.9.18", "manylinux_2_17_x86_64")
	darwin39 := onlyEnvironment(t, "3.9.0", "macosx_11_0_arm64")
	windows37 := onlyEnvironment(t, "3.7.4", "win_amd64")
	pinned := Environment{"python_version": "3.10", "python_full_version": "3.10.4", "platform_release": "5.10.0-21-generic", "platform_version": "#1 SMP", "os_name": "posix", "dependency_groups": "Dev_Tools, docs"}
	for _, test := range []struct {
		name   string
		marker string
		env    Environment
		extras []Name
		want   Truth
	}{
		{"trap 13: 3.10 is above 3.9", `python_version > "3.9"`, pinned, nil, True},
		{"trap 13: 3.10 is not below 3.9", `python_version < "3.9"`, pinned, nil, False},
		{"trap 13: python_version has two numbers", `python_version < "3.10.0"`, pinned, nil, False},
		{"trap 13: so it is 3.10.0", `python_version == "3.10.0"`, pinned, nil, True},
		{"trap 13: in is a substring", `python_version in "3.9 3.10"`, pinned, nil, True},
		{"trap 13: in is a substring, even so", `python_version in "3.10"`, Environment{"python_version": "3.1"}, nil, True},
		{"trap 13: not in", `python_version not in "3.8 3.9"`, pinned, nil, True},
		{"wildcard", `python_version == "3.*"`, pinned, nil, True},
		{"wildcard, not equal", `python_full_version != "3.10.*"`, pinned, nil, False},
		{"wildcard is by numbers", `python_version == "3.1.*"`, pinned, nil, False},
		{"compatible release", `python_full_version ~= "3.10.2"`, pinned, nil, True},
		{"compatible release, too old", `python_full_version ~= "3.9.2"`, pinned, nil, False},
		{"white space in a version", `python_version == " 3.10 "`, pinned, nil, True},
		{"v in a version", `python_version >= "v3.10"`, pinned, nil, True},
		{"arbitrary equality is of strings", `python_version === "3.10.0"`, pinned, nil, False},
		{"pre-release of the interpreter", `python_full_version < "3.10"`, Environment{"python_full_version": "3.10.0rc1"}, nil, False},
		{"pre-release of the interpreter, inclusive", `python_full_version >= "3.10"`, Environment{"python_full_version": "3.10.0rc1"}, nil, False},
		{"build between releases", `python_full_version >= "3.10"`, Environment{"python_full_version": "3.10.0+"}, nil, True},
		{"number of any size", `python_version < "3.99999999999999999999"`, pinned, nil, True},
		{"empty right side is a string", `python_version == ""`, pinned, nil, False},
		{"= is of no version", `python_version == "=3.10"`, pinned, nil, False},

		{"trap 14: strings have no order", `platform_version < "9"`, pinned, nil, False},
		{"trap 14: nor the other way", `platform_version > "#"`, pinned, nil, False},
		{"trap 14: <= is equality", `platform_version <= "#1 SMP"`, pinned, nil, True},
		{"trap 14: >= is equality", `os_name >= "nt"`, pinned, nil, False},
		{"trap 14: === has no meaning", `os_name === "posix"`, pinned, nil, False},
		{"trap 14: a release that is no version", `platform_release >= "5"`, pinned, nil, False},
		{"trap 14: nor below", `platform_release < "6"`, pinned, nil, False},
		{"trap 14: nor different", `platform_release != "5"`, pinned, nil, False},
		{"trap 14: but equal as a string", `platform_release == "5.10.0-21-generic"`, pinned, nil, True},
		{"trap 14: and arbitrarily", `platform_release === "5.10.0-21-GENERIC"`, pinned, nil, True},
		{"trap 14: a release that is a version", `platform_release >= "5.9"`, Environment{"platform_release": "5.10"}, nil, True},

		{"trap 15: and before or", `os_name == "posix" or os_name == "x" and os_name == "y"`, pinned, nil, True},
		{"trap 15: parentheses", `(os_name == "posix" or os_name == "x") and os_name == "y"`, pinned, nil, False},
		{"trap 15: reversed", `"3.10" >= python_version`, pinned, nil, True},
		{"trap 15: reversed, strictly", `"3.9" > python_version`, pinned, nil, False},
		{"trap 15: reversed, compatible", `"3.11" ~= python_version`, pinned, nil, True},
		{"trap 15: reversed, no version", `"x" ~= platform_release`, pinned, nil, False},
		{"trap 15: win is in darwin", `"win" in sys_platform`, darwin39, nil, True},
		{"trap 15: and in win32", `"win" in sys_platform`, windows37, nil, True},
		{"trap 15: not in", `"win" not in sys_platform`, linux39, nil, True},

		{"trap 16: extra is normalised", `extra == "Foo_Bar"`, nil, []Name{"foo-bar"}, True},
		{"trap 16: another extra", `extra == "Foo_Bar"`, nil, []Name{"foo"}, False},
		{"trap 16: one of several", `extra == "b"`, nil, []Name{"a", "b"}, True},
		{"trap 16: none is empty", `extra == ""`, nil, nil, True},
		{"trap 16: some is not", `extra == ""`, nil, []Name{"a"}, False},
		{"trap 16: none differs", `extra != "a"`, nil, nil, True},
		{"trap 16: not equal asks for none", `extra != "a"`, nil, []Name{"a", "b"}, False},
		{"trap 16: both of two", `extra == "a" and extra == "b"`, nil, []Name{"a", "b"}, True},
		{"trap 16: reversed", `"A" == extra`, nil, []Name{"a"}, True},
		{"trap 16: in", `extra in "dev-tools docs"`, nil, []Name{"docs"}, True},
		{"trap 16: not in", `extra not in "dev docs"`, nil, []Name{"docs"}, False},
		{"trap 16: reversed in", `"oc" in extra`, nil, []Name{"a", "docs"}, True},
		{"trap 16: <= is equality", `extra <= "a"`, nil, []Name{"a"}, True},
		{"trap 16: < is false", `extra < "b"`, nil, []Name{"a"}, False},
		{"trap 16: against a variable", `extra == os_name`, pinned, []Name{"posix"}, True},
		{"trap 16: against an unknown variable", `extra == sys_platform`, pinned, []Name{"posix"}, Unknown},
		{"trap 16: PEP 751 extras", `"Foo_Bar" in extras`, nil, []Name{"foo-bar"}, True},
		{"trap 16: PEP 751 extras, absent", `"a" in extras`, nil, nil, False},
		{"trap 16: PEP 751 not in extras", `"a" not in extras`, nil, nil, True},
		{"trap 16: PEP 751 groups", `"dev.tools" in dependency_groups`, pinned, nil, True},
		{"trap 16: PEP 751 groups, absent", `"dev" not in dependency_groups`, pinned, nil, True},
		{"trap 16: PEP 751 groups, unknown", `"dev" in dependency_groups`, nil, nil, Unknown},
		{"trap 16: PEP 751 a variable in the set", `os_name in extras`, pinned, []Name{"posix"}, True},
		{"trap 16: PEP 751 an unknown one in the set", `os_name in extras`, nil, []Name{"posix"}, Unknown},

		{"trap 17: importlib-metadata on 3.7", `python_version<"3.8"`, windows37, nil, True},
		{"trap 17: importlib-metadata on 3.9", `python_version<"3.8"`, linux39, nil, False},
		{"trap 17: backports.zoneinfo on 3.7", `python_version<"3.9"`, windows37, nil, True},
		{"trap 17: backports.zoneinfo on 3.9", `python_version<"3.9"`, darwin39, nil, False},
		{"trap 17: appnope", `sys_platform=="darwin"`, darwin39, nil, True},
		{"trap 17: appnope elsewhere", `sys_platform=="darwin"`, windows37, nil, False},
		{"trap 17: pywin32", `platform_system=="Windows"`, windows37, nil, True},
		{"trap 17: pywin32 elsewhere", `platform_system=="Windows"`, linux39, nil, False},
		{"trap 17: full version", `python_full_version<"3.7.2"`, windows37, nil, False},

		{"trap 18: unknown", `platform_release >= "20"`, darwin39, nil, Unknown},
		{"trap 18: unknown or true", `platform_release >= "20" or os_name == "posix"`, darwin39, nil, True},
		{"trap 18: unknown or false", `platform_release >= "20" or os_name == "nt"`, darwin39, nil, Unknown},
		{"trap 18: unknown and true", `os_name == "posix" and platform_version == "1"`, darwin39, nil, Unknown},
		{"trap 18: unknown and false", `platform_version == "1" and os_name == "nt"`, darwin39, nil, False},
		{"trap 18: unknown on the right", `"20" <= platform_release`, darwin39, nil, Unknown},
		{"trap 18: empty is known", `platform_version == ""`, Environment{"platform_version": ""}, nil, True},

		{"trap 19: case of AMD64", `platform_machine == "amd64"`, windows37, nil, False},
		{"trap 19: AMD64", `platform_machine == "AMD64"`, windows37, nil, True},
		{"trap 19: win32 is the platform of 64 bits too", `sys_platform == "win32"`, windows37, nil, True},
		{"trap 19: linux2", `sys_platform == "linux2"`, linux39, nil, False},
		{"trap 19: nt", `os_name == "nt"`, windows37, nil, True},
		{"trap 19: implementation_version", `implementation_version >= "3.9.18"`, linux39, nil, True},

		{"two strings", `"a" == "a"`, nil, nil, True},
		{"two variables", `python_version <= python_full_version`, pinned, nil, True},
		{"two variables as strings", `os_name == platform_version`, pinned, nil, False},
		{"two variables, the left unknown", `sys_platform == os_name`, pinned, nil, Unknown},
		{"two variables, the right unknown", `os_name == sys_platform`, pinned, nil, Unknown},
		{"two variables, one no version", `python_version == platform_release`, pinned, nil, False},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := mustParseMarker(t, test.marker)
			assert.Equal(t, test.want.String(), m.Evaluate(test.env, test.extras...).String())
		})
	}
}

func onlyEnvironment(tb testing.TB, python, platform string) Environment {
	envs, err := Environments(pep440.MustParse(python), platform)
	require.NoError(tb, err)
	require.Len(tb, envs, 1)
	return envs[0]
}

// TestKleene has the tables of and and or.
func TestKleene(t *testing.T) {
	text := map[Truth]string{True: `os_name == "a"`, False: `os_name == "b"`, Unknown: `sys_platform == "a"`}
	env := Environment{"os_name": "a"}
	for _, a := range []Truth{False, Unknown, True} {
		for _, b := range []Truth{False, Unknown, True} {
			assert.Equal(t, min(a, b), mustParseMarker(t, text[a]+" and "+text[b]).Evaluate(env), "%v and %v", a, b)
			assert.Equal(t, max(a, b), mustParseMarker(t, text[a]+" or "+text[b]).Evaluate(env), "%v or %v", a, b)
		}
	}
}

// TestMatchesPlain compares the short way with pep440's.
func TestMatchesPlain(t *testing.T) {
	releases := []string{"0", "1", "1.0", "3", "3.0", "3.1", "3.9", "3.10", "3.10.0", "3.10.1", "03.1", "4", "3.9.0.0.1", "999999999"}
	checked := 0
	for _, op := range operators {
		for _, right := range append(releases, "3.*", "3.1.*", "3.0.*", "3.10.0.*") {
			test, ok := newVersionTest(op, right)
			if !ok || !test.plain {
				continue
			}
			for _, left := range releases {
				want := test.set.Contains(pep440.MustParse(left))
				assert.Equal(t, want, test.matchesPlain(left), "%s %s %s", left, op, right)
				checked++
			}
		}
	}
	assert.Equal(t, len(releases)*(6*len(releases)+2*4), checked)
}

func BenchmarkEvaluate(b *testing.B) {
	env := onlyEnvironment(b, "3.9.18", "manylinux_2_17_x86_64")
	for _, test := range []struct{ name, marker string }{
		{"version", `python_version < "3.8"`},
		{"string", `sys_platform == "win32"`},
		{"extra", `extra == "socks"`},
		{"greenlet", `python_version >= "3" and (platform_machine == "aarch64" or (platform_machine == "ppc64le" or (platform_machine == "x86_64" or (platform_machine == "amd64" or platform_machine == "AMD64"))))`},
		{"pre-release", `python_full_version >= "3.9.0rc1"`},
		{"reversed", `"3.8" > python_version`},
	} {
		m := mustParseMarker(b, test.marker)
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				m.Evaluate(env, "tests", "socks")
			}
		})
	}
}

package pep508

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseMarker(t *testing.T) {
	for _, test := range []struct {
		name, in, want string
	}{
		{"quotes", `os_name == 'nt'`, `os_name == "nt"`},
		{"double quotes within", `os_name == 'a"b'`, `os_name == 'a"b'`},
		{"single quotes within", `os_name == "a'b"`, `os_name == "a'b"`},
		{"no white space", `os_name=='a'and(os_name!="b")`, `os_name == "a" and os_name != "b"`},
		{"much white space", "\t( os_name  ==\t'a' )  ", `os_name == "a"`},
		{"words between quotes", `'a'in os_name or"b"not in os_name`, `"a" in os_name or "b" not in os_name`},
		{"not in", "os_name not \t in 'a'", `os_name not in "a"`},
		{"trap 15: and binds closer", `os_name=="a" or os_name=="b" and os_name=="c"`, `os_name == "a" or os_name == "b" and os_name == "c"`},
		{"trap 15: parentheses that do nothing", `((os_name=="a") or (os_name=="b" and (os_name=="c")))`, `os_name == "a" or os_name == "b" and os_name == "c"`},
		{"trap 15: parentheses that do something", `(os_name=="a" or os_name=="b") and os_name=="c"`, `(os_name == "a" or os_name == "b") and os_name == "c"`},
		{"lists of one kind do not nest", `os_name=="a" or (os_name=="b" or (os_name=="c"))`, `os_name == "a" or os_name == "b" or os_name == "c"`},
		{"trap 15: reversed", `"3.10" >= python_version`, `"3.10" >= python_version`},
		{"trap 16: extra is normalised", `extra == "Foo_Bar"`, `extra == "foo-bar"`},
		{"trap 16: extra reversed", `"Foo_Bar" == extra`, `"foo-bar" == extra`},
		{"trap 16: PEP 751", `"Foo_Bar" in extras or "A.b" not in dependency_groups`, `"foo-bar" in extras or "a-b" not in dependency_groups`},
		{"all operators", strings.Join(eachOperator(), " or "), strings.Join(eachOperator(), " or ")},
		{"trap 20: sys.platform", `sys.platform=="a"`, `sys_platform == "a"`},
		{"trap 20: platform.version", `platform.version=="a"`, `platform_version == "a"`},
		{"trap 20: platform.machine", `platform.machine=="a"`, `platform_machine == "a"`},
		{"trap 20: platform.python_implementation", `platform.python_implementation=="a"`, `platform_python_implementation == "a"`},
		{"trap 20: python_implementation", `python_implementation=="a"`, `platform_python_implementation == "a"`},
		{"two strings", `"a" == 'b'`, `"a" == "b"`},
		{"letters beyond ASCII", `os_name == "é"`, `os_name == "é"`},
		{"deep", strings.Repeat("(", MaxDepth) + `os_name=="a"` + strings.Repeat(")", MaxDepth), `os_name == "a"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			m, err := ParseMarker(test.in)
			require.NoError(t, err)
			assert.Equal(t, test.want, m.String())
			again, err := ParseMarker(m.String())
			require.NoError(t, err)
			assert.Equal(t, m.String(), again.String())
		})
	}
}

func eachOperator() (comparisons []string) {
	for _, op := range append([]operator{in, notIn}, operators...) {
		comparisons = append(comparisons, `python_version `+string(op)+` "3.8"`)
	}
	return comparisons
}

func TestParseMarkerErrors(t *testing.T) {
	for _, test := range []struct {
		name, in string
		column   int
		reason   string
	}{
		{"empty", "", 1, "want a marker variable"},
		{"unknown variable", `python == "3"`, 1, "want a marker variable"},
		{"case of a variable", `OS_NAME == "a"`, 1, "want a marker variable"},
		{"dot in the wrong place", `platform.system == "a"`, 1, "want a marker variable"},
		{"variable goes on", `os_namé == "a"`, 1, "want a marker variable"},
		{"no operator", `os_name`, 8, "want one of <"},
		{"unknown operator", `os_name = "a"`, 9, "want one of <"},
		{"not alone", `os_name not "a"`, 13, "want in after not"},
		{"notin", `os_name notin "a"`, 9, "want one of <"},
		{"in without white space", `"a" inos_name`, 5, "want one of <"},
		{"no right side", `os_name ==`, 11, "want a marker variable"},
		{"bare number", `python_version > 3.8`, 18, "want a marker variable"},
		{"quote not closed", `os_name == "a`, 12, "want a closing quote"},
		{"other quote", `os_name == "a'`, 12, "want a closing quote"},
		{"backslash", `os_name == "a\\b"`, 14, "a string has no backslashes"},
		{"line break in a string", "os_name == 'a\nb'", 14, "a string has no backslashes, line breaks"},
		{"line break", "os_name == 'a'\n", 15, "want and, or, or the end"},
		{"case of and", `os_name == "a" AND os_name == "b"`, 16, "want and, or, or the end"},
		{"and goes on", `os_name == "a" andos_name == "b"`, 16, "want and, or, or the end"},
		{"nothing after and", `os_name == "a" and`, 19, "want a marker variable"},
		{"parenthesis not closed", `(os_name == "a"`, 16, "want and, or, or a )"},
		{"parenthesis not opened", `os_name == "a")`, 15, "want and, or, or the end"},
		{"empty parentheses", `()`, 2, "want a marker variable"},
		{"too deep", strings.Repeat("(", MaxDepth+1) + `os_name=="a"` + strings.Repeat(")", MaxDepth+1), MaxDepth + 1, "nested too deep"},
		{"much too deep", strings.Repeat("(", MaxRequirement), MaxDepth + 1, "nested too deep"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ParseMarker(test.in)
			var parseErr *ParseError
			require.ErrorAs(t, err, &parseErr)
			assert.Contains(t, parseErr.Reason, test.reason)
			assert.Equal(t, test.column, parseErr.Column())
			assert.Equal(t, "marker", parseErr.Kind)
		})
	}
}

func TestMarkerZero(t *testing.T) {
	var m Marker
	assert.True(t, m.IsZero())
	assert.Empty(t, m.String())
	assert.False(t, m.UsesExtra())
	assert.Nil(t, m.Undefined())
	assert.Equal(t, True, m.Evaluate(nil))
}

func TestMarkerUsesExtra(t *testing.T) {
	for in, want := range map[string]bool{
		`extra == "a"`: true,
		`"a" == extra`: true,
		`os_name == "a" and (os_name == "b" or extra == "c")`: true,
		`os_name == "extra"`: false,
		`"a" in extras`:      false,
	} {
		assert.Equal(t, want, mustParseMarker(t, in).UsesExtra(), in)
	}
}

func TestMarkerUndefined(t *testing.T) {
	m := mustParseMarker(t, `os_name ~= 'nt' or python_version === "3.9" and (extra === "a" or extras == "a") or python_version ~= "surprise" or "a" < dependency_groups`)
	assert.Equal(t, []string{`os_name ~= "nt"`, `extra === "a"`, `extras == "a"`, `python_version ~= "surprise"`, `"a" < dependency_groups`}, m.Undefined())
	assert.Equal(t, False, m.Evaluate(Environment{"os_name": "nt", "python_version": "3.8"}, "a"))
	assert.Nil(t, mustParseMarker(t, `python_version ~= "3.9" and "3.9" ~= python_version`).Undefined())
}

func mustParseMarker(tb testing.TB, s string) Marker {
	m, err := ParseMarker(s)
	require.NoError(tb, err, s)
	return m
}

func FuzzParseMarker(f *testing.F) {
	for _, seed := range []string{
		`python_version < "3.8" and (sys_platform == 'win32' or "arm" in platform_machine)`,
		`(((os.name=='a'or os.name=="b")))and"c"not in extra`,
		`'Foo_Bar' in extras or python_full_version === '3.9.0+local'`,
		`"3.9" ~= python_version or platform_release >= "5.*" or implementation_version != "1!2"`,
	} {
		f.Add(seed)
	}
	envs := append(fuzzEnvironments(), nil)
	f.Fuzz(func(t *testing.T, s string) {
		m, err := ParseMarker(s)
		if err != nil {
			_ = err.Error()
			return
		}
		again, err := ParseMarker(m.String())
		if err != nil {
			t.Fatalf("%q: its canonical text does not parse: %v", s, err)
		}
		if again.String() != m.String() || len(again.Undefined()) != len(m.Undefined()) {
			t.Fatalf("%q: %q parses to %q", s, m, again)
		}
		for _, env := range envs {
			for _, extras := range [][]Name{nil, {"a"}, {"foo-bar", "b"}} {
				if a, b := m.Evaluate(env, extras...), again.Evaluate(env, extras...); a != b {
					t.Fatalf("%q is %v, %q is %v in %v", s, a, m, b, env)
				}
			}
		}
	})
}

func fuzzEnvironments() []Environment {
	return []Environment{
		{"python_version": "3.9", "python_full_version": "3.9.0+", "os_name": "posix", "sys_platform": "linux", "platform_machine": "x86_64", "platform_release": "5.10.0-21-generic", "dependency_groups": "dev,Foo_Bar"},
		{"python_version": "3.10", "implementation_version": "3.10.0rc1", "os_name": "nt"},
	}
}

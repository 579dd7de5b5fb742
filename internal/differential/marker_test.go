//go:build oracle

package differential

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var markerKind = kind{
	name: "marker",
	fixed: withOurMarker("socks",
		`python_version < "3.10"`, `python_version < "3.10.0"`, `python_version in "3.9 3.10"`, `"3.1" in python_version`, `"3.10" >= python_version`,
		`"win" in sys_platform`, `sys_platform == "win32"`, `sys_platform=='linux2'`, `platform_release >= "5"`, `platform_release < "6"`,
		`platform_release >= "5" and platform_release < "6"`, `os_name < "z"`, `os_name <= "nt"`, `os_name >= "nt"`, `os_name > "a"`, `os_name ~= "nt"`,
		`os_name === "nt"`, `python_version === "3.9"`, `python_version ~= "3.7"`, `python_version ~= "3"`, `python_version == "3.*"`,
		`python_version != "3.7.*"`, `python_full_version<"3.7.2"`, `python_full_version == "3.9"`, `python_full_version > "3.13"`, `extra == "Socks"`,
		`extra == "SOCKS"`, `"socks" == extra`, `extra != "socks"`, `extra`, `"socks" in extra`, `extra in "socks tls"`, `extra == ""`, `"x" in extras`,
		`'x' in dependency_groups`, `os.name == "nt"`, `sys.platform == "win32"`, `platform.machine == "arm64"`, `platform.version != ""`,
		`python_implementation == "CPython"`, `platform.python_implementation == "PyPy"`, `platform_python_implementation == "CPython"`, `"a" == "b"`,
		`os_name == sys_platform`, `os_name == "nt" or os_name == "posix" and python_version > "9"`, `(os_name == "nt" or os_name == "posix") and extra == "x"`,
		`((os_name=="nt"))`, `(os_name=="nt"`, `os_name=="nt")`, `os_name == 'nt"`, `os_name == "n't"`, `os_name == 'n"t'`, `os_name == "a\n"`, `os_name == "\\"`,
		`os_name == nt`, `os_name = "nt"`, `os_name == "nt" and`, `and os_name == "nt"`, `os_name == "nt" os_name == "nt"`, `not os_name == "nt"`,
		`os_name not in "nt"`, `os_name notin "nt"`, `os_name not  in "nt"`, `"nt" not in os_name`, `os_name in"nt"`, `os_namein "nt"`, `os_name =="nt"and os_name=="nt"`,
		`os_name=="nt"or(os_name=="posix")`, `platform_machine == "amd64"`, `implementation_version < "3.10"`, `implementation_name == "cpython"`,
		`python_version == "3.7" and (extra == "a" or extra == "b")`, `python_version >= "not a version"`, `python_version in "3"`, `unknown == "1"`,
		`platform_version == "#1 SMP Debian 5.10.162-1"`, `platform_version > "1"`, `python_version > "3.7" `, ` python_version>"3.7"`, "python_version>'3.7'\n",
		`python_version>''`, `python_version == "=3.9"`, `python_full_version < "=3.9"`, ``, `()`, `os_name == u"nt"`, `os_name == """nt"""`, `python_version < "3.8" or python_version >= "3.10" and sys_platform == "linux"`,
	),
	generate: func(g *generator) []string {
		text := g.blank() + g.marker(3) + g.blank()
		if g.chance(35) {
			text = g.corrupt(text, "()'\"'\"=<>!~andorti_ \n\\éx1")
		}
		return []string{text, ourMarker(text), g.pick("", "socks", "foo-bar", "test")}
	},
	answer:  answerMarker,
	minimum: 0.3,
}

func withOurMarker(extra string, texts ...string) [][]string {
	var out [][]string
	for _, text := range texts {
		out = append(out, []string{text, ourMarker(text), extra})
	}
	return out
}

func ourMarker(text string) string {
	m, err := pep508.ParseMarker(text)
	if err != nil {
		return ""
	}
	return m.String()
}

func answerMarker(args []string) []string {
	m, err := pep508.ParseMarker(args[0])
	if err != nil {
		return invalid
	}
	var extras []pep508.Name
	if args[2] != "" {
		extras = append(extras, pep508.Name(args[2]))
	}
	return slices.Repeat(evaluations(m, extras...), 2) // once for the text, once for our canonical form of it
}

// evaluations has a value for each environment. The oracle raises where a comparison has no meaning; ours lists those.
func evaluations(m pep508.Marker, extras ...pep508.Name) []string {
	if len(m.Undefined()) > 0 {
		return slices.Repeat([]string{"undefined"}, len(environments))
	}
	var out []string
	for _, e := range environments {
		switch m.Evaluate(pep508.Environment(e), extras...) {
		case pep508.True:
			out = append(out, "1")
		case pep508.False:
			out = append(out, "0")
		default:
			out = append(out, "undefined")
		}
	}
	return out
}

// marker makes an expression of at most so many levels.
func (g *generator) marker(depth int) string {
	if depth == 0 || g.chance(45) {
		return g.comparison()
	}
	parts := []string{g.marker(depth - 1)}
	for range 1 + g.IntN(2) {
		parts = append(parts, g.pick("and", "or"), g.marker(depth-1))
	}
	s := strings.Join(parts, " ")
	if g.chance(40) {
		return "(" + g.blank() + s + g.blank() + ")"
	}
	return s
}

func (g *generator) comparison() string {
	variable := g.pick("python_version", "python_version", "python_full_version", "implementation_version", "platform_release", "os_name", "sys_platform",
		"platform_machine", "platform_system", "platform_version", "implementation_name", "platform_python_implementation", "extra", "extra",
		"os.name", "sys.platform", "platform.machine", "python_implementation")
	if g.chance(2) {
		return g.pick(g.value("extra")+" in extras", g.value("extra")+" not in extras", g.value("extra")+" in dependency_groups")
	}
	value := g.value(variable)
	if g.chance(1) {
		value = g.pick("os_name", "sys_platform", "python_version", "python_full_version")
	}
	op := g.pick("==", "==", "!=", "<", "<=", ">", ">=", "~=", "in", "not in", "in", "==", "===")
	if variable == "extra" {
		op = g.pick("==", "==", "==", "!=", "in", "not in")
	}
	gap := g.pick(" ", " ", "  ", "\t")
	if !strings.Contains(op, "in") {
		gap = g.pick(" ", " ", "", "\t")
	}
	if g.chance(15) {
		return value + gap + op + gap + variable
	}
	return variable + gap + op + gap + value
}

// value is a quoted string that suits a variable, or nearly.
func (g *generator) value(variable string) string {
	var s string
	switch {
	case variable == "extra":
		s = g.pick("socks", "Socks", "foo_bar", "Foo.Bar", "foo--bar", "test", "", "so")
	case variable == "platform_release":
		s = g.pick("5", "5.10.0", "5.10.0-21-generic", "10", "20.6.0", "6.*", "20", "generic")
	case strings.HasSuffix(variable, "version") && variable != "platform_version":
		s = g.pick("3.7", "3.9", "3.10", "3", "3.7.4", "3.9.0", "3.13", "3.13.0rc2", "3.13.0", "3.*", "3.7.*", "3.9 3.10", "3.7, 3.8", "7.3.13", "3.10.0",
			"2.7", " 3.9", "3.9 ", "v3.9", "3.9.dev0", "x", "", "3.10.13+local", "3.8.1.post1")
	default:
		s = g.pick("nt", "posix", "win32", "linux", "linux2", "darwin", "win", "AMD64", "amd64", "x86_64", "arm64", "aarch64", "Windows", "Linux", "Darwin",
			"CPython", "cpython", "PyPy", "", "x86_64 aarch64", "#1 SMP", "10.0.19041", "l")
	}
	quote := g.pick(`"`, `'`)
	return quote + s + quote
}

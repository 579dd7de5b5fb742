//go:build oracle

package pylock

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// difference is a rule by which we differ from pip on purpose: what our error says where pip takes the line.
type difference struct {
	why    string
	reason *regexp.Regexp
	count  int
}

func onlyWeRefuse(why, reason string) *difference {
	return &difference{why: why, reason: regexp.MustCompile(reason)}
}

var differences = []*difference{
	onlyWeRefuse("options that are not supported are refused by name, where pip takes them or ignores them", `is not supported: `),
	onlyWeRefuse("short forms of long options are refused, where pip takes them", `--[a-z-]+ is no option`),
	onlyWeRefuse("an option behind a requirement that is not its own is refused, where pip ignores it", `cannot stand behind a requirement`),
	onlyWeRefuse("words behind the options are refused, where pip ignores them", `follows the options`),
	onlyWeRefuse("-r and -c stand alone in their line, where pip ignores what else is there", `stands alone in its line`),
	onlyWeRefuse("--hash without a requirement is refused, where pip warns", `--hash without a requirement`),
	onlyWeRefuse("${NAME} of a variable that is not set is refused, where pip leaves it", `the environment variable \w+ is not set`),
	onlyWeRefuse("RFC 3986, 2: an address holds no white space; pip takes one that does", `it is no address`),
	onlyWeRefuse(`PyPA "Binary distribution format": tags are letters, digits and underscores; pip takes any text`, `its name is no wheel's or sdist's`),
	onlyWeRefuse("--hash is as long as its algorithm's are, and hexadecimal, where pip takes any text", `--hash of \w+ is not \d+ hexadecimal digits`),
	onlyWeRefuse("--no-binary and --only-binary take names, where pip takes any text", `--(no|only)-binary: invalid name`),
	onlyWeRefuse(`PEP 508, "Grammar": a URL ends at white space; pip ends it at a semicolon, too`, `want ; or the end after the URL`),
	onlyWeRefuse(`PEP 508, "Grammar": a version has at least one character; pip takes === without one`, `want a version after ===|empty version|=== without|want a version`),
	onlyWeRefuse(`PEP 508, "Environment Markers": "backslash escapes are not defined"; pip reads them as Python does`, `a string has no backslashes`),
	onlyWeRefuse("--find-links is a folder of this machine; pip reads pages of links, too", `--find-links is a folder`),
	onlyWeRefuse(`PEP 508, "Names": a name ends with a letter or digit; pip takes one that ends with an underscore`, `invalid requirement ".*" at column \d+: a name ends with`),
}

// lenient is where we take what pip refuses, or read it otherwise.
var lenient = []*difference{
	{why: `PEP 508, "Grammar": a URL ends at white space, so that it may hold a semicolon; pip ends it there`, reason: regexp.MustCompile(`@\s*\S+;`)},
	{why: `PyPA "Dependency specifiers", "Grammar": no version holds a comma; pip takes those behind === into it`, reason: regexp.MustCompile(`===[^,\n]*,`)},
	{why: "a URL is first taken apart where it is fetched; pip refuses one whose host cannot be", reason: regexp.MustCompile(`@\s*\S*["\[\]]`)},
	{why: "a second --find-links in a line is read, where pip ignores it", reason: regexp.MustCompile(`(?s)(-f|--find-links).*(-f|--find-links)`)},
}

// unsupported is where pip learns a project's name by a build: we take it from an sdist's name, or a wheel's with extras behind its address, or refuse.
var unsupported = []*difference{{why: "what pip only knows by a build is not compared", reason: regexp.MustCompile(``)}}

// documented reports whether rules explain every reason why we refuse what pip does not, or the one by which we take what it refuses.
func documented(text string, err error, theirs [][]string) bool {
	if slices.ContainsFunc(theirs, func(row []string) bool { return row[0] == "unsupported" }) {
		return explained(unsupported, "")
	}
	if err == nil {
		return explained(lenient, text)
	}
	if strings.Contains(err.Error(), "it is wrong with what") {
		_, err = answer(strings.NewReplacer("${NAME_1}", "lib", "${NAME_2}", "1.0").Replace(text))
	}
	all := err.(interface{ Unwrap() []error }).Unwrap()
	return theirs != nil && !slices.ContainsFunc(all, func(e error) bool { return !explained(differences, e.Error()) })
}

func explained(rules []*difference, text string) bool {
	for _, d := range rules {
		if d.reason.MatchString(text) {
			d.count++
			return true
		}
	}
	return false
}

// fixed are files that each rule applies to, asked in every run.
var fixed = []string{
	"a --config-settings=a=b\n", "--req nested\n", "a --pre\n", "--pre left\n", "-r nested --pre\n", "--hash=sha256:00\n", "${UNSET}\n", "--no-index ${UNSET}\n", "./a.whl\n", "a --hash=sha256:00\n", "--no-binary !\n",
	"a_\n", "a @ https://x.example/a;os_name == 'nt'\n", "a===\n", "a @ https://x.example/a;b\n", "a===1.0, ==1.0-2\n", "-f wheels -f wheels\n", "https://x.example/a b/c-1-py3-none-any.whl\n", "a b/c-1-py3-none-any.whl\n", "./c-1-py3-none-a\"y.whl\n",
	"-f https://x.example/links\n", "a ; os_name == 'b\\c'\n", "a @ https://x.examp[le/a.zip\n",
}

// generator makes requirements files: mostly right, often not.
type generator struct{ *rand.Rand }

func (g *generator) one(list ...string) string { return list[g.IntN(len(list))] }

func (g *generator) often() bool { return g.IntN(10) < 8 }

func (g *generator) file() string {
	var b strings.Builder
	b.WriteString(g.one("", "", "", "", "\xef\xbb\xbf", "# -*- coding: utf-8 -*-\n"))
	for range 1 + g.IntN(4) {
		b.WriteString(g.line())
		b.WriteString(g.one("", "", "", " ", "\t", " # a comment", "\u00a0# a comment", "\u2003", "  #", " \\\n  ", "\\", " \\\n # b \\", " \\\n\\"))
		b.WriteString(g.one("\n", "\n", "\n", "\r\n", "\n\n", "\r", "\f\n", "\u2028"))
	}
	text := b.String()
	if g.IntN(15) == 0 { // a character too few, or too many
		at := g.IntN(len(text) + 1)
		for at < len(text) && text[at] >= 0x80 {
			at++
		}
		insert := g.one("", "\\", "'", "\"", "-", " ", "#", "=", ";", "\t", "\n", "$", "[")
		text = text[:at] + insert + text[at:]
	}
	return text
}

func (g *generator) line() string {
	switch n := g.IntN(20); {
	case n < 12:
		return g.one("", "", "", " ", "\t", "  ") + g.requirement()
	case n < 18:
		return g.options()
	case n == 18:
		return g.one("#", "# x", " # -r nested", "", "   ", "#\\", "\\")
	}
	if g.often() {
		return g.one("./", "/x/", "https://x.example/", "", "file:///x/", "../y z/") + g.one("a-1.0", "B_c-1.0-1", "d-2", "e-1.0+l", "f") + "-py3-none-any.whl" + g.one("", "", "", "[x]", "[X,y]", " ; os_name == 'nt'", "; os_name == 'nt'", ";os_name == 'nt'", "#sha256=0", " "+g.hash())
	}
	return g.one("./a", "/x/y", "https://x.example/a.whl", "a-1.0-py3-none-any.whl", "b.zip", "file:///x", "git+https://x.example/a.git", "=", "?", "a b", "a-", "-", "--", "--x", "-z 1", "a_")
}

func (g *generator) requirement() string {
	s := g.one("a", "B.c", "d-e_f", "g__h", "i.-j", "${NAME_1}", "zope.interface", "K9")
	if g.IntN(6) == 0 {
		s += g.one("", " ") + g.one("[x]", "[x,y]", "[ X_y , z ]", "[]", "[x", "[x,,y]")
	}
	if g.IntN(12) == 0 {
		s += g.one(" @ ", "@", " @") + g.one("https://x.example/a-1.0.tar.gz", "file:///x/a-1.0-py3-none-any.whl", "git+https://x.example/r@v1", "https://x.example/a;b", "https://u:${NAME_2}@x.example/a.zip")
	} else {
		for i := range g.IntN(3) {
			if i > 0 {
				s += ","
			}
			s += g.one("", " ") + g.one("==", ">=", "<", "!=", "~=", "===", ">", "<=") + g.one("", " ") + g.one("1.0", "1.2.3", "2.*", "1.0rc1", "1!2", "1.0+local", "${NAME_2}", "2024.1.post1", "1.0-2")
		}
	}
	if g.IntN(5) == 0 {
		s += g.one(" ; ", "; ", ";", " ;") + g.one("python_version < '3.8'", "sys_platform == \"win32\"", "os_name=='nt' and extra == 'x'", "python_version", "platform_machine in 'x86_64 arm64'", "(os_name == 'a' or os_name == 'b')", "x == 'y'", "", "${UNSET}")
	}
	for range []int{0, 0, 0, 0, 0, 0, 1, 1, 2}[g.IntN(9)] {
		s += g.one(" ", " ", " \\\n    ", "  ") + g.hash()
	}
	if g.IntN(25) == 0 {
		s += " " + g.option()
	}
	return s
}

func (g *generator) hash() string {
	algorithm := g.one("sha256", "sha256", "sha256", "sha384", "sha512", "md5")
	digits := map[string]int{"sha256": 64, "sha384": 96, "sha512": 128, "md5": 32}[algorithm]
	if !g.often() {
		return g.one("--hash="+algorithm, "--hash "+algorithm+":00", "--hash", "--hash=", "--hash=sha256:"+strings.Repeat("x", 64))
	}
	return g.one("--hash=", "--hash ", "--hash=") + algorithm + ":" + strings.Repeat(g.one("0", "a", "F", "9"), digits)
}

func (g *generator) options() string {
	s := g.option()
	for g.IntN(5) == 0 {
		s += " " + g.option()
	}
	if g.IntN(20) == 0 {
		s += " left"
	}
	return s
}

func (g *generator) option() string {
	url := g.one("https://x.example/simple", "'https://y.example/simple'", "http://z.example/${NAME_1}", "\"https://w.example/a b\"", `https://v.example/a\ b`)
	names := g.one(":all:", ":none:", "a", "B_c,d.e", "a,:all:", ":all:,:none:,f", "!", "a,,b")
	return g.one(
		"-i "+url, "--index-url "+url, "--index-url="+url, "--pypi-url "+url, "--extra-index-url "+url, "--extra-index-url="+url, "--no-index", "-f wheels", "--find-links=wheels", "-f'my wheels'",
		"--pre", "--require-hashes", "--no-binary "+names, "--no-binary="+names, "--only-binary "+names, "--only-binary="+names, "-r nested", "-rnested", "--requirement=nested", "-c nested", "--constraint nested",
		g.rare(),
	)
}

func (g *generator) rare() string {
	list := []string{
		"--pre=1", "--no-index=x", "-i", "--index-url", "--prefer-binary", "--trusted-host x.example", "--use-feature=fast-deps", "-e .", "--editable=.", "-C a=b", "--config-settings=a=b",
		"--req nested", "--constr=nested", "--find x", "--unknown", "-x", g.hash(), "--all-releases a", "--only-final=:all:", "--no-require-hashes", "-f 'x", "--i", "--no-binary -a", "-r f", "-q",
	}
	return list[g.IntN(len(list))]
}

// lockDifferences is what our error says where pip takes a lock file.
var lockDifferences = []*difference{
	onlyWeRefuse(`"lock-version": 1.0 has no other keys (the specification's JSON schema: additionalProperties false); pip ignores them`, `a key that lock files of version 1.0 do not have`),
	onlyWeRefuse(`"packages.archive.hashes": a hash of a known algorithm has its length; pip takes any text`, `is not \d+ hexadecimal digits`),
	onlyWeRefuse(`"packages.archive.size": a length is not negative; pip takes it`, `it is negative`),
	onlyWeRefuse(`"packages.archive.upload-time": "MUST be recorded in UTC"; pip takes any offset`, `it is not in UTC`),
	onlyWeRefuse(`"packages.archive.url": a URL; pip takes any text`, `its url is none`),
	onlyWeRefuse("text has no control characters; pip takes them", `it has control characters`),
	onlyWeRefuse(`"dependency-groups": names; pip takes any text`, `dependency-groups\[\d+\]|default-groups\[\d+\]`),
}

// lockLenient is where we take what pip refuses.
var lockLenient = []*difference{
	{why: `"extras": names are normalised when they are read; pip refuses others`, reason: regexp.MustCompile(`extras = \['[^']*[A-Z_.]`)},
}

// lock is a lock file of the tests' tables with a word changed, a line dropped or doubled.
func (g *generator) lock(texts []string) string {
	text := texts[g.IntN(len(texts))]
	lines := strings.SplitAfter(text, "\n")
	at := g.IntN(len(lines))
	switch g.IntN(6) {
	case 0:
		lines = slices.Delete(lines, at, at+1)
	case 1:
		lines = slices.Insert(lines, at, lines[g.IntN(len(lines))])
	case 2:
		lines[at] = strings.Replace(lines[at], "'", g.one("''", "", "'x", "'X_"), 1+g.IntN(2))
	case 3:
		lines[at] = strings.Replace(lines[at], g.one("1.0", "a-b", "a_b", "name", "url", "path", "=", "sha256", "0", "[", "'"), g.one("2.0", "A.b", "c", "-1", "{}", "[]", "true", "1.5", "'x'", "size"), 1)
	case 4:
		lines = slices.Insert(lines, at, g.one("extras = ['x']\n", "version = '1.0'\n", "dependency-groups = ['']\n", "extras = ['A_b']\n", "size = -1\n", "requires-python = '>=3'\n", "tool = {}\n", "index = 'x'\n"))
	}
	return strings.Join(lines, "")
}

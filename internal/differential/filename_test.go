//go:build oracle

package differential

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

var wheelKind = kind{
	name: "wheel",
	fixed: filenames("", ".whl", "a.whl", "foo-1.0-py3-none-any.whl", "Foo.Bar_baz-1.0-py3-none-any.whl", "foo__bar-1.0-py3-none-any.whl",
		"foo-1.0-1-py3-none-any.whl", "foo-1.0-1a-py3-none-any.whl", "foo-1.0-a1-py3-none-any.whl", "foo-1.0-01_x-py2.py3-none-any.whl",
		"foo-1.0_1-py3-none-any.whl", "foo-1.0+local.1-py3-none-any.whl", "foo-1.0+local_1-py3-none-any.whl", "foo-1.0-py3-none-any.WHL",
		"foo-1.0-CP310.cp311-none-win32.WIN_amd64.whl", "foo-1.0-py3-none.whl", "foo-1.0-1-2-py3-none-any.whl", "foo-x-py3-none-any.whl",
		"-1.0-py3-none-any.whl", "foo--py3-none-any.whl", "foo-1.0--none-any.whl", "foo-1.0-py3--any.whl", "foo-1.0-py3-none-.whl",
		"foo-1.0-py2..py3-none-any.whl", "foo-1.0-.py3-none-any.whl", "foo-1.0-3py-none-any.whl", "foo bar-1.0-py3-none-any.whl", "föo-1.0-py3-none-any.whl",
		"foo-1.0-py3-none-any.whl ", " foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-any.whl.metadata", "foo-1.0-py3-none-any.zip", "foo/../a-1.0-py3-none-any.whl",
		"_foo-1.0-py3-none-any.whl", "foo_-1.0-py3-none-any.whl", "foo-v1.0-py3-none-any.whl", "foo-1.0 -py3-none-any.whl", "foo-1!2.0-py3-none-any.whl",
		"foo-1.0-99999999999999999999-py3-none-any.whl", "foo-1.0-18446744073709551615x-py3-none-any.whl", "foo-1.0-１-py3-none-any.whl",
		"foo-1.0-py3-none-any\n.whl", "foo.-1.0-py3-none-any.whl", ".foo-1.0-py3-none-any.whl", "foo-1.0-py3-none-mac osx.whl"),
	generate: func(g *generator) []string {
		text := g.wheel()
		if g.chance(40) {
			text = g.corrupt(text, "--__..+!1avé whl/")
		}
		return []string{text}
	},
	answer: func(args []string) []string {
		f, ok := filename(args[0], dist.Wheel)
		if !ok {
			return invalid
		}
		out := []string{string(f.Name), f.Version.String(), buildText(f.Build)}
		var tags []string
		for _, t := range f.Tags {
			tags = append(tags, t.String())
		}
		slices.Sort(tags)
		return append(out, slices.Compact(tags)...)
	},
	minimum: 0.3,
}

var sdistKind = kind{
	name: "sdist",
	fixed: filenames("", ".tar.gz", "foo.tar.gz", "foo-1.0.tar.gz", "foo-1.0.zip", "foo-1.0.tgz", "foo-1.0.tar.bz2", "foo-bar-1.0.tar.gz", "foo-1.0-2.tar.gz",
		"foo-1.0-rc1.tar.gz", "Foo.Bar-1.0.tar.gz", "-1.0.tar.gz", "foo-.tar.gz", "foo-1.0.tar.GZ", "foo-1.0+x.tar.gz", "foo-1.0 .tar.gz", "foo-x.tar.gz",
		"foo_bar-1.0.post1.tar.gz", "foo-v1.tar.gz", "--1.0.tar.gz", "foo--1.0.tar.gz", "_-1.0.tar.gz", "fö-1.0.tar.gz", "foo bar-1.0.zip", "a/b-1.0.zip",
		"../b-1.0.zip", "foo-1.0.tar.gz.asc", "foo-1.0-py3.zip", "foo-1.0.win32.zip", "foo-1!1.zip"),
	generate: func(g *generator) []string {
		text := g.fileName() + "-" + g.fileVersion() + g.pick(".tar.gz", ".tar.gz", ".tar.gz", ".zip", ".tgz")
		if g.chance(33) {
			text = g.corrupt(text, "--__..+!1avé targz/")
		}
		return []string{text}
	},
	answer: func(args []string) []string {
		f, ok := filename(args[0], dist.Sdist)
		if !ok {
			return invalid
		}
		return []string{string(f.Name), f.Version.String()}
	},
	minimum: 0.3,
}

func filenames(names ...string) [][]string {
	var out [][]string
	for _, name := range names {
		out = append(out, []string{name})
	}
	return out
}

func filename(s string, want dist.Kind) (dist.Filename, bool) {
	f, err := dist.ParseFilename(s)
	return f, err == nil && f.Kind == want
}

// buildText is the oracle's pair, joined: the number, then the rest.
func buildText(b dist.Build) string {
	if !b.Set {
		return ""
	}
	return strconv.FormatUint(b.Number, 10) + "-" + b.Text
}

func (g *generator) wheel() string {
	parts := []string{g.fileName(), g.fileVersion()}
	if g.chance(20) {
		parts = append(parts, strconv.Itoa(g.IntN(300))+g.pick("", "", "a", "_foo", ".1"))
	}
	parts = append(parts, g.set("py2", "py3", "cp37", "cp39", "cp310", "CP311", "pp39", "py39"), g.set("none", "abi3", "cp37m", "cp39", "cp313t"),
		g.set("any", "win32", "win_amd64", "macosx_10_9_x86_64", "macosx_11_0_arm64", "manylinux2014_x86_64", "manylinux_2_17_x86_64", "musllinux_1_1_x86_64"))
	return strings.Join(parts, "-") + ".whl"
}

// set is a compressed tag set's component.
func (g *generator) set(from ...string) string {
	s := g.pick(from...)
	for g.chance(25) {
		s += "." + g.pick(from...)
	}
	return s
}

// fileName is a name as it stands in file names: most publishers escape it, some do not.
func (g *generator) fileName() string {
	name := g.name()
	if g.chance(80) {
		name = strings.ReplaceAll(name, "-", "_")
		for strings.Contains(name, "__") {
			name = strings.ReplaceAll(name, "__", "_")
		}
	}
	return name
}

func (g *generator) fileVersion() string {
	s := g.spell(g.version(), true)
	if g.chance(80) {
		s = strings.ReplaceAll(s, "-", "_")
	}
	return s
}

package pyproject

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// head is a [project] table that may be gone on with.
const head = "[project]\nname = 'My.App'\nversion = '1.5'\n"

func lines(list []pep508.Requirement) string {
	var out []string
	for _, r := range list {
		out = append(out, r.String())
	}
	return strings.Join(out, " | ")
}

func TestRequirements(t *testing.T) {
	extras := "[project.optional-dependencies]\nTLS = ['ssl', 'my_app[b]']\nb = ['bee>1; os_name == \"nt\"']\nall = ['My-App[tls,B] >= 1; python_version > \"3.8\"']\nround = ['my.app[round]', 'r']\n"
	for name, c := range map[string]struct {
		text   string
		extras []pep508.Name
		want   string
	}{
		"none":                 {head, nil, ""},
		"dependencies":         {head + "dependencies = ['b >= 1', 'A[x]; os_name == \"nt\"', 'c @ https://x.example/c.whl']\n", nil, `b>=1 | a[x]; os_name == "nt" | c @ https://x.example/c.whl`},
		"extra":                {head + "dependencies = ['a']\n" + extras, []pep508.Name{"b"}, `a | bee>1; os_name == "nt"`},
		"nested":               {head + extras, []pep508.Name{"tls"}, `ssl | bee>1; os_name == "nt"`},
		"nested under markers": {head + extras, []pep508.Name{"all"}, `bee>1; python_version > "3.8" and os_name == "nt" | ssl; python_version > "3.8" | bee>1; python_version > "3.8" and os_name == "nt"`},
		"on itself":            {head + extras, []pep508.Name{"round"}, "r"},
		"in dependencies":      {head + "dependencies = ['my-app[b]', 'z']\n" + extras, nil, `bee>1; os_name == "nt" | z`},
		"other tables":         {"[build-system]\nrequires = ['x']\n[tool.y]\ndependencies = 1\n" + head + "dependencies = ['a']\nurls = {}\n", nil, "a"},
		"dynamic version":      {"[project]\nname = 'x'\ndynamic = ['version', 'readme']\ndependencies = ['a', 'x']\n", nil, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte(c.text))
			require.NoError(t, err)
			got, err := p.Requirements(c.extras...)
			require.NoError(t, err)
			assert.Equal(t, c.want, lines(got))
		})
	}
}

func TestProject(t *testing.T) {
	p, err := Parse([]byte(head + "requires-python = '>=3.9'\ndynamic = ['readme']\n[project.optional-dependencies]\nB = []\na = []\n[dependency-groups]\nT.y = []\n"))
	require.NoError(t, err)
	assert.Equal(t, pep508.Name("my-app"), p.Name)
	assert.Equal(t, "1.5", p.Version.String())
	assert.Equal(t, ">=3.9", p.RequiresPython.String())
	assert.Equal(t, []string{"readme"}, p.Dynamic)
	assert.Equal(t, []pep508.Name{"a", "b"}, p.Extras())
	assert.Equal(t, []pep508.Name{"t"}, p.Groups(), "T.y is y in a table T")
}

func TestRequirementsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, extra, want string }{
		"no table":            {"[tool.poetry.dependencies]\na = '1'\n", "", "project: " + ErrNoProject.Error()},
		"dynamic":             {head + "dynamic = ['dependencies']\n", "", "project.dependencies: " + ErrDynamic.Error()},
		"dynamic extras":      {head + "dynamic = ['optional-dependencies']\n", "x", "project.optional-dependencies: " + ErrDynamic.Error()},
		"no such extra":       {head, "x", "project: the project has no extra x: it has none"},
		"no such extra in it": {head + "dependencies = ['my-app[y]']\noptional-dependencies = {a=[], B=[]}", "", "project.dependencies: the project has no extra y: it has a, b"},
		"other version":       {head + "dependencies = ['my-app>2']\n", "", "project.dependencies: it asks for my-app>2, which the project, 1.5, is not"},
		"itself by address":   {head + "dependencies = ['my-app @ https://x.example/a.whl']\n", "", "project.dependencies: it asks for the project itself by address"},
		"too many":            {head + "[project.optional-dependencies]\n" + doubling(20), "x0", "project.optional-dependencies: more than 10000 requirements"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Parse([]byte(c.text))
			require.NoError(t, err)
			var extras []pep508.Name
			if c.extra != "" {
				extras = append(extras, pep508.Name(c.extra))
			}
			_, err = p.Requirements(extras...)
			require.Error(t, err)
			assert.Equal(t, c.want, err.Error())
			var parse *ParseError
			assert.ErrorAs(t, err, &parse)
		})
	}
}

// doubling are extras of which each asks twice for the next.
func doubling(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "x%d = ['my-app[x%d]', 'my-app[x%d]', 'd']\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "x%d = ['e']\n", n)
	return b.String()
}

func TestParseRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"no TOML":           {"a\n= 1", "line 1: no valid TOML: "},
		"table":             {"project = 1", "project: it is no table"},
		"no name":           {"[project]\nversion = '1'", "project.name: it is missing"},
		"bad name":          {"[project]\nname = '-'", "project.name: "},
		"name is no text":   {"[project]\nname = 1", "project.name: it is no text"},
		"no version":        {"[project]\nname = 'a'", "project.version: it is missing, and not dynamic"},
		"bad version":       {"[project]\nname = 'a'\nversion = 'x'", "project.version: "},
		"bad python":        {head + "requires-python = '3'", "project.requires-python: "},
		"dependencies":      {head + "dependencies = 'a'", "project.dependencies: it is no array"},
		"dependency":        {head + "dependencies = ['a', 1]", "project.dependencies[1]: it is no text"},
		"bad dependency":    {head + "dependencies = ['a', '-r x']", "project.dependencies[1]: "},
		"extras":            {head + "optional-dependencies = []", "project.optional-dependencies: it is no table"},
		"extra":             {head + "optional-dependencies = {a = 'x'}", "project.optional-dependencies.a: it is no array"},
		"extra's name":      {head + "optional-dependencies = {'a b' = []}", "project.optional-dependencies: "},
		"extras of a name":  {head + "optional-dependencies = {'a_b' = [], A-B = []}", "project.optional-dependencies: several keys are a-b"},
		"dynamic":           {head + "dynamic = 'x'", "project.dynamic: it is no array"},
		"dynamic name":      {head + "dynamic = ['name']", "project.dynamic: "},
		"dynamic, not":      {head + "dependencies = []\ndynamic = ['dependencies']", `project.dynamic: "dependencies" cannot be dynamic`},
		"groups":            {"dependency-groups = 1", "dependency-groups: it is no table"},
		"groups of a name":  {"[dependency-groups]\na_b = []\nA-b = []\n", `dependency-groups: "A-b" and "a_b" are one name: rename one`},
		"group's name":      {"[dependency-groups]\n'' = []\n", "dependency-groups: "},
		"too long":          {strings.Repeat(" ", MaxPyproject+1), "it has more than 1048576 bytes"},
		"too many keys":     {strings.Repeat("a", 1) + keys(MaxKeys+1), "more than 1000 keys in a table, or tables"},
		"too deep":          {"a = " + strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1), "it is nested more than 32 deep"},
		"requirement's URL": {head + "dependencies = ['a @ https://u:secret@x.example/ y']", "project.dependencies[0]: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(c.text))
			require.Error(t, err)
			assert.True(t, strings.HasPrefix(err.Error(), c.want), "%v", err)
			assert.NotContains(t, err.Error(), "secret")
			var parse *ParseError
			assert.ErrorAs(t, err, &parse)
		})
	}
}

func keys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d = 1\n", i)
	}
	return b.String()
}

func TestGroup(t *testing.T) {
	text := head + `dependencies = ['dep']
[project.optional-dependencies]
x = ['ex']
[dependency-groups]
Test = ["pytest>7; os_name == 'nt'", "cov"]
docs = ["sphinx"]
All_Of = [{include-group = "test"}, "one", {include-group = "DOCS"}, "cov"]
mine = ["my-app[x]; python_version > '3'", {include-group = "docs"}]
empty = []
newer = [{some-object = "x"}]
mixed = [{include-group = "docs", other = 1}]
number = [1]
text = "a"
bad = ["-e ."]
include-number = [{include-group = 1}]
round = ["a", {include-group = "ROUND_2"}]
round-2 = [{include-group = "round"}]
lost = [{include-group = "nobody"}]
`
	p, err := Parse([]byte(text))
	require.NoError(t, err)
	for name, want := range map[pep508.Name]string{
		"test": `pytest>7; os_name == "nt" | cov`, "all-of": `pytest>7; os_name == "nt" | cov | one | sphinx | cov`, "empty": "",
		"mine": `dep; python_version > "3" | ex; python_version > "3" | sphinx`,
	} {
		got, err := p.Group(name)
		require.NoError(t, err)
		assert.Equal(t, want, lines(got), name)
	}
	for name, want := range map[pep508.Name]string{
		"newer":          "dependency-groups.newer[0]: a table in a group has the one key include-group, a text",
		"mixed":          "dependency-groups.mixed[0]: a table in a group has the one key include-group, a text",
		"include-number": "dependency-groups.include-number[0]: a table in a group has the one key include-group, a text",
		"number":         "dependency-groups.number[0]: it is neither a requirement nor a table",
		"text":           "dependency-groups.text: it is no array",
		"bad":            "dependency-groups.bad[0]: ",
		"round":          "dependency-groups.round: it includes itself: round includes round-2 includes round",
		"lost":           "dependency-groups.lost[0]: there is no group nobody: it has all-of, bad, ",
		"absent":         "dependency-groups: there is no group absent: it has ",
	} {
		_, err := p.Group(name)
		require.Error(t, err, name)
		assert.True(t, strings.HasPrefix(err.Error(), want), "%v", err)
	}
}

func TestGroupWithoutProject(t *testing.T) {
	p, err := Parse([]byte("[dependency-groups]\na = ['x']\n" + doublingGroups(20)))
	require.NoError(t, err)
	got, err := p.Group("a")
	require.NoError(t, err)
	assert.Equal(t, "x", lines(got))
	_, err = p.Group("g0")
	assert.ErrorContains(t, err, "more than 10000 requirements")
	_, err = p.Requirements()
	assert.ErrorIs(t, err, ErrNoProject)
}

func doublingGroups(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "g%d = [{include-group = 'g%d'}, {include-group = 'g%d'}]\n", i, i+1, i+1)
	}
	fmt.Fprintf(&b, "g%d = []\n", n)
	return b.String()
}

// FuzzParse: no input panics or hangs, and whatever was read answers or says why not.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		head + "dependencies = ['a', 'my-app[x]']\n[project.optional-dependencies]\nx = ['b; os_name == \"nt\"', 'My.App[x]']\n",
		"[dependency-groups]\na = ['x', {include-group = 'B'}]\nb = [{include-group = 'a'}]\n", head + "dynamic = ['dependencies']", head + "optional-dependencies = {a=[], A=[]}",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := Parse(b)
		if err != nil {
			var parse *ParseError
			require.ErrorAs(t, err, &parse)
			return
		}
		answer := func(list []pep508.Requirement, err error) {
			if err == nil {
				require.LessOrEqual(t, len(list), MaxRequirements)
				for _, r := range list {
					require.True(t, p.Name == "" || r.Name != p.Name, "the project itself is asked for")
				}
			}
		}
		answer(p.Requirements(p.Extras()...))
		for _, g := range p.Groups() {
			answer(p.Group(g))
		}
	})
}

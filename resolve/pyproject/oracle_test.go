//go:build oracle

package pyproject

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	seed = flag.Uint64("seed", 735, "seed of the inputs")
	size = flag.Int("inputs", 4000, "files")
)

//go:embed oracle.py
var script []byte

type question struct {
	Text   string   `json:"text"`
	Groups []string `json:"groups"`
}

// asked are the groups that every file is asked for.
var asked = []string{"a", "B.b", "c-c", "d", "none"}

// ask has packaging answer all questions, in one run of CHANDLERY_TOOLS' interpreter.
func ask(t *testing.T, questions []question) [][][][]string {
	t.Helper()
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "set CHANDLERY_TOOLS to a virtual environment with packaging")
	dir := t.TempDir()
	file, in, out := filepath.Join(dir, "oracle.py"), filepath.Join(dir, "questions"), filepath.Join(dir, "answers")
	require.NoError(t, os.WriteFile(file, script, 0o600))
	var b strings.Builder
	for _, q := range questions {
		line, err := json.Marshal(q)
		require.NoError(t, err)
		b.Write(append(line, '\n'))
	}
	require.NoError(t, os.WriteFile(in, []byte(b.String()), 0o600))
	output, err := exec.CommandContext(t.Context(), filepath.Join(tools, "bin", "python"), file, in, out).CombinedOutput()
	require.NoError(t, err, "%s", output)
	f, err := os.Open(out)
	require.NoError(t, err)
	defer f.Close()
	var answers [][][][]string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a [][][]string
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a))
		answers = append(answers, a)
	}
	require.NoError(t, lines.Err())
	require.Len(t, answers, len(questions))
	return answers
}

// TestGroupOracle compares dependency groups of generated files with packaging's.
func TestGroupOracle(t *testing.T) {
	g := rand.New(rand.NewPCG(*seed, 1))
	questions := make([]question, *size)
	for i := range questions {
		questions[i] = question{generate(g), asked}
	}
	files, groups, refused := 0, 0, 0
	for i, theirs := range ask(t, questions) {
		ours := answer(questions[i])
		require.Equal(t, theirs == nil, ours == nil, "%s", questions[i].Text)
		if ours == nil {
			files++
			continue
		}
		for n := range asked {
			require.Equal(t, theirs[n], ours[n], "%s\n%s", asked[n], questions[i].Text)
			if ours[n] == nil {
				refused++
			} else {
				groups++
			}
		}
	}
	t.Logf("seed %d: %d files, %d of them refused by both; %d groups answered alike, %d refused by both", *seed, *size, files, groups, refused)
	assert.Positive(t, files)
	assert.Greater(t, min(groups, refused), *size/2)
}

// answer is ours, in the oracle's words.
func answer(q question) [][][]string {
	p, err := Parse([]byte(q.Text))
	if err != nil {
		return nil
	}
	out := make([][][]string, len(q.Groups))
	for i, name := range q.Groups {
		list, err := p.Group(pep508.NormalizeName(name))
		if err != nil {
			continue
		}
		out[i] = [][]string{}
		for _, r := range list {
			specifiers := strings.Split(r.Specifiers.String(), ",")
			slices.Sort(specifiers)
			extras := texts(r.Extras)
			out[i] = append(out[i], []string{string(r.Name), strings.Join(extras, ","), strings.Join(specifiers, ","), r.URL, r.Marker.String()})
		}
	}
	return out
}

// generate makes a file of a few groups: mostly right, often not.
func generate(g *rand.Rand) string {
	one := func(list ...string) string { return list[g.IntN(len(list))] }
	name := func() string { return one("a", "A", "b_b", "B.b", "c-c", "d", "a", "b-b", "d") }
	requirement := func() string {
		return one("x", "Y_y", "z.z[One,two]", "w>=1,<2", "v==1.*", "u ; os_name == 'nt'", "t @ https://x.example/t-1-py3-none-any.whl", "s[e]~=1.2 ; python_version < '3.8' or os_name == 'a'")
	}
	var b strings.Builder
	b.WriteString(one("", "", "[tool.x]\ny = 1\n", "[build-system]\nrequires = []\n"))
	if g.IntN(40) == 0 {
		return b.String() + one("dependency-groups = 1\n", "dependency-groups = []\n", "")
	}
	b.WriteString("[dependency-groups]\n")
	for _, key := range []string{one("a", "A"), one("b_b", "B.b", "b--b"), "c-c", one("d", "a", "B-B", "e", "f", "g", "h", "d", "d")} {
		fmt.Fprintf(&b, "'%s' = ", key)
		if g.IntN(25) == 0 {
			b.WriteString(one("'x'", "1", "{}", "true") + "\n")
			continue
		}
		var elements []string
		for range g.IntN(4) {
			switch n := g.IntN(24); {
			case n < 15:
				elements = append(elements, fmt.Sprintf("%q", requirement()))
			case n < 22:
				elements = append(elements, fmt.Sprintf("{include-group = '%s'}", name()))
			default:
				elements = append(elements, one("1", "[]", "{}", "{include-group = 1}", "{include-group = 'd', x = 1}", "{other = 'a'}", "'-e .'", "'x ='", "''"))
			}
		}
		b.WriteString("[" + strings.Join(elements, ", ") + "]\n")
	}
	return b.String()
}

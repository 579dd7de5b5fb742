//go:build oracle

package pylock

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
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
	seed = flag.Uint64("seed", 751, "seed of the inputs")
	size = flag.Int("inputs", 6000, "requirements files, and lock files")
)

//go:embed oracle.py
var script []byte

// question is one file; Text is written as base64.
type question struct {
	Text []byte  `json:"text,omitempty"`
	Lock *string `json:"lock,omitempty"`
}

// ask has pip answer all questions in one run of CHANDLERY_TOOLS' interpreter. An answer is nil where the file is refused.
func ask(t *testing.T, questions []question) [][][]string {
	t.Helper()
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "set CHANDLERY_TOOLS to a virtual environment with pip")
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
	var answers [][][]string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a [][]string
		require.NoError(t, json.Unmarshal(lines.Bytes(), &a))
		answers = append(answers, a)
	}
	require.NoError(t, lines.Err())
	require.Len(t, answers, len(questions))
	return answers
}

// TestReadOracle compares generated requirements files with pip's parser.
func TestReadOracle(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(*seed, 1))}
	questions := make([]question, *size)
	count := 0
	for i := range questions {
		text := g.file()
		if i < len(fixed) {
			text = fixed[i]
		}
		questions[i].Text = []byte(text)
		count += strings.Count(text, "\n")
	}
	theirs, both, shown := ask(t, questions), 0, 0
	for i, q := range questions {
		ours, err := answer(string(q.Text))
		if theirs[i] != nil {
			sortRows(theirs[i][:len(theirs[i])-1])
		}
		switch {
		case ours == nil && theirs[i] == nil:
			both++
		case assert.ObjectsAreEqual(ours, theirs[i]) || documented(string(q.Text), err, theirs[i]):
		default:
			if shown++; shown <= 25 {
				t.Errorf("%q\nours   %q %v\ntheirs %q", q.Text, ours, err, theirs[i])
			}
		}
	}
	t.Logf("seed %d: %d files of %d lines, %d refused by both, %d unexplained differences", *seed, len(questions), count, both, shown)
	assert.Greater(t, count, 10000)
	assert.Greater(t, both, len(questions)/20)
	for _, d := range slices.Concat(differences, lenient, unsupported) {
		t.Logf("documented difference, %d files: %s", d.count, d.why)
		assert.Positive(t, d.count, d.why)
	}
}

// TestParseOracle compares generated lock files with pip's reader, and has it read what we write.
func TestParseOracle(t *testing.T) {
	g := &generator{rand.New(rand.NewPCG(*seed, 2))}
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(accepted)) {
		texts = append(texts, accepted[name])
	}
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		texts = append(texts, refused[name][0])
	}
	questions := make([]question, *size)
	for i := range questions {
		text := texts[min(i, len(texts)-1)]
		if i >= len(texts) {
			text = g.lock(texts)
		}
		if lock, err := Parse([]byte(text)); err == nil && i >= len(texts) && i%2 == 0 {
			b, err := lock.Marshal()
			require.NoError(t, err)
			text = string(b)
		}
		questions[i].Lock = &text
	}
	both, taken := 0, 0
	for i, theirs := range ask(t, questions) {
		text := *questions[i].Lock
		_, err := Parse([]byte(text))
		switch {
		case err == nil && theirs != nil:
			taken++
		case err != nil && theirs == nil:
			both++
		case err != nil && explained(lockDifferences, err.Error()), err == nil && explained(lockLenient, text):
		default:
			t.Errorf("%q\nours   %v\ntheirs %v", text, err, theirs != nil)
		}
	}
	t.Logf("seed %d: %d lock files, %d taken and %d refused by both", *seed, len(questions), taken, both)
	assert.Greater(t, min(taken, both), len(questions)/10)
	for _, d := range slices.Concat(lockDifferences, lockLenient) {
		t.Logf("documented difference, %d files: %s", d.count, d.why)
		assert.Positive(t, d.count, d.why)
	}
}

// answer is ours, in the oracle's words.
func answer(text string) ([][]string, error) {
	r, err := files{"f": text, "nested": "nested-one\nnested-two>1\n"}.reader().Read([]string{"f"}, nil)
	if err != nil {
		return nil, err
	}
	out := [][]string{}
	show := func(kind string, l Line) {
		q := l.Requirement
		specifiers := strings.Split(q.Specifiers.String(), ",")
		slices.Sort(specifiers)
		extras := make([]string, len(q.Extras))
		for i, x := range q.Extras {
			extras[i] = string(x)
		}
		var hashes []string
		for algorithm, digests := range l.Hashes {
			for _, h := range digests {
				hashes = append(hashes, algorithm+":"+h)
			}
		}
		slices.Sort(hashes)
		out = append(out, []string{
			kind, l.File, fmt.Sprint(l.Line), string(q.Name), strings.Join(extras, ","), strings.Join(specifiers, ","), here(q.URL), q.Marker.String(), strings.Join(hashes, " "),
		})
	}
	for _, l := range r.Requirements {
		show("requirement", l)
	}
	for _, l := range r.Constraints {
		show("constraint", l)
	}
	sortRows(out)
	o := r.Options
	names := func(list []pep508.Name) string { s := texts(list); slices.Sort(s); return strings.Join(s, ",") }
	python := func(b bool) string { return map[bool]string{true: "True", false: "False"}[b] }
	return append(out, []string{
		strings.Join(o.Indexes, " "), python(o.NoIndex), strings.Join(o.FindLinks, " "), names(o.NoBinary), names(o.OnlyBinary), python(o.Prereleases), python(o.RequireHashes),
	}), nil
}

// here is an address without what names this folder.
func here(address string) string {
	unescaped, err := url.PathUnescape(address)
	folder, failed := os.Getwd()
	if err != nil || failed != nil || !strings.HasPrefix(address, "file:") {
		return address
	}
	return strings.NewReplacer("file://"+folder, "HERE", "file://"+filepath.Dir(folder), "ABOVE").Replace(unescaped)
}

// sortRows forgets the order of lines, as requirements and constraints are apart here.
func sortRows(rows [][]string) {
	slices.SortFunc(rows, func(a, b []string) int { return slices.Compare(a, b) })
}

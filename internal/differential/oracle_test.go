//go:build oracle

package differential

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// packaging is the release that we compare with.
const packaging = "26.3"

//go:embed oracle.py
var script []byte

// ask has the oracle answer all questions in one run.
func ask(t *testing.T, questions []question) [][]string {
	t.Helper()
	dir := t.TempDir()
	python := environment(t, dir)
	in, out := filepath.Join(dir, "questions.jsonl"), filepath.Join(dir, "answers.jsonl")
	writeQuestions(t, in, questions)
	file := filepath.Join(dir, "oracle.py")
	require.NoError(t, os.WriteFile(file, script, 0o600))
	run(t, python, file, in, out)
	return readAnswers(t, out, len(questions))
}

// environment makes the virtual environment where -venv has none yet, and gives its interpreter.
func environment(t *testing.T, dir string) string {
	t.Helper()
	if *venv != "" {
		dir = *venv
	} else {
		dir = filepath.Join(dir, "venv")
	}
	python := filepath.Join(dir, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		run(t, "python3", "-m", "venv", dir)
	}
	run(t, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "packaging=="+packaging)
	return python
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	require.NoErrorf(t, err, "%s %q: %s", name, args, output)
}

func writeQuestions(t *testing.T, name string, questions []question) {
	t.Helper()
	f, err := os.Create(name)
	require.NoError(t, err)
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	require.NoError(t, enc.Encode(environments))
	for _, q := range questions {
		require.NoError(t, enc.Encode(q))
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
}

func readAnswers(t *testing.T, name string, want int) [][]string {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	answers := make([][]string, want)
	dec := json.NewDecoder(f)
	for i := range answers {
		require.NoErrorf(t, dec.Decode(&answers[i]), "answer %d", i)
	}
	require.False(t, dec.More(), "more answers than questions")
	return answers
}

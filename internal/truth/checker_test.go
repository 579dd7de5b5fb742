//go:build live

package truth

import (
	"bufio"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

//go:embed checker.py
var checkerText string

// checker is a running checker.py.
type checker struct {
	in  io.Writer
	out *bufio.Reader
}

// fault is its kind, the project and a sentence.
type fault [3]string

// verdict is what the checker says of an answer.
type verdict struct {
	Faults []fault           `json:"faults,omitempty"`
	Newer  [][2]string       `json:"newer,omitempty"`
	Files  map[string]string `json:"files,omitempty"` // by project: the best
}

// question is what it is asked.
type question struct {
	Target       target   `json:"target"`
	Before       string   `json:"before"`
	Requirements []string `json:"requirements"`
	Pins         []pin    `json:"pins"`
}

func newChecker(t *testing.T, s *stand, mirror string) *checker {
	t.Helper()
	cmd := exec.Command(filepath.Join(s.tools, "bin", "python"), "-I", "-c", checkerText, filepath.Join(s.dir, "raw"), filepath.Join(s.dir, "mirror", "metadata"), mirror)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		require.NoError(t, in.Close())
		require.NoError(t, cmd.Wait())
	})
	return &checker{in, bufio.NewReader(out)}
}

// judge asks a checker that is free.
func (s *stand) judge(q question) (verdict, error) {
	c := <-s.checkers
	defer func() { s.checkers <- c }()
	line, err := json.Marshal(q)
	if err != nil {
		return verdict{}, err
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		return verdict{}, fmt.Errorf("the checker is gone: %w", err)
	}
	answer, err := c.out.ReadBytes('\n')
	if err != nil {
		return verdict{}, fmt.Errorf("the checker gave no answer to %s: %w", line, err)
	}
	var v verdict
	return v, json.Unmarshal(answer, &v)
}

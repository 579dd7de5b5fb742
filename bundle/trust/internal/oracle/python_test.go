//go:build oracle

package oracle

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
)

// defaultCases is the sample of a day: the full run of doc.go in as many parts as a week has days.
const (
	defaultCases = 14_000
	parts        = 7
)

// seedOf gives the first seed of a day's part.
func seedOf(day time.Time) uint64 { return 1 + uint64(day.Unix()/(24*60*60))%parts*defaultCases }

// peers are the clients beside ours, made anew for each call.
func peers(t *testing.T) map[string]client {
	return map[string]client{"go-tuf": goTUF{}, "python-tuf": newPython(t)}
}

// pythonTUF is a python-tuf that answers questions: testdata/oracle.py.
type pythonTUF struct {
	in  io.WriteCloser
	out *bufio.Reader
}

type question struct {
	Ask     string            `json:"ask"`
	Folder  string            `json:"folder,omitempty"`
	Root    []byte            `json:"root,omitempty"`
	Files   map[string][]byte `json:"files,omitempty"`
	Target  string            `json:"target"`
	Content []byte            `json:"content,omitempty"`
}

type answer struct {
	Got   []byte            `json:"got"`
	Error string            `json:"error"`
	Root  []byte            `json:"root"`
	Files map[string][]byte `json:"files"`
}

func newPython(t *testing.T) *pythonTUF {
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "CHANDLERY_TOOLS is a virtual environment with python-tuf")
	cmd := exec.Command(filepath.Join(tools, "bin", "python"), filepath.Join("testdata", "oracle.py"))
	cmd.Stderr = os.Stderr
	cmd.Env = append(cmd.Environ(), "TMPDIR="+inMemory(t)) // where it keeps what it downloads
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		in.Close()
		require.NoError(t, cmd.Wait())
	})
	return &pythonTUF{in, bufio.NewReaderSize(out, 1<<20)}
}

func (p *pythonTUF) ask(q question) (a answer, err error) {
	b, err := json.Marshal(q)
	if err != nil {
		return a, err
	}
	if _, err := p.in.Write(append(b, '\n')); err != nil {
		return a, err
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(line, &a)
}

// Install panics where python itself ends, which is no verdict.
func (p *pythonTUF) Install(dir string, root []byte, files map[string][]byte) ([]byte, error) {
	a, err := p.ask(question{Ask: "install", Folder: dir, Root: root, Files: files, Target: mutate.Target})
	if err != nil {
		panic(err)
	}
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	return a.Got, nil
}

func morePublishers(*testing.T) map[string]publisher {
	return map[string]publisher{"python-tuf": func(t *testing.T) ([]byte, map[string][]byte, []byte) {
		a, err := newPython(t).ask(question{Ask: "publish", Target: mutate.Target, Content: []byte(content)})
		require.NoError(t, err)
		return a.Root, a.Files, nil
	}}
}

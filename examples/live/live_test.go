//go:build live

package live

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

const (
	repository = "../.."
	classroom  = repository + "/examples/classroom/dev.json"
)

// suite is what all tests share: the program, and the classroom as published with an empty cache.
var suite shared

type shared struct {
	program, site, cache, trace string
	published                   result
}

// root is the file that the publish made for clients to trust.
func (s shared) root() string { return filepath.Join(s.site+"-keys", "root.json") }

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "chandlery-live")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		if err := publishClassroom(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// publishClassroom runs the README's first command, with a cache and a trace of its own.
func publishClassroom(dir string) error {
	suite.program = filepath.Join(dir, "chandlery")
	suite.site, suite.cache, suite.trace = filepath.Join(dir, "site"), filepath.Join(dir, "cache"), filepath.Join(dir, "trace")
	build := exec.Command("go", "build", "-o", suite.program, "./examples/chandlery")
	build.Dir = repository
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build: %w\n%s", err, out)
	}
	cmd := exec.Command("go", "run", "./examples/chandlery", "publish", "--config", "examples/classroom/dev.json", "--store", suite.site,
		"--cache", suite.cache, "--trace", suite.trace, "--json")
	cmd.Dir = repository
	var err error
	suite.published, err = lastLine(cmd)
	return err
}

// result is the last JSON line of a command.
type result struct {
	OK       bool            `json:"ok"`
	ExitCode int             `json:"exit_code"`
	Kind     string          `json:"kind"`
	Result   json.RawMessage `json:"result"`
	Messages string          `json:"-"` // those of the problems before it
}

// lastLine runs a command whose exit code must be that of its result, and reads the result; a refusal is no error.
func lastLine(cmd *exec.Cmd) (result, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var r result
	var messages []string
	last := ""
	for s := bufio.NewScanner(bytes.NewReader(stdout.Bytes())); s.Scan(); {
		last = s.Text()
		var problem struct{ Event, Message, Advice string }
		if err := json.Unmarshal([]byte(last), &problem); err != nil {
			return r, fmt.Errorf("%v: not JSON: %s", cmd.Args, last)
		}
		if problem.Event == "problem" {
			messages = append(messages, problem.Message, problem.Advice)
		}
	}
	if err := json.Unmarshal([]byte(last), &r); err != nil {
		return r, fmt.Errorf("%v: %w: no result\n%s", cmd.Args, runErr, stderr.String())
	}
	r.Messages = strings.Join(messages, "\n")
	// `go run` turns every exit code but 0 into 1.
	if r.OK != (runErr == nil) {
		return r, fmt.Errorf("%v: result %s, but %v", cmd.Args, last, runErr)
	}
	return r, nil
}

// chandlery runs the program and gives its result, good or bad.
func chandlery(t *testing.T, args ...string) result {
	t.Helper()
	r, err := lastLine(exec.Command(suite.program, append(args, "--json")...))
	require.NoError(t, err)
	return r
}

// succeed runs the program, which must succeed, and reads its result.
func succeed[T any](t *testing.T, args ...string) T {
	t.Helper()
	r := chandlery(t, args...)
	require.True(t, r.OK, "%v: %s", args, r.Messages)
	var v T
	require.NoError(t, json.Unmarshal(r.Result, &v))
	return v
}

func released(t *testing.T, site string) *manifest.Manifest {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(site, "stable", "update.json"))
	require.NoError(t, err)
	m, err := manifest.Parse(b)
	require.NoError(t, err)
	return m
}

// tool is a program of the virtual environment with uv, pip and packaging.
func tool(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, dir, "set CHANDLERY_TOOLS to a virtual environment with uv, pip and packaging")
	return filepath.Join(dir, "bin", name)
}

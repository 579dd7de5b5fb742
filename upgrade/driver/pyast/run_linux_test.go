package pyast

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An interpreter of the tests is a shell script that greets, and then reads requests, {"ID":0,…}, and answers them.
const (
	greeting = `read -r program; echo '{"Version":[3,9],"Implementation":"cpython"}'; `
	loop     = greeting + `while read -r line; do id=${line#*:}; id=${id%%,*}; `
	respond  = `echo "{\"ID\":$id,\"Value\":{\"Names\":{\"x\":{}}}}"; done`
)

// fake writes an interpreter. Each $DIR is a folder of its own.
func fake(t *testing.T, script string) (r *Reader, dir string) {
	t.Helper()
	dir = t.TempDir()
	python := filepath.Join(dir, "python3")
	require.NoError(t, os.WriteFile(python, []byte("#!/bin/sh\n"+strings.ReplaceAll(script, "$DIR", dir)+"\n"), 0o755))
	return &Reader{Python: python}, dir
}

func some(n int) []Source {
	var files []Source
	for i := range n {
		files = append(files, Source{Name: fmt.Sprintf("m%d", i), Text: []byte("x = 1")})
	}
	return files
}

// TestRunProcessError: an interpreter that does not do its work ends the call, and says what to give instead.
func TestRunProcessError(t *testing.T) {
	for name, c := range map[string]struct{ script, want string }{
		"ends at once":     {"exit 3", "it died"},
		"speaks":           {"echo usage: python >&2; exit 2", "usage: python"},
		"no JSON":          {"read -r x; echo hello", "unreadable"},
		"Python 2":         {`read -r x; echo '{"Version":[2,7],"Implementation":"cpython"}'; sleep 9`, `it is "cpython" 2.7`},
		"too old":          {`read -r x; echo '{"Version":[3,5],"Implementation":"cpython"}'; sleep 9`, "3.5"},
		"another":          {`read -r x; echo '{"Version":[3,9],"Implementation":"pypy"}'; sleep 9`, "pypy"},
		"another's answer": {loop + `echo '{"ID":7,"Value":{}}'; done`, "what was not asked"},
		"no value":         {loop + `echo '{"ID":0}'; done`, "what was not asked"},
		"both":             {loop + `echo '{"ID":0,"Value":{},"Refused":{}}'; done`, "what was not asked"},
		"no JSON later":    {loop + `echo nonsense; done`, "unreadable"},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := fake(t, c.script)
			_, err := r.Surface(t.Context(), some(1))
			var process *ProcessError
			require.ErrorAs(t, err, &process)
			assert.Contains(t, err.Error(), c.want)
			assert.Contains(t, err.Error(), "give a CPython 3.6 or later")
		})
	}
}

func TestRunNoInterpreter(t *testing.T) {
	_, err := (&Reader{}).Surface(t.Context(), some(1))
	require.ErrorContains(t, err, "Python is missing")
	_, err = (&Reader{Python: filepath.Join(t.TempDir(), "none")}).Surface(t.Context(), some(1))
	var process *ProcessError
	require.ErrorAs(t, err, &process)
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestRunWrongAnswer(t *testing.T) {
	r, _ := fake(t, loop+`echo '{"ID":0,"Value":{"Nmaes":{}}}'; done`)
	_, err := r.Surface(t.Context(), some(1))
	require.ErrorContains(t, err, "what api.Module is not")
}

// TestRunDies: the interpreter is begun anew behind the source on which it dies, hangs or talks without end.
func TestRunDies(t *testing.T) {
	for name, c := range map[string]struct {
		first   string // what it does to the first request
		timeout time.Duration
		want    error
		words   string
	}{
		"dies":  {`echo why >&2; kill -SEGV $$`, time.Minute, ErrUnreadable, "why"},
		"ends":  {`exit 1`, time.Minute, ErrUnreadable, "exit status 1"},
		"hangs": {`sleep 300`, 3 * time.Second, ErrTooSlow, "3s"},
		"talks": {`exec yes xxxxxxxxxxxxxxx | tr -d '\n'`, time.Minute, ErrTooLarge, strconv.Itoa(MaxAnswer)},
	} {
		t.Run(name, func(t *testing.T) {
			r, _ := fake(t, loop+`if [ $id = 0 ]; then `+c.first+`; fi; `+respond)
			r.Timeout = c.timeout
			found, err := r.Surface(t.Context(), some(3))
			require.NoError(t, err)
			var source *SourceError
			require.ErrorAs(t, found[0].Err, &source)
			require.ErrorIs(t, source, c.want)
			assert.Contains(t, source.Error(), c.words)
			assert.Equal(t, "m0", source.File)
			for _, f := range found[1:] {
				require.NoError(t, f.Err)
				assert.Contains(t, f.Module.Names, "x")
			}
		})
	}
}

// TestRunCancel: a call ends with ctx, and nothing that it started goes on.
func TestRunCancel(t *testing.T) {
	r, dir := fake(t, loop+`sleep 300 & echo $$ $! > $DIR/new; mv $DIR/new $DIR/ids; wait; done`)
	ctx, cancel := context.WithCancelCause(t.Context())
	ended := make(chan error)
	go func() {
		_, err := r.Surface(ctx, some(1))
		ended <- err
	}()
	var ids []string
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(filepath.Join(dir, "ids"))
		ids = strings.Fields(string(b))
		return err == nil
	}, 30*time.Second, 5*time.Millisecond)
	require.Len(t, ids, 2)
	why := errors.New("why")
	cancel(why)
	require.ErrorIs(t, <-ended, why)
	for _, id := range ids {
		assert.Eventually(t, func() bool { return !runs(t, id) }, 10*time.Second, 5*time.Millisecond, "process %s goes on", id)
	}
}

// runs reports whether a process runs. One that nobody has waited for yet does not.
func runs(t *testing.T, id string) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", id, "stat"))
	if err != nil {
		return false
	}
	return !strings.Contains(string(b[strings.LastIndexByte(string(b), ')'):]), ") Z ")
}

// TestRunSeveral: many sources go to several interpreters, and each answer comes to its own source.
func TestRunSeveral(t *testing.T) {
	var files []Source
	for i := range 10 * share {
		files = append(files, Source{Name: fmt.Sprintf("m%d", i), Text: fmt.Appendf(nil, "x%d = 1", i)})
	}
	found, err := reader(t).Surface(t.Context(), files)
	require.NoError(t, err)
	for i, f := range found {
		require.NoError(t, f.Err)
		assert.Contains(t, f.Module.Names, fmt.Sprintf("x%d", i))
	}
}

func TestRunLimits(t *testing.T) {
	_, err := reader(t).Surface(t.Context(), make([]Source, MaxFiles+1))
	require.ErrorContains(t, err, "give them in several")
	found, err := reader(t).Surface(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, found)
}

// TestRunIsolated: nothing of the environment, the working folder or what is read gets into the interpreter.
func TestRunIsolated(t *testing.T) {
	dir := t.TempDir()
	trap := []byte("import os\nos.mkdir(os.path.join(" + strconv.Quote(dir) + ", 'ran'))\n")
	for _, name := range []string{"ast.py", "json.py", "usercustomize.py", "sitecustomize.py", "start.py"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), trap, 0o600))
	}
	t.Chdir(dir)
	t.Setenv("PYTHONPATH", dir)
	t.Setenv("PYTHONSTARTUP", filepath.Join(dir, "start.py"))
	t.Setenv("PYTHONWARNINGS", "error")
	found, err := reader(t).Surface(t.Context(), []Source{{Name: "ast", Text: append(trap, "\nfrom start import *\nx = '\\d'"...)}})
	require.NoError(t, err)
	require.NoError(t, found[0].Err)
	assert.Contains(t, found[0].Module.Names, "x")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Len(t, left, 5, "something was run or written")
}

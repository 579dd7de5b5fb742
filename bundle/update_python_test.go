//go:build oracle

package bundle

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// python runs a line of Python with the folder on its path.
func python(t *testing.T, dir, line string) string {
	t.Helper()
	cmd := exec.Command("python3", "-c", line)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+dir, "PYTHONDONTWRITEBYTECODE=", "PYTHONPYCACHEPREFIX=")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return strings.TrimSpace(string(out))
}

// TestNoStaleBytecode: Python takes bytecode for current whose source has the size and the time, to the second, that it was made from. An update and a step back
// within that must not leave any.
func TestNoStaleBytecode(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	modules := map[string]string{"whole": "whole/m.py", "shared": "google/shared/m.py", "single": "single.py", "mixed": "mixed/m.py"}
	line := "import whole.m, google.shared.m, single, mixed.m; print(whole.m.V, google.shared.m.V, single.V, mixed.m.V)"
	age := func(dir string) {
		for _, name := range modules {
			require.NoError(t, os.Chtimes(filepath.Join(dir, name), at, at))
		}
	}
	release := func(s *updateSite, v string) {
		s.release(t, library("whole", v, modules["whole"], "V = "+v+"\n"), library("shared", v, modules["shared"], "V = "+v+"\n"),
			library("single", v, modules["single"], "V = "+v+"\n"), library("mixed", v, modules["mixed"], "V = "+v+"\n"), library("other", "1", "google/other/o.py", ""))
	}
	s := newUpdateSite(t)
	dir := t.TempDir()
	release(s, "1")
	s.update(t, dir)
	writeFiles(t, dir, "mixed/notes.txt", "mine")
	age(dir)
	assert.Equal(t, "1 1 1 1", python(t, dir, line))
	compiled := 0
	for name := range liveTree(t, dir) {
		if strings.HasSuffix(name, ".pyc") {
			compiled++
		}
	}
	require.Equal(t, len(modules), compiled, "Python wrote no bytecode, so this shows nothing")
	release(s, "2")
	s.update(t, dir)
	age(dir)
	assert.Equal(t, "2 2 2 2", python(t, dir, line))
	require.NoError(t, s.rollback(t, dir))
	age(dir)
	assert.Equal(t, "1 1 1 1", python(t, dir, line), "after the step back")
	require.NoError(t, s.rollback(t, dir))
	age(dir)
	assert.Equal(t, "2 2 2 2", python(t, dir, line), "after the step forward")
}

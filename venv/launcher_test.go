package venv

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func envAt(scripts, osName string) *Env {
	return &Env{Scripts: scripts, Scheme: wheel.Scheme{Scripts: "bin"}, Python: &python.Interpreter{Markers: pep508.Environment{"os_name": osName, "sys_platform": "linux"}}}
}

func TestShebang(t *testing.T) {
	long := "/" + strings.Repeat("x", 118)
	for _, c := range []struct{ scripts, options, want string }{
		{"/e/bin", "", "#!/e/bin/python\n"},
		{"/e/bin", " -E", "#!/e/bin/python -E\n"},
		{"/e v/bin", "", "#!/bin/sh\n'exec' '/e v/bin/python' \"$0\" \"$@\"\n"},
		{"/e'v /bin", " -E", "#!/bin/sh\n'exec' \"/e'v /bin/python\" '-E' \"$0\" \"$@\"\n"},
		{long[:117], "", "#!" + long[:117] + "/python\n"}, // 126 bytes and the line end
		{long[:118], "", "#!/bin/sh\n'exec' '" + long[:118] + "/python' \"$0\" \"$@\"\n"},
	} {
		got, err := envAt(c.scripts, "posix").shebang(c.options)
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
	_, err := envAt(`/e' "v/bin`, "posix").shebang("")
	require.ErrorIs(t, err, errUnquotable)
}

func TestLauncherWindows(t *testing.T) {
	made, err := envAt(`C:\e\Scripts`, "nt").launcher(wheel.EntryPoint{Group: "gui_scripts", Name: "w", Module: "m.n", Attr: "A.b"})
	require.NoError(t, err)
	require.Len(t, made, 2)
	assert.Equal(t, "bin/w-script.py", made[0].to)
	assert.Contains(t, string(made[0].body), "from m.n import A\n")
	assert.Contains(t, string(made[0].body), "sys.exit(A.b())")
	assert.Equal(t, "@\"%~dp0pythonw.exe\" \"%~dp0w-script.py\" %*\r\n", string(made[1].body))
}

func TestRewrite(t *testing.T) {
	spaced, plain := &application{env: envAt("/e v", "posix")}, &application{env: envAt("/e", "posix")}
	for _, c := range []struct {
		a        *application
		in, want string
	}{
		{plain, "#!python\nx", "#!/e/python\nx"},
		{plain, "#!python\r\nx", "#!/e/python\nx"},
		{plain, "#!pythonw -u\nx", "#!/e/python -u\nx"},
		{plain, "#!python3\nx", "#!/e/python\nx"},
		{plain, "#!python", "#!/e/python\n"},
		{plain, "#!/usr/bin/python\nx", ""},
		{plain, "x", ""}, {plain, "", ""},
		{spaced, "#!python\n# coding: latin-1\nx", "#!/bin/sh\n# coding: latin-1\n'exec' '/e v/python' \"$0\" \"$@\"\nx"},
	} {
		file := filepath.Join(t.TempDir(), "s")
		require.NoError(t, os.WriteFile(file, []byte(c.in), 0o644))
		body, changed, err := c.a.rewrite(file)
		require.NoError(t, err)
		assert.Equal(t, c.want != "", changed, c.in)
		if changed {
			assert.Equal(t, c.want, string(body))
		}
	}
}

// TestLauncherRuns starts a script through the shell, from an environment with a space and a quote in its path.
func TestLauncherRuns(t *testing.T) {
	root := filepath.Join(t.TempDir(), "it's an env")
	env, err := new(Builder).Create(t.Context(), Spec{Root: root, Python: interpreter(t)})
	require.NoError(t, err)
	made, err := env.launcher(wheel.EntryPoint{Group: "console_scripts", Name: "say", Module: "builtins", Attr: "print"})
	require.NoError(t, err)
	file := filepath.Join(root, made[0].to)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(append(made[0].body, '\n')), "sys.exit(print())", "print(sys.prefix, sys.argv[1:])", 1)), 0o755))
	out, err := exec.CommandContext(t.Context(), file, "a b", "c").CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, root+" ['a b', 'c']\n", string(out))
}

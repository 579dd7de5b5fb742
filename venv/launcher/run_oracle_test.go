//go:build oracle

package launcher_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/venv/launcher"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// pythons are the interpreters of CHANDLERY_PYTHONS.
func pythons(t *testing.T) []string {
	found := strings.Fields(os.Getenv("CHANDLERY_PYTHONS"))
	require.NotEmpty(t, found, "CHANDLERY_PYTHONS lists no interpreter")
	return found
}

const module = `import sys
class Main:
    def start():
        print(repr(sys.argv))
        return 7
`

// application lays launchers out beside a module and an interpreter: app/libs, app/libs/bin and app/runtime. The interpreter is a script, as a copied one finds no library.
func application(t *testing.T, python, tag string, stubs *launcher.Stubs) string {
	t.Helper()
	app := filepath.Join(t.TempDir(), "an app")
	write := func(name, body string, mode os.FileMode) {
		file := filepath.Join(app, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(body), mode))
	}
	at := map[bool]string{true: "../runtime/python.exe", false: "../run time/python3"}[stubs != nil]
	target, err := launcher.NewTarget(at, tag)
	require.NoError(t, err)
	files, err := target.Make(points(t, "[console_scripts]\nrun = pack.age:Main.start\n"), wheel.FlatScheme(), stubs)
	require.NoError(t, err)
	for _, f := range files {
		write("libs/"+f.Name, string(f.Body), 0o755)
	}
	write("libs/pack/__init__.py", "", 0o644)
	write("libs/pack/age.py", module, 0o644)
	write(at[len("../"):], "#!/bin/sh\nexec "+python+" \"$@\"\n", 0o755)
	return app
}

// output runs a program that ends with 7.
func output(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	var said bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &said
	out, err := cmd.Output()
	var exit *exec.ExitError
	require.True(t, errors.As(err, &exit), "%v: %v", args, err)
	require.Equal(t, 7, exit.ExitCode(), "%v: %s", args, said.String())
	require.Empty(t, said.String())
	return strings.TrimSpace(string(out))
}

// TestRunHere starts the launchers for macOS and Linux with every interpreter and every shell at hand, by each way to name them.
func TestRunHere(t *testing.T) {
	require.NotEqual(t, "windows", runtime.GOOS)
	runs := 0
	for _, python := range pythons(t) {
		app := application(t, python, "macosx_11_0_arm64", nil)
		run := filepath.Join(app, "libs", "bin", "run")
		elsewhere := filepath.Join(t.TempDir(), "my links")
		require.NoError(t, os.MkdirAll(filepath.Join(elsewhere, "deep"), 0o755))
		require.NoError(t, os.Symlink(run, filepath.Join(elsewhere, "absolute")))
		require.NoError(t, os.Symlink("../absolute", filepath.Join(elsewhere, "deep", "chain")))
		require.NoError(t, os.Symlink(filepath.Join(app, "libs"), filepath.Join(elsewhere, "folder")))
		for _, way := range []struct{ dir, name string }{
			{"/", run}, {app, "libs/bin/run"}, {filepath.Dir(run), "./run"}, {elsewhere, "./absolute"}, {elsewhere, "deep/chain"}, {filepath.Dir(elsewhere), "my links/deep/chain"},
			{elsewhere, "folder/bin/run"},
		} {
			assert.Equal(t, "['"+way.name+"', 'a b', '*', '$HOME']", output(t, way.dir, way.name, "a b", "*", "$HOME"))
			runs++
		}
		assert.Equal(t, "['"+run+"']", output(t, "/", python, run), "as a script of Python")
	}
	for _, shell := range []string{"sh", "dash", "bash", "busybox", "ksh", "zsh", "mksh"} {
		path, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		app := application(t, pythons(t)[0], "macosx_11_0_arm64", nil)
		args := []string{path, "run", "x"}
		if shell == "busybox" {
			args = []string{path, "sh", "run", "x"}
		}
		assert.Equal(t, "['run', 'x']", output(t, filepath.Join(app, "libs", "bin"), args...), shell)
		t.Log("shell:", path)
		runs++
	}
	t.Logf("%d launchers started with %d interpreters", runs, len(pythons(t)))
}

// TestRunZip has every interpreter run the zip of a launcher for Windows as its stub would: with its path as the first argument. Python finds a zip by its end.
func TestRunZip(t *testing.T) {
	stubs, err := made(t, wheelmake.Stubs())
	require.NoError(t, err)
	for _, python := range pythons(t) {
		app := application(t, python, "win_amd64", stubs)
		run := filepath.Join(app, "libs", "bin", "run.exe")
		assert.Equal(t, "['"+strings.TrimSuffix(run, ".exe")+"', 'a b']", output(t, "/", python, run, "a b"))
		assert.Equal(t, "['"+strings.TrimSuffix(run, ".exe")+"']", output(t, "/", python, "-I", run), "isolated")
		out, err := exec.Command(python, "-c", `import sys, zipfile, zipimport
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None and z.namelist() == ["__main__.py"], z.namelist()
assert z.read("__main__.py").decode() == zipimport.zipimporter(sys.argv[1]).get_source("__main__")
print("same")`, run).CombinedOutput()
		require.NoError(t, err, "%s", out)
		assert.Equal(t, "same\n", string(out))
	}
	t.Logf("%d interpreters", len(pythons(t)))
}

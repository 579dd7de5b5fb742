package venv

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
)

var background = context.Background()

func TestCreate(t *testing.T) {
	root := filepath.Join(t.TempDir(), "new", "env")
	env, err := new(Builder).Create(t.Context(), Spec{Root: root, Python: interpreter(t), Prompt: "it's"})
	require.NoError(t, err)
	out, err := exec.CommandContext(t.Context(), env.Python.Path, "-c", "import sys; print(sys.prefix, sys.prefix != sys.base_prefix)").CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, root+" True\n", string(out))
	list, err := os.ReadDir(filepath.Dir(root))
	require.NoError(t, err)
	assert.Len(t, list, 1, "the workshop is gone")

	opened, err := Open(t.Context(), root)
	require.NoError(t, err)
	assert.Equal(t, env.Scheme, opened.Scheme)
	assert.Equal(t, env.Scripts, opened.Scripts)
	assert.Equal(t, env.Python.SiteDirs, opened.Python.SiteDirs, "told and asked are one")
	assert.Equal(t, env.Python.Prefix, opened.Python.Prefix)
	told, err := os.Stat(env.Python.BaseExecutable)
	require.NoError(t, err)
	asked, err := os.Stat(opened.Python.BaseExecutable)
	require.NoError(t, err)
	assert.True(t, os.SameFile(told, asked))
	assert.Equal(t, env.Python.Paths["purelib"], opened.Python.Paths["purelib"])
	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	assert.Empty(t, installed)
	config, err := python.ReadConfig(filepath.Join(root, python.ConfigName))
	require.NoError(t, err)
	assert.Equal(t, `"it's"`, config["prompt"])
}

// TestOpenWith: the second look at an environment gives what the first did.
func TestOpenWith(t *testing.T) {
	env := testEnv(t)
	past := time.Now().Add(-time.Minute)
	require.NoError(t, os.Chtimes(filepath.Join(env.Root, python.ConfigName), past, past)) // what changed just now is not kept
	p := &python.Prober{Folder: t.TempDir()}
	first, err := OpenWith(t.Context(), env.Root, p)
	require.NoError(t, err)
	second, err := OpenWith(t.Context(), env.Root, p)
	require.NoError(t, err)
	assert.Equal(t, first, second)
	plain, err := Open(t.Context(), env.Root)
	require.NoError(t, err)
	assert.Equal(t, first, plain)
}

func TestCreateRefused(t *testing.T) {
	i := interpreter(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	full := filepath.Join(dir, "full")
	require.NoError(t, os.MkdirAll(filepath.Join(full, "x"), 0o755))
	pypy, old := *i, *i
	pypy.Implementation = "pypy"
	old.Version = pep440.MustParse("3.6.15")
	for name, c := range map[string]struct {
		spec Spec
		want string
	}{
		"no root":    {Spec{Python: i}, "set Root"},
		"no Python":  {Spec{Root: filepath.Join(dir, "e")}, "set Python"},
		"file":       {Spec{Root: file, Python: i}, "it is no folder"},
		"full":       {Spec{Root: full, Python: i}, "not empty"},
		"separator":  {Spec{Root: filepath.Join(dir, "a:b"), Python: i}, "separates folders in PATH"},
		"line break": {Spec{Root: filepath.Join(dir, "a\nb"), Python: i}, "control characters"},
		"PyPy":       {Spec{Root: filepath.Join(dir, "e"), Python: &pypy}, "only CPython"},
		"3.6":        {Spec{Root: filepath.Join(dir, "e"), Python: &old}, "3.7 and later"},
	} {
		_, err := new(Builder).Create(t.Context(), c.spec)
		var failed *CreateError
		require.ErrorAs(t, err, &failed, name)
		assert.ErrorContains(t, err, c.want, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := new(Builder).Create(ctx, Spec{Root: filepath.Join(dir, "e"), Python: i})
	require.ErrorIs(t, err, context.Canceled)
	assert.NoFileExists(t, filepath.Join(dir, "e"))
}

// TestCreateSweeps: what a killed Create left goes away, what a living one is at stays.
func TestCreateSweeps(t *testing.T) {
	dir := t.TempDir()
	dead := filepath.Join(dir, workshopPrefix+"dead")
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	living, err := durable.OpenScratch(t.Context(), root, workshopPrefix)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(dead, "env"), 0o755)) // comes to be dead after the living one swept
	require.NoError(t, os.WriteFile(dead+".lock", nil, 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "e"), 0o755)) // an empty folder may be there
	_, err = new(Builder).Create(t.Context(), Spec{Root: filepath.Join(dir, "e"), Python: interpreter(t), Copies: true})
	require.NoError(t, err)
	assert.NoDirExists(t, dead)
	assert.NoFileExists(t, dead+".lock")
	assert.DirExists(t, filepath.Join(dir, living.Name))
	require.NoError(t, living.Close())
}

// fakeInterpreter has a standard library of the test's own.
func fakeInterpreter(t *testing.T, osName, version string, files map[string]string) *python.Interpreter {
	t.Helper()
	dir := t.TempDir()
	for name, body := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(body), 0o644))
	}
	exe := filepath.Join(dir, "python")
	require.NoError(t, os.WriteFile(exe, []byte("exe"), 0o755))
	i := &python.Interpreter{
		Path: exe, Executable: exe, BaseExecutable: exe, Version: pep440.MustParse(version), Implementation: "cpython", Prefix: dir, BasePrefix: dir, Bits: 64,
		Markers: pep508.Environment{"os_name": osName, "sys_platform": map[string]string{"nt": "win32", "posix": "linux"}[osName]},
		Paths:   map[string]string{"stdlib": dir},
		VenvPaths: map[string]map[string]string{
			"nt":    {"purelib": "Lib/site-packages", "platlib": "Lib/site-packages", "scripts": "Scripts", "include": "Include"},
			"posix": {"purelib": "lib/python3/site-packages", "platlib": "lib64/python3/site-packages", "scripts": "bin", "include": "include"},
		}[osName],
	}
	return i
}

func TestCreateWindows(t *testing.T) {
	i := fakeInterpreter(t, "nt", "3.13.1", map[string]string{
		"venv/__init__.py": "", "venv/scripts/nt/venvlauncher.exe": "launcher", "venv/scripts/nt/venvwlauncher.exe": "wlauncher",
		"venv/scripts/nt/activate.bat": "set X=__VENV_DIR__", "venv/scripts/common/Activate.ps1": "ps", "venv/scripts/posix/activate.csh": "not here",
	})
	root := filepath.Join(t.TempDir(), "e")
	env, err := new(Builder).Create(t.Context(), Spec{Root: root, Python: i})
	require.NoError(t, err)
	assert.Empty(t, env.Warnings)
	got := snapshot(t, root)
	assert.Contains(t, got["Scripts/python.exe"], "launcher")
	assert.Contains(t, got["Scripts/pythonw.exe"], "wlauncher")
	assert.Contains(t, got["Scripts/activate.bat"], "set X="+root)
	assert.Contains(t, got, "Scripts/Activate.ps1")
	assert.Contains(t, got, "Lib/site-packages")
	assert.NotContains(t, got, "Scripts/activate.csh")
	assert.NotContains(t, got, "Scripts/venvlauncher.exe")
	assert.NotContains(t, got, "lib64")
}

// TestCreateWithout has a standard library without activation scripts, as some distributions do.
func TestCreateWithout(t *testing.T) {
	env, err := new(Builder).Create(t.Context(), Spec{Root: filepath.Join(t.TempDir(), "e"), Python: fakeInterpreter(t, "posix", "3.14.0", nil)})
	require.NoError(t, err)
	require.Len(t, env.Warnings, 1)
	assert.Contains(t, env.Warnings[0], "no activation scripts")
	assert.Equal(t, "lib/python3/site-packages", env.Scheme.Platlib, "by way of lib64")
	got := snapshot(t, env.Root)
	assert.Equal(t, "link python", got["bin/python3.14"])
	assert.Equal(t, "link python", got["bin/𝜋thon"])
	assert.Equal(t, "link lib", got["lib64"])
}

func TestActivateQuoting(t *testing.T) {
	template := "cd __VENV_DIR__; p=__VENV_PROMPT__\n"
	for _, c := range []struct{ module, want string }{
		{"", "cd %s; p=(it's) \n"},
		{"def quote_ps1(s): ...", "cd '%s'; p='(it'\"'\"'s) '\n"},
	} {
		i := fakeInterpreter(t, "posix", "3.9.1", map[string]string{"venv/__init__.py": c.module, "venv/scripts/common/activate": template})
		root := filepath.Join(t.TempDir(), "a b")
		_, err := new(Builder).Create(t.Context(), Spec{Root: root, Python: i, Prompt: "it's"})
		require.NoError(t, err)
		b, err := os.ReadFile(filepath.Join(root, "bin", "activate"))
		require.NoError(t, err)
		assert.Equal(t, strings.Replace(c.want, "%s", root, 1), string(b))
	}
}

func TestPythonString(t *testing.T) {
	for in, want := range map[string]string{
		"a": `'a'`, "it's": `"it's"`, `a"b`: `'a"b'`, `'"`: `'\'"'`, `a\b`: `'a\\b'`, "é": "'é'", "\u200b": `'\u200b'`, " ": "' '",
	} {
		assert.Equal(t, want, pythonString(in))
	}
}

func TestOpenNothing(t *testing.T) {
	_, err := Open(t.Context(), t.TempDir())
	require.ErrorIs(t, err, ErrNoEnvironment)
	moved := filepath.Join(t.TempDir(), "a")
	env, err := new(Builder).Create(t.Context(), Spec{Root: moved, Python: interpreter(t)})
	require.NoError(t, err)
	require.NoError(t, os.Rename(env.Root, moved+"2"))
	opened, err := Open(t.Context(), moved+"2") // links lead on, so the interpreter knows its new place
	require.NoError(t, err)
	assert.Equal(t, moved+"2", opened.Root)
}

// TestOpenReal opens what is no virtual environment: nothing is installed into it.
func TestOpenReal(t *testing.T) {
	i := interpreter(t)
	env, err := Open(t.Context(), i.BasePrefix)
	require.NoError(t, err)
	assert.False(t, env.Virtual)
	_, err = (&WheelInstaller{Fetcher: noFetcher}).Apply(t.Context(), env, &Plan{})
	require.ErrorIs(t, err, ErrNotVirtual)
}

func BenchmarkCreate(b *testing.B) {
	i, dir := interpreter(b), b.TempDir()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if _, err := new(Builder).Create(b.Context(), Spec{Root: filepath.Join(dir, "e"+string(rune('a'+n%26))+strings.Repeat("x", n/26)), Python: i}); err != nil {
			b.Fatal(err)
		}
	}
}

package venvtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// EnvBuilder checks a builder with an interpreter: the environment runs, is isolated, says what it is, and appears whole or not at all.
func EnvBuilder(t *testing.T, interpreter *python.Interpreter, builder venv.EnvBuilder) {
	for _, copies := range []bool{false, true} {
		t.Run(map[bool]string{false: "links", true: "copies"}[copies], func(t *testing.T) { environment(t, interpreter, builder, copies) })
	}
	t.Run("refused", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "mine"), "x")
		if _, err := builder.Create(t.Context(), venv.Spec{Root: dir, Python: interpreter}); err == nil {
			t.Error("a folder that is not empty was taken")
		}
		if got := snapshot(t, dir, nil); len(got) != 2 {
			t.Errorf("the refused folder was changed: %v", got)
		}
	})
}

func environment(t *testing.T, interpreter *python.Interpreter, builder venv.EnvBuilder, copies bool) {
	parent := t.TempDir()
	root := filepath.Join(parent, "env")
	env, err := builder.Create(t.Context(), venv.Spec{Root: root, Python: interpreter, Copies: copies})
	if err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadDir(parent); err != nil || len(list) != 1 {
		t.Errorf("beside the environment there is more: %v %v", list, err)
	}
	if !env.Virtual || env.Root != root || env.Python == nil {
		t.Errorf("Env is %+v", env)
	}
	out, err := exec.CommandContext(t.Context(), env.Python.Path, "-c", "import sys, sysconfig; print(sys.prefix); print(sysconfig.get_paths()['purelib'])").CombinedOutput()
	said := strings.Fields(string(out))
	if err != nil || len(said) != 2 || said[0] != root {
		t.Fatalf("its interpreter says %q (%v)", out, err)
	}
	if want := filepath.Join(root, filepath.FromSlash(env.Scheme.Purelib)); said[1] != want {
		t.Errorf("libraries lie in %s, the scheme says %s", said[1], want)
	}
	opened, err := venv.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if opened.Scheme != env.Scheme || opened.Scripts != env.Scripts {
		t.Errorf("opened it is %+v, created it was %+v", opened, env)
	}
	if found, err := env.Installed(t.Context()); err != nil || len(found) != 0 {
		t.Errorf("installed is %v (%v), want nothing", found, err)
	}
}

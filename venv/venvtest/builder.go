package venvtest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// EnvBuilder checks a builder with an interpreter: the environment runs, is isolated, says what it is and where, and appears whole or not at all.
func EnvBuilder(t *testing.T, interpreter *python.Interpreter, builder venv.EnvBuilder) {
	for name, spec := range map[string]venv.Spec{"links": {}, "copies": {Copies: true}, "system": {SystemSitePackages: true}} {
		spec.Python = interpreter
		t.Run(name, func(t *testing.T) { environment(t, builder, spec) })
	}
	t.Run("refused", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "mine"), "x")
		refused(t, t.Context(), builder, venv.Spec{Root: dir, Python: interpreter})
		if got := snapshot(t, dir, nil); len(got) != 2 {
			t.Errorf("the refused folder was changed: %v", got)
		}
	})
	t.Run("ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		dir := t.TempDir()
		if err := refused(t, ctx, builder, venv.Spec{Root: filepath.Join(dir, "env"), Python: interpreter}); !errors.Is(err, context.Canceled) {
			t.Errorf("with a context that has ended: %v", err)
		}
		if got := snapshot(t, dir, nil); len(got) != 1 {
			t.Errorf("with a context that has ended there is more: %v", got)
		}
	})
}

func refused(t *testing.T, ctx context.Context, builder venv.EnvBuilder, spec venv.Spec) error {
	_, err := builder.Create(ctx, spec)
	var want *venv.CreateError
	if !errors.As(err, &want) {
		t.Errorf("the error is %T (%v), want a *venv.CreateError", err, err)
	}
	return err
}

// environment makes one in a folder whose parent is not there yet, and another in a folder that is empty.
func environment(t *testing.T, builder venv.EnvBuilder, spec venv.Spec) {
	parent := filepath.Join(t.TempDir(), "parent")
	create := func(name string) {
		spec.Root = filepath.Join(parent, name)
		env, err := builder.Create(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		check(t, spec, env)
	}
	create("absent")
	if err := os.Mkdir(filepath.Join(parent, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	create("empty")
	if list, err := os.ReadDir(parent); err != nil || len(list) != 2 {
		t.Errorf("beside the environments there is more: %v %v", list, err)
	}
}

func check(t *testing.T, spec venv.Spec, env *venv.Env) {
	root := spec.Root
	if !env.Virtual || env.Root != root || env.Python == nil {
		t.Fatalf("Env is %+v", env)
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
	checkSpec(t, spec, env)
}

// checkSpec asks that the environment is what was asked for, and that what it has of activation scripts is of its place.
func checkSpec(t *testing.T, spec venv.Spec, env *venv.Env) {
	config, err := python.ReadConfig(filepath.Join(spec.Root, python.ConfigName))
	if want := strconv.FormatBool(spec.SystemSitePackages); err != nil || strings.ToLower(config["include-system-site-packages"]) != want {
		t.Errorf("include-system-site-packages is %q (%v), want %s", config["include-system-site-packages"], err, want)
	}
	real, err1 := filepath.EvalSymlinks(env.Python.Path)
	root, err2 := filepath.EvalSymlinks(spec.Root)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if spec.Copies && !strings.HasPrefix(real, root+string(filepath.Separator)) {
		t.Errorf("the interpreter is no copy: it is %s", real)
	}
	activate := filepath.Join(env.Scripts, "activate")
	if _, err := os.Stat(activate); err != nil || spec.Python.Windows() {
		return // no environment needs it (PEP 405); that of Windows is for other shells
	}
	out, err := exec.CommandContext(t.Context(), "/bin/sh", "-c", `. "$0" && printf %s "$VIRTUAL_ENV"`, activate).CombinedOutput()
	if err != nil || string(out) != spec.Root {
		t.Errorf("activate says %q (%v), want %s", out, err, spec.Root)
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

type venvCommand struct {
	Dir                string `arg:"" type:"path" help:"The environment's folder, made where absent."`
	Python             string `placeholder:"VERSION|NAME|FILE" help:"The interpreter: 3.11, python3.9 or a path, looked for on PATH and among pyenv's; by default the first python3 on PATH."`
	Prompt             string `placeholder:"TEXT" help:"What the shell's prompt shows; by default the folder's name."`
	Copies             bool   `help:"Copy the interpreter in place of a symbolic link."`
	SystemSitePackages bool   `help:"Let the environment see the interpreter's own libraries."`
	Clear              bool   `help:"Replace an environment that is there already."`
}

// Run makes the environment.
func (c *venvCommand) Run(ctx context.Context, out *output) error {
	interpreter, err := new(indexFlags).prober().Find(ctx, c.python(), interpreterPath())
	if err != nil {
		return &bundle.Error{Kind: bundle.KindUsage, Err: err, Advice: "install it, or name another with --python"}
	}
	env, err := c.create(ctx, venv.Spec{
		Root: c.Dir, Python: interpreter, Prompt: c.Prompt, Copies: c.Copies, SystemSitePackages: c.SystemSitePackages,
	})
	if err != nil {
		return environmentError(err)
	}
	for _, w := range env.Warnings {
		out.warn(w)
	}
	result := venvJSON{Environment: env.Root, Python: interpreter.Version.String(), Interpreter: interpreter.Path, Scripts: env.Scripts}
	out.result(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s: CPython %s of %s\n", env.Root, interpreter.Version, interpreter.BaseExecutable)
	})
	return nil
}

// venvJSON is the result of venv; its field names are part of the command's promise.
type venvJSON struct {
	Environment string `json:"environment"`
	Python      string `json:"python"`      // full version
	Interpreter string `json:"interpreter"` // that it was made of
	Scripts     string `json:"scripts"`     // folder
}

func (c *venvCommand) python() string {
	switch {
	case c.Python != "":
		return c.Python
	case runtime.GOOS == "windows":
		return "python"
	}
	return "python3"
}

// create makes the environment, with --clear in the place of the one that is there: that is put back where the new one cannot be made.
func (c *venvCommand) create(ctx context.Context, spec venv.Spec) (*venv.Env, error) {
	builder := &venv.Builder{}
	if !c.Clear {
		return builder.Create(ctx, spec)
	}
	if _, err := os.Lstat(spec.Root); errors.Is(err, os.ErrNotExist) {
		return builder.Create(ctx, spec)
	}
	if _, err := os.Stat(filepath.Join(spec.Root, python.ConfigName)); err != nil {
		return nil, usage("%s is no virtual environment: --clear removes nothing else", spec.Root)
	}
	aside, err := os.MkdirTemp(filepath.Dir(spec.Root), "."+filepath.Base(spec.Root)+"-old-")
	if err != nil {
		return nil, err
	}
	old := filepath.Join(aside, "env")
	if err := os.Rename(spec.Root, old); err != nil {
		return nil, errors.Join(err, os.Remove(aside))
	}
	env, err := builder.Create(ctx, spec)
	if err != nil {
		return nil, errors.Join(err, os.Rename(old, spec.Root), os.Remove(aside))
	}
	return env, os.RemoveAll(aside)
}

// environmentError gives the errors of environments their kinds.
func environmentError(err error) error {
	var create *venv.CreateError
	var conflict *venv.ConflictError
	var unsupported *python.UnsupportedError
	k := bundle.KindNone
	switch {
	case errors.Is(err, venv.ErrLocked):
		k = bundle.KindLocked
	case errors.As(err, &unsupported), errors.Is(err, venv.ErrNotVirtual), errors.Is(err, venv.ErrNoEnvironment):
		k = bundle.KindUsage
	case errors.As(err, &conflict), errors.Is(err, venv.ErrStale), errors.As(err, &create) && bundle.KindOf(err) == bundle.KindInternal:
		k = bundle.KindState
	}
	return &bundle.Error{Kind: k, Err: err}
}

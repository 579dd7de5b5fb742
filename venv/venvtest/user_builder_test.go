//go:build unix

package venvtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/chandlery-go/chandlery/venv"
)

// builder is an EnvBuilder as a user may write one, over the standard library's venv.
type builder struct{}

func (b builder) Create(ctx context.Context, spec venv.Spec) (*venv.Env, error) {
	env, err := b.create(ctx, spec)
	if err != nil && *fault != "error" {
		err = &venv.CreateError{Root: spec.Root, Err: err}
	}
	return env, err
}

// create makes it in a folder beside its place, and moves it there.
func (b builder) create(ctx context.Context, spec venv.Spec) (*venv.Env, error) {
	list, err := os.ReadDir(spec.Root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if len(list) > 0 && *fault != "taken" {
		return nil, errors.New("the folder is not empty")
	}
	parent := filepath.Dir(spec.Root)
	if *fault != "parents" {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp(parent, "workshop-")
	if err != nil {
		return nil, err
	}
	if *fault != "litter" {
		defer os.RemoveAll(dir)
	}
	made := filepath.Join(dir, "env")
	if err := run(ctx, spec, made); err != nil {
		return nil, err
	}
	return move(ctx, made, spec.Root)
}

func run(ctx context.Context, spec venv.Spec, dir string) error {
	prompt := spec.Prompt
	if prompt == "" {
		prompt = filepath.Base(spec.Root)
	}
	args := []string{"-I", "-m", "venv", "--without-pip", "--prompt", prompt}
	if spec.SystemSitePackages || *fault == "system" {
		args = append(args, "--system-site-packages")
	}
	if spec.Copies && *fault != "copies" {
		args = append(args, "--copies")
	}
	if *fault == "context" {
		ctx = context.WithoutCancel(ctx)
	}
	out, err := exec.CommandContext(ctx, spec.Python.BaseExecutable, append(args, dir)...).CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// move brings an environment to root, under which its scripts are to name it.
func move(ctx context.Context, made, root string) (*venv.Env, error) {
	if *fault != "moved" {
		if err := rename(made, root); err != nil {
			return nil, err
		}
	}
	clear := os.Remove // an empty folder
	if *fault == "taken" {
		clear = os.RemoveAll
	}
	if err := clear(root); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := os.Rename(made, root); err != nil {
		return nil, err
	}
	if *fault == "context" {
		ctx = context.WithoutCancel(ctx)
	}
	env, err := venv.Open(ctx, root)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(root))
	}
	return env, nil
}

// rename replaces the old folder's name by the new one's in the text of the files that have it.
func rename(made, root string) error {
	return filepath.WalkDir(made, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(b, []byte(made)) {
			return err
		}
		return os.WriteFile(name, bytes.ReplaceAll(b, []byte(made), []byte(root)), 0)
	})
}

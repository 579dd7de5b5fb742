package venv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/venv/python"
)

// EnvBuilder makes virtual environments (the standard library's word). Create is all or nothing: the environment appears under Root whole, by a rename.
// The error is a *CreateError. Safe for concurrent use.
type EnvBuilder interface {
	Create(ctx context.Context, spec Spec) (*Env, error)
}

// Spec is what environment to make.
type Spec struct {
	Root               string              // must not exist, or be empty; its parents are made
	Python             *python.Interpreter // required: CPython 3.7 or later
	Prompt             string              // "": the folder's name
	Copies             bool                // copy the interpreter in place of symbolic links (always so on Windows)
	SystemSitePackages bool
}

// Builder is the default EnvBuilder: what `python -m venv --without-pip` makes, without running Python.
type Builder struct{}

// Create makes the environment. Env.Warnings says what the interpreter's installation lacks for a whole one.
func (b *Builder) Create(ctx context.Context, spec Spec) (*Env, error) {
	spec, err := spec.checked()
	if err != nil {
		return nil, &CreateError{spec.Root, err}
	}
	env, err := create(ctx, spec)
	if err != nil {
		return nil, &CreateError{spec.Root, err}
	}
	return env, nil
}

func (s Spec) checked() (Spec, error) {
	if s.Root == "" {
		return s, &MissingFieldError{"venv.Spec", "Root"}
	}
	if s.Python == nil {
		return s, &MissingFieldError{"venv.Spec", "Python"}
	}
	if err := s.Python.Supported(); err != nil {
		return s, err
	}
	if s.Python.Minor() < 7 {
		return s, &python.UnsupportedError{Path: s.Python.Path, Implementation: "cpython", Version: s.Python.Version, Reason: "environments are made for 3.7 and later"}
	}
	root, err := filepath.Abs(s.Root)
	if err != nil {
		return s, err
	}
	s.Root = root
	if strings.ContainsFunc(root+s.Prompt, unicode.IsControl) || !utf8.ValidString(root+s.Prompt) {
		return s, errors.New("the folder or the prompt has control characters, or is not UTF-8")
	}
	if strings.ContainsRune(strings.TrimPrefix(root, filepath.VolumeName(root)), os.PathListSeparator) {
		return s, fmt.Errorf("the folder has %q in its name, which separates folders in PATH", os.PathListSeparator)
	}
	s.Copies = s.Copies || s.Python.Windows()
	return s, empty(root)
}

// empty refuses a place that is taken.
func empty(root string) error {
	fi, err := os.Lstat(root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return fmt.Errorf("%w: it is no folder", fs.ErrExist)
	}
	list, err := os.ReadDir(root)
	if err == nil && len(list) > 0 {
		err = fmt.Errorf("%w: the folder is not empty", fs.ErrExist)
	}
	return err
}

// create builds in a workshop beside the place, and moves what is whole into it.
func create(ctx context.Context, spec Spec) (*Env, error) {
	parent := filepath.Dir(spec.Root)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return nil, err
	}
	w, err := openWorkshop(ctx, parent)
	if err != nil {
		return nil, err
	}
	d := &draft{Spec: spec, dir: filepath.Join(parent, w.Name, "env")}
	err = d.build(ctx)
	if err == nil {
		err = w.deliver(ctx, spec.Root)
	}
	if err = errors.Join(err, w.close()); err != nil {
		return nil, err
	}
	env := virtualEnv(spec.Root, d.interpreter())
	env.Warnings = d.warnings
	return env, nil
}

// workshop is a folder beside the environments in which one of them is built.
type workshop struct {
	*durable.Scratch
	parent *os.Root
}

const workshopPrefix = durable.TempPrefix + "venv-"

func openWorkshop(ctx context.Context, parent string) (*workshop, error) {
	root, err := os.OpenRoot(parent)
	if err != nil {
		return nil, err
	}
	s, err := durable.OpenScratch(ctx, root, workshopPrefix)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &workshop{s, root}, nil
}

// deliver makes what was built durable and gives it its place.
func (w *workshop) deliver(ctx context.Context, place string) error {
	if err := durable.SyncTree(ctx, w.parent, w.Name); err != nil {
		return err
	}
	name := filepath.Base(place)
	if err := w.parent.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) { // an empty folder; one that is not empty stays
		return err
	}
	if err := w.parent.Rename(w.Name+"/env", name); err != nil {
		return err
	}
	return durable.SyncDir(w.parent, ".")
}

func (w *workshop) close() error { return errors.Join(w.Scratch.Close(), w.parent.Close()) }

package environment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// whole gives the environment that stands there, if it is as wanted; else why it is not ("" where there is none). An error says that it cannot be told, so that nothing is removed.
func (s *place) whole(ctx context.Context, want *wish) (env *venv.Env, why string, err error) {
	if there, err := s.exists(s.base); err != nil || !there {
		return nil, "", err
	}
	have, err := s.parent.ReadFile(s.base + lockSuffix)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "it has no lock: it was not finished", nil
	case err != nil:
		return nil, "", err
	case !bytes.Equal(have, want.lock):
		return nil, "its lock is of another resolution", nil
	}
	if err := venv.Recover(ctx, s.root); err != nil {
		return nil, "", err
	}
	env, err = venv.Open(ctx, s.root)
	if err == nil {
		err = checkInstalled(ctx, env, want)
	}
	if err == nil {
		err = checkBindings(env, want.bindings)
	}
	if ctx.Err() != nil {
		return nil, "", ctx.Err()
	}
	if err != nil {
		return nil, err.Error(), nil
	}
	for _, n := range want.notes {
		env.Warnings = append(env.Warnings, n.Text)
	}
	return env, "", nil
}

// checkInstalled holds what is installed against the resolution, and every file against its RECORD, those outside the library (scripts, configuration) included.
func checkInstalled(ctx context.Context, env *venv.Env, want *wish) error {
	installed, err := env.Installed(ctx)
	if err != nil {
		return err
	}
	left := map[pep508.Name]string{}
	for _, pin := range want.resolution.Pins {
		if len(pin.Files) > 0 && pin.Files[0].File != "" {
			left[pin.Name] = pin.Version.String()
		}
	}
	for n := range installed {
		in := &installed[n]
		if left[in.Name] != in.Version.String() {
			return fmt.Errorf("it has %s %s, which the resolution has not", in.Name, in.Version)
		}
		delete(left, in.Name)
		if problems := checkRecord(ctx, env, in); len(problems) > 0 {
			return fmt.Errorf("%s: %w", in.Name, problems[0])
		}
	}
	for name := range left {
		return fmt.Errorf("%s is not installed", name)
	}
	return nil
}

func checkRecord(ctx context.Context, env *venv.Env, in *wheel.Installed) []error {
	if in.Record == nil {
		return []error{wheel.ErrNoRecord}
	}
	library, below := libraryOf(env, in), *in
	below.Record = slices.Clone(in.Record)
	for n := range below.Record {
		below.Record[n].Path = path.Join(library, below.Record[n].Path)
	}
	return below.Check(ctx, os.DirFS(env.Root))
}

// checkBindings asks that each link leads where it is to lead; what a wheel brought in its place was checked with that.
func checkBindings(env *venv.Env, bindings []binding) error {
	for _, b := range bindings {
		for _, l := range b.links {
			name := filepath.Join(env.Root, filepath.FromSlash(env.Scheme.Platlib), l.name)
			target, err := os.Readlink(name)
			if err != nil {
				if fi, serr := os.Lstat(name); serr == nil && fi.Mode()&fs.ModeSymlink == 0 {
					continue
				}
				return err
			}
			if target != l.target {
				return fmt.Errorf("%s leads to %s, not to %s", name, target, l.target)
			}
		}
	}
	return nil
}

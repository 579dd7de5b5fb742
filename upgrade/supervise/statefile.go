package supervise

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// StateFile is the Switcher of plain processes. Its pointer is one file, <Dir>/<component>.json, with the generation and the resolved argv, environment and user of each service; without it
// the real environment runs. A damaged file is an error (durable.ErrDamaged), never the real environment.
type StateFile struct {
	Dir  string          // required; made where absent, for its owner alone
	Real upgrade.Subject // required: what runs without the file; it names the component

	// Open opens the environment that the file names; nil: venv.Open.
	Open func(ctx context.Context, root string) (*venv.Env, error)
}

var _ upgrade.Switcher = (*StateFile)(nil)

// Current is what the pointer names.
func (f *StateFile) Current(ctx context.Context, c upgrade.Component) (upgrade.Subject, error) {
	o := origin{f.Real, f.Open}
	if err := o.check(ctx, c); err != nil {
		return upgrade.Subject{}, err
	}
	b, err := os.ReadFile(f.path(c))
	if errors.Is(err, fs.ErrNotExist) {
		return o.subject(ctx, c, nil)
	}
	if err != nil {
		return upgrade.Subject{}, err
	}
	var g generation
	if err := g.unmarshal(b); err != nil {
		return upgrade.Subject{}, fmt.Errorf("%s: %w", f.path(c), err)
	}
	return o.subject(ctx, c, &g)
}

// Switch writes the pointer, or removes it where to is Real.
func (f *StateFile) Switch(ctx context.Context, to upgrade.Subject) error {
	o := origin{f.Real, f.Open}
	if err := o.check(ctx, to.Component); err != nil {
		return err
	}
	g, err := generationOf(to)
	if err != nil {
		return err
	}
	if o.isReal(to) {
		return removePath(f.path(to.Component))
	}
	b, err := g.marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	return durable.WritePath(f.path(to.Component), b, 0o600)
}

func (f *StateFile) path(c upgrade.Component) string { return filepath.Join(f.Dir, c.Name+".json") }

// removePath removes a file durably; one that is not there is removed already.
func removePath(path string) error {
	root, err := os.OpenRoot(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(filepath.Base(path)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	return durable.SyncDir(root, ".")
}

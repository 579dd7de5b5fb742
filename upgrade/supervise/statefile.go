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
	return f.origin().current(ctx, c, f.pointer)
}

func (f *StateFile) origin() origin { return origin{f.Real, f.Open} }

// pointer is the generation in the file, nil where there is no file.
func (f *StateFile) pointer(component string) (*generation, error) {
	b, err := os.ReadFile(f.path(component))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var g generation
	if err := g.unmarshal(b); err != nil {
		return nil, fmt.Errorf("%s: %w", f.path(component), err)
	}
	return &g, nil
}

// Switch writes the pointer, or removes it where to is Real.
func (f *StateFile) Switch(ctx context.Context, to upgrade.Subject) error {
	g, real, err := f.origin().next(ctx, to)
	if err != nil {
		return err
	}
	if real {
		return durable.RemovePath(f.path(g.Component))
	}
	b, err := g.marshal()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	return durable.WritePath(f.path(g.Component), b, 0o600)
}

func (f *StateFile) path(component string) string { return filepath.Join(f.Dir, component+".json") }

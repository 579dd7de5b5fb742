package upgrade

import (
	"context"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/venv"
)

// Provisioner makes the environment of a target, beside all others. Safe for concurrent use.
type Provisioner interface {
	// Resolve says what the environment consists of, sdists built. It makes nothing but caches.
	Resolve(ctx context.Context, w Wanted) (*resolve.Resolution, error)
	// Provision makes the environment at w.Root, all or nothing: a kill leaves none there, or the whole. One that stands there already and is whole, as r has it, is kept.
	Provision(ctx context.Context, w Wanted, r *resolve.Resolution) (*venv.Env, error)
}

// Wanted is the environment to make.
type Wanted struct {
	Component Component
	Current   Subject // what runs: its configuration may imply distributions, its host's bindings are linked
	Target    Target
	Root      string // "/opt/chandlery/cinder-26.3.0"
	Fresh     bool   // what stands at Root is in doubt: make it anew
}

// Lister is optional on a Provisioner: the final versions of the component that the index has, newest first, with a file that an interpreter at hand admits, and that interpreter's version.
type Lister interface {
	Versions(ctx context.Context, c Component) (versions []pep440.Version, python pep440.Version, err error)
}

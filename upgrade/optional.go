package upgrade

import "context"

// Granter is optional on a Configurer: a generation may need rights on its host, a line for sudo for one, that are in force from Grant to Revoke. Both may be called again.
// The subject of a Revoke has no Env where that cannot be opened any more.
type Granter interface {
	Grant(ctx context.Context, s Subject) error
	Revoke(ctx context.Context, s Subject) error
}

// Dropper is optional on a Database: Drop removes the copy that Copy made; none is no error. The subject has no Env where that cannot be opened any more.
type Dropper interface {
	Drop(ctx context.Context, s Subject) error
}

// Forecaster is optional on a Database: what a restore of snap would lose now. Nothing is changed.
type Forecaster interface {
	Losses(ctx context.Context, s Subject, snap Snapshot) ([]Loss, error)
}

// Remover is optional on a Verifier: it removes what Prepare left.
type Remover interface {
	Remove(ctx context.Context) error
}

// Forgetter is optional on a Database: it removes a snapshot that is no longer needed.
type Forgetter interface {
	Forget(ctx context.Context, snap Snapshot) error
}

package deploy

import (
	"context"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe"
)

// written is a probe.Data that makes the folder of its file.
type written struct{ *probe.Data }

// Prepare writes, if nothing that was written earlier is still there.
func (w *written) Prepare(ctx context.Context, s upgrade.Subject) error {
	if err := os.MkdirAll(filepath.Dir(w.File), 0o700); err != nil {
		return err
	}
	return w.Data.Prepare(ctx, s)
}

// preparer is a Verifier that reads what it wrote before.
type preparer interface {
	upgrade.Verifier
	upgrade.Preparer
	upgrade.Remover
}

// prepared judges nothing once what was written for it was removed, as Upgrader.Finish does: n/a then.
type prepared struct {
	level string
	preparer
	record func(ctx context.Context) (*upgrade.Record, error)
}

// Verify asks the Verifier where it was prepared.
func (p prepared) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	r, err := p.record(ctx)
	if err != nil {
		return upgrade.Report{}, err
	}
	if r.Prepared == upgrade.NotBegun {
		return notJudged{p.level, "what was written for it before the upgrade was removed"}.Verify(ctx, s)
	}
	return p.preparer.Verify(ctx, s)
}

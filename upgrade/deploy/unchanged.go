package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe"
)

// unchanged is a probe.Unchanged for each upgrade.
type unchanged struct {
	probe  func(file string) *probe.Unchanged
	folder string
	record func(ctx context.Context) (*upgrade.Record, error) // of the upgrade under way

	mu   sync.Mutex
	file string
	now  *probe.Unchanged
}

const unchangedFiles = "unchanged-*.json"

// of is the one of the upgrade under way.
func (v *unchanged) of(ctx context.Context) (*probe.Unchanged, error) {
	r, err := v.record(ctx)
	if err != nil {
		return nil, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if file := filepath.Join(v.folder, fmt.Sprintf("unchanged-%d.json", r.Began.UnixNano())); v.now == nil || v.file != file {
		v.file, v.now = file, v.probe(file)
	}
	return v.now, nil
}

// Prepare looks at everything, and forgets what earlier upgrades kept.
func (v *unchanged) Prepare(ctx context.Context, s upgrade.Subject) error {
	p, err := v.of(ctx)
	if err != nil {
		return err
	}
	if err := v.forget(p.File); err != nil {
		return err
	}
	if err := os.MkdirAll(v.folder, 0o700); err != nil {
		return err
	}
	return p.Prepare(ctx, s)
}

// Verify looks again.
func (v *unchanged) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	p, err := v.of(ctx)
	if err != nil {
		return upgrade.Report{}, err
	}
	return p.Verify(ctx, s)
}

// Remove removes what Prepare kept.
func (v *unchanged) Remove(context.Context) error { return v.forget("") }

// forget removes the files of all upgrades but one.
func (v *unchanged) forget(but string) error {
	files, err := filepath.Glob(filepath.Join(v.folder, unchangedFiles))
	for _, file := range files {
		if file != but {
			err = errors.Join(err, os.Remove(file))
		}
	}
	return err
}

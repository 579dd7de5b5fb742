package openstack

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
)

// Snapshot saves the production database, consistent while others write to it.
func (d *Database) Snapshot(ctx context.Context, s upgrade.Subject) (upgrade.Snapshot, error) {
	e, err := d.open(s)
	if err != nil {
		return upgrade.Snapshot{}, err
	}
	if d.Dir == "" {
		return upgrade.Snapshot{}, errNoDir
	}
	if err := os.MkdirAll(d.Dir, 0o700); err != nil {
		return upgrade.Snapshot{}, err
	}
	taken := time.Now().UTC()
	path := filepath.Join(d.Dir, fmt.Sprintf("%s-%s-%s.%s", s.Component.Name, s.Version, taken.Format("20060102T150405.000000000Z"), e.kind()))
	if err := e.save(ctx, path); err != nil {
		return upgrade.Snapshot{}, fmt.Errorf("snapshot of the %s database: %w", s.Component.Name, err)
	}
	sum, err := hashFile(path)
	return upgrade.Snapshot{Kind: e.kind(), Path: path, SHA256: sum, Taken: taken}, err
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// saved checks a snapshot before anything is done with it.
func saved(e engine, snap upgrade.Snapshot) error {
	if snap.Kind != e.kind() {
		return fmt.Errorf("a snapshot of %s, but the configuration names %s", snap.Kind, e.kind())
	}
	sum, err := hashFile(snap.Path)
	if err != nil {
		return err
	}
	if sum != snap.SHA256 {
		return fmt.Errorf("%s: %w", snap.Path, ErrSnapshotDamaged)
	}
	return nil
}

// Restore puts a snapshot in the place of the production database. It refuses with ErrInUse while others have that open, and with ErrSnapshotDamaged; nothing was changed then. What was
// written since the snapshot is lost: Losses lists it.
func (d *Database) Restore(ctx context.Context, s upgrade.Subject, snap upgrade.Snapshot) error {
	e, err := d.open(s)
	if err != nil {
		return err
	}
	if err := saved(e, snap); err != nil {
		return err
	}
	if err := e.restore(ctx, snap.Path); err != nil {
		return fmt.Errorf("restore of the %s database: %w", s.Component.Name, err)
	}
	return nil
}

// Forget removes a snapshot from Dir, durably; one that is gone is no error. What lies elsewhere is no snapshot of this Database, and stays.
func (d *Database) Forget(ctx context.Context, snap upgrade.Snapshot) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.Dir == "" {
		return errNoDir
	}
	if filepath.Dir(snap.Path) != filepath.Clean(d.Dir) {
		return fmt.Errorf("%s is not in %s, where this Database keeps its snapshots: remove it by hand", snap.Path, d.Dir)
	}
	return durable.RemovePath(snap.Path)
}

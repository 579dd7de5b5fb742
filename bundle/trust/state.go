package trust

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// What a Client's folder holds besides the files of the roles.
const (
	historyDir  = "root_history" // N.root.json: every root that was trusted, from the application's own on
	lockName    = ".lock"
	floorName   = "last-refresh"
	rotatedName = "rotated" // while a root is taken that removes a key of the timestamp or the snapshot: its version
)

// floorStep keeps frequent refreshes from writing each time.
const floorStep = time.Minute

// fileName is a role's file in the folder. Names of delegated roles are prefixed and escaped, upper case too, so that none is another's on a file system that
// ignores case, or a device of Windows.
func fileName(role string) string {
	switch role {
	case metadata.TimestampRole, metadata.SnapshotRole, metadata.TargetsRole:
		return role + ".json"
	}
	var b strings.Builder
	for i := range len(role) {
		if strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789-_", role[i]) >= 0 {
			b.WriteByte(role[i])
		} else {
			fmt.Fprintf(&b, "%%%02x", role[i])
		}
	}
	return "delegated." + b.String() + ".json"
}

func historyName(version int64) string {
	return path.Join(historyDir, metadata.FileName(metadata.RootRole, version))
}

// read gives a file of the folder; nil where it is absent or too long to be one that was written here.
func (r *run) read(name string, limit int64) ([]byte, error) {
	f, err := r.dir.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := durable.ReadAtMost(f, limit)
	if errors.Is(err, durable.ErrDamaged) {
		return nil, nil
	}
	return b, err
}

func (r *run) write(name string, b []byte) error {
	r.before("write " + name)
	return durable.WriteFile(r.dir, name, b, 0o644)
}

func (r *run) before(step string) {
	if r.step != nil {
		r.step(step)
	}
}

func (r *run) remove(names ...string) error {
	for _, name := range names {
		r.before("remove " + name)
		if err := r.dir.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return durable.SyncDir(r.dir, ".")
}

// kept opens a role's file of the folder, if it is one and enough of the role's keys signed it. Whether it is current or expired is another question.
func (r *run) kept(role string, keys map[string]metadata.Key, by metadata.Role) (*metadata.Envelope, []byte, error) {
	b, err := r.read(fileName(role), metadata.MaxTargets)
	if err != nil || b == nil {
		return nil, nil, err
	}
	e, err := metadata.Open(b)
	if err == nil {
		err = e.Verify(keys, by)
	}
	if err != nil {
		r.log().Info("kept metadata is passed over", "role", role, "cause", err)
		return nil, nil, nil
	}
	return e, b, nil
}

// history lists the versions of the roots that were kept; the newest is 0 where there are none.
func (r *run) history() (versions map[int64]bool, newest int64, err error) {
	entries, err := fs.ReadDir(r.dir.FS(), historyDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, 0, err
	}
	versions = map[int64]bool{}
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), ".")
		n, err := strconv.ParseInt(number, 10, 64)
		if err == nil && n > 0 && path.Join(historyDir, e.Name()) == historyName(n) {
			versions[n], newest = true, max(newest, n)
		}
	}
	return versions, newest, nil
}

// floor is the record of when a refresh last succeeded.
type floor struct {
	Refreshed time.Time `json:"refreshed"`
}

// loadFloor makes the run's time no earlier than the last refresh.
func (r *run) loadFloor() error {
	b, err := r.read(floorName, 4<<10)
	if err != nil || b == nil {
		return err
	}
	var f floor
	if err := durable.UnmarshalRecord(b, 1, &f); err != nil {
		r.log().Warn("the time of the last refresh is unknown", "cause", err)
		return nil
	}
	r.floor = f.Refreshed
	if r.now.Before(r.floor) {
		r.log().Warn("the clock is before the last refresh", "clock", r.now, "refresh", r.floor)
		r.now = r.floor
	}
	return nil
}

// raiseFloor records that nothing had expired at the run's time. Where something had, the clock may as well be wrong.
func (r *run) raiseFloor() error {
	if r.stale || r.now.Sub(r.floor) < floorStep {
		return nil
	}
	b, err := durable.MarshalRecord(1, floor{Refreshed: r.now})
	if err != nil {
		return err
	}
	return r.write(floorName, b)
}

// forget empties the folder of what another root made it trust. The kept root of the application's own version goes last, by being replaced: until then
// a run after a kill forgets once more.
func (r *run) forget(versions map[int64]bool, own int64) error {
	entries, err := fs.ReadDir(r.dir.FS(), ".")
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		if e.Type().IsRegular() && e.Name() != lockName {
			names = append(names, e.Name())
		}
	}
	for n := range versions {
		if n != own {
			names = append(names, historyName(n))
		}
	}
	return errors.Join(r.remove(names...), durable.SyncDir(r.dir, historyDir))
}

package txn

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path"
	"slices"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Commit does the renames, whose new files lie ready: all of them, or none. ctx can end it until INTENT. An error means that the folder is as it was before and
// that what was staged is still there, for another try or Discard; but after an *UnfinishedError Recover must be called.
func (t *Txn) Commit(ctx context.Context, r Renames) error {
	in, journal, err := t.prepare(ctx, r)
	if err != nil {
		return err
	}
	if err := t.intend(journal); err != nil {
		return err
	}
	undone, err := t.f.forwardAll(in.Ops, make([]stand, len(in.Ops)))
	if err != nil && !undone {
		return err
	}
	return errors.Join(err, t.f.finish(in, undone))
}

// prepare does all that can fail before INTENT, and writes the journal beside its place, so that one sync serves it too.
func (t *Txn) prepare(ctx context.Context, r Renames) (in intent, journal *durable.Temp, err error) {
	in = intent{ID: t.ID, Renames: Renames{Ops: slices.Clone(r.Ops), Prune: r.Prune}}
	sortOps(in.Ops)
	if err := in.check(t.f.State); err != nil {
		return in, nil, err
	}
	places, err := t.makePlaces(in.Ops)
	if err != nil {
		return in, nil, err
	}
	if err := t.identify(in.Ops); err != nil {
		return in, nil, err
	}
	if err := t.f.step("write journal"); err != nil {
		return in, nil, err
	}
	if journal, err = t.f.draftIntent(in); err != nil {
		return in, nil, err
	}
	if err = t.f.step("sync stage"); err == nil {
		err = t.f.syncTree(ctx, t.Stage(), places...)
	}
	if err = errors.Join(err, ctx.Err()); err != nil {
		return in, nil, errors.Join(err, journal.Discard())
	}
	return in, journal, nil
}

// makePlaces makes the folders that will take what goes out, so that from INTENT on everything is a rename, and lists them and those above them, to be synced.
func (t *Txn) makePlaces(ops []Op) ([]string, error) {
	if err := t.f.step("make trash"); err != nil {
		return nil, err
	}
	dirs := []string{t.Trash()}
	for _, o := range ops {
		if o.Old != "" {
			dirs = append(dirs, path.Dir(o.Old))
		}
	}
	places := map[string]bool{}
	for _, dir := range dirs {
		if places[dir] {
			continue
		}
		if err := t.f.Root.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
		for ; dir != t.f.State && !places[dir]; dir = path.Dir(dir) {
			places[dir] = true
		}
	}
	return append(slices.Sorted(maps.Keys(places)), t.f.State, path.Dir(t.f.State)), nil
}

// identify checks that every op begins as it should, on one volume, and notes the file numbers where names can be exchanged.
func (t *Txn) identify(ops []Op) error {
	home, err := t.f.identity(t.Stage())
	if err != nil {
		return err
	}
	exchange, err := t.canExchange()
	if err != nil {
		return err
	}
	for i, o := range ops {
		for _, place := range []struct {
			name string
			id   *durable.Identity
		}{{o.New, &ops[i].NewID}, {oldPath(o), &ops[i].OldID}} {
			if place.name == "" {
				continue
			}
			id, err := t.f.identity(place.name)
			if err != nil {
				return err
			}
			if id.Volume != home.Volume {
				return &VolumeError{Path: place.name}
			}
			if exchange && o.kind() == replace {
				*place.id = id
			}
		}
	}
	return nil
}

// oldPath is the op's path where something is at it.
func oldPath(o Op) string {
	if o.Old == "" {
		return ""
	}
	return o.Path
}

// VolumeError says that a path lies on another volume than the folder, so that no rename leads there.
type VolumeError struct{ Path string }

func (e *VolumeError) Error() string {
	return e.Path + " lies on another volume than its folder: it cannot be replaced by a rename"
}

// canExchange tries on two folders of the stage.
func (t *Txn) canExchange() (bool, error) {
	if t.f.NoExchange {
		return false, nil
	}
	a, b := path.Join(t.Stage(), durable.TempPrefix+"a"), path.Join(t.Stage(), durable.TempPrefix+"b")
	if err := errors.Join(t.f.Root.Mkdir(a, 0o755), t.f.Root.Mkdir(b, 0o755)); err != nil {
		return false, err
	}
	err := durable.Exchange(t.f.Root, a, b)
	return err == nil, errors.Join(t.f.Root.Remove(a), t.f.Root.Remove(b))
}

// intend gives the journal its name: INTENT. Where that fails nothing was changed, and the journal must not stay.
func (t *Txn) intend(journal *durable.Temp) error {
	err := t.f.step("intent")
	if err != nil {
		return errors.Join(err, journal.Discard())
	}
	if err = journal.Commit(); err == nil {
		err = t.f.step("intended")
	}
	if err == nil {
		return nil
	}
	if rerr := t.f.Root.Remove(t.f.journal()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
		return &UnfinishedError{Err: errors.Join(err, rerr)}
	}
	return err
}

// finish ends a transaction that is at one of its ends.
func (f *Folder) finish(in intent, undone bool) error {
	if err := f.syncOps(in.Ops); err != nil {
		return &UnfinishedError{Err: err}
	}
	if undone {
		return f.abort()
	}
	if err := f.prune(in.Prune); err != nil {
		return &UnfinishedError{Err: err}
	}
	return f.commit(in.ID)
}

func (f *Folder) prune(dirs []string) error {
	for _, dir := range dirs {
		if err := f.step("prune " + dir); err != nil {
			return err
		}
		f.Root.Remove(dir) // one that is not empty stays
	}
	return nil
}

// commit takes the journal away: COMMIT. What is left of the stage is litter; where it cannot be removed now, Clean does it later.
func (f *Folder) commit(id string) error {
	if err := f.rename(f.journal(), path.Join(f.Trash(id), journalName)); err != nil {
		return &UnfinishedError{Err: err}
	}
	if err := f.syncDirs(f.State); err != nil {
		return err
	}
	if f.step("tidy") == nil {
		f.Root.RemoveAll(path.Join(f.State, stageName, id))
	}
	return nil
}

// abort is the end of the way back.
func (f *Folder) abort() error {
	err := f.step("remove journal")
	if err == nil {
		err = f.Root.Remove(f.journal())
	}
	if err != nil {
		return &UnfinishedError{Err: err}
	}
	return f.syncDirs(f.State)
}

package venv

import (
	"context"
	"errors"
	"os"
	"path"
	"sync/atomic"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// worthOpening is for how many files of one folder it pays to open that and the one that they come to, rather than to have the system walk there for each.
const worthOpening = 8

// worthFlushing is for how much work the disk is told to write before all is staged.
const worthFlushing = 500

// laying puts the files of wheels into the staging tree, while others come in.
type laying struct {
	*application
	*spread
	made    map[string]bool // folders that every environment has, and those above them
	all     atomic.Int64    // weight of all wheels so far
	laid    atomic.Int64
	whole   atomic.Bool // no more wheels come
	flushed atomic.Bool
}

// layOut makes the staging tree, and begins. It must be ended by complete or stop.
func (a *application) layOut(ctx context.Context) (*laying, error) {
	if err := a.step("stage"); err != nil {
		return nil, err
	}
	l := &laying{application: a, made: map[string]bool{".": true}}
	if err := os.Mkdir(a.staged("."), 0o755); err != nil {
		return nil, err
	}
	for _, dir := range a.env.skeleton() {
		if err := os.MkdirAll(a.staged(dir), 0o755); err != nil {
			return nil, err
		}
		for ; dir != "."; dir = path.Dir(dir) {
			l.made[dir] = true
		}
	}
	tree, err := durable.OpenDir(a.staged("."))
	if err != nil {
		return nil, err
	}
	a.linker.tree = tree
	l.spread = newSpread(ctx, l.lay)
	return l, nil
}

// take hands on a wheel whose files have their places.
func (l *laying) take(in *incoming) {
	in.lines = make([]wheel.RecordEntry, len(in.files), len(in.files)+len(in.made)+8)
	o := outlineOf(in, l.made)
	l.all.Add(int64(o.weigh()))
	l.add(o.tops)
}

// complete waits until the files of all wheels are laid out, while it looks who owns them; where two do, that is the error, whatever came of it.
func (l *laying) complete(wheels []*incoming) error {
	l.whole.Store(true)
	if err := l.checkOwners(wheels); err != nil {
		return errors.Join(err, l.stop())
	}
	if err := errors.Join(l.finish(), l.linker.tree.Close()); err != nil {
		return err
	}
	l.flush()
	return l.keepModes(l.env.skeleton())
}

func (l *laying) stop() error {
	l.spread.stop()
	return l.linker.tree.Close()
}

// lay makes and fills a folder. The disk begins to write when most is laid out, and again while the rest is staged: the sync to come has little to wait for then.
func (l *laying) lay(ctx context.Context, f *stagedFolder) error {
	now := l.laid.Add(int64(f.own()))
	if l.whole.Load() && now*5 >= l.all.Load()*3 && l.flushed.CompareAndSwap(false, true) {
		l.flush()
	}
	return l.fill(ctx, f)
}

// flush lets the disk write, unless it does already. The switch waits for it.
func (l *laying) flush() {
	if l.all.Load() >= worthFlushing {
		l.flushes.TryGo(func() error { return durable.FlushTree(context.Background(), l.f.Root, l.tree()) })
	}
}

// fill makes a folder, unless another wheel did, and puts in the files that come from a wheel. Where that is no folder, checkOwners tells who brought it.
func (l *laying) fill(ctx context.Context, f *stagedFolder) error {
	if !l.made[f.name] {
		if err := present(l.linker.tree.Mkdir(f.name, 0o755)); err != nil {
			return err
		}
	}
	for files := f.files; len(files) > 0; {
		in, from := files[0].in, files[0].from()
		n := 1
		for n < len(files) && files[n].in == in && files[n].from() == from {
			n++
		}
		if err := l.fillFrom(ctx, in, from, f.name, files[:n]); err != nil {
			return named(in.Name, err)
		}
		files = files[n:]
	}
	return nil
}

// from is the folder of the wheel that the file lies in.
func (f stagedFile) from() string { return path.Dir(f.in.files[f.i].Name) }

// fillFrom puts in files that lie in one folder of a wheel.
func (a *application) fillFrom(ctx context.Context, in *incoming, from, to string, files []stagedFile) (err error) {
	r := route{a.linker.store, path.Join(in.below(), from), a.linker.tree, to}
	if len(files) >= worthOpening {
		if r, err = r.open(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, r.close()) }()
	}
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.place(in, f.i, r); err != nil {
			return err
		}
	}
	return nil
}

// place puts a file of a wheel into the staging tree and notes its line of RECORD.
func (a *application) place(in *incoming, i int, r route) error {
	p := &in.files[i]
	in.lines[i] = wheel.RecordEntry{Path: wheel.Relative(in.library, p.To), Hash: p.Hash, Size: p.Size}
	if p.Script {
		body, changed, err := a.rewrite(in.file(p.Name))
		if err != nil {
			return err
		}
		if changed {
			in.lines[i].Hash, in.lines[i].Size = wheel.HashOf(body), int64(len(body))
			return writeStaged(a.staged(p.To), body, 0o755)
		}
	}
	return a.linker.link(r, path.Base(p.Name), path.Base(p.To), p.Executable, p.Executable || p.Script)
}

// route leads from a folder of the store to one of the staging tree. Both are named as seen from folders that are open.
type route struct {
	store *durable.Dir
	from  string
	tree  *durable.Dir
	to    string
}

// open is the same route with both its ends open.
func (r route) open() (route, error) {
	from, err := r.store.OpenDir(r.from)
	if err != nil {
		return r, err
	}
	to, err := r.tree.OpenDir(r.to)
	if err != nil {
		return r, errors.Join(err, from.Close())
	}
	return route{from, "", to, ""}, nil
}

func (r route) close() error { return errors.Join(r.store.Close(), r.tree.Close()) }

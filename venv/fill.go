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

// layOut makes the staging tree and puts all files of wheels into it. The disk begins to write while that goes on, and again while the rest is staged: the sync to come has little to wait for then.
func (a *application) layOut(ctx context.Context, wheels []*incoming) (err error) {
	if err := os.Mkdir(a.staged("."), 0o755); err != nil {
		return err
	}
	if a.linker.tree, err = durable.OpenDir(a.staged(".")); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.linker.tree.Close()) }()
	for _, in := range wheels {
		in.lines = make([]wheel.RecordEntry, len(in.files), len(in.files)+len(in.made)+8)
	}
	all, done := a.outline(wheels), atomic.Int64{}
	early := int64(all.weight * 3 / 5)
	err = all.each(ctx, func(f *stagedFolder) error {
		if now := done.Add(int64(f.own())); now >= early && now-int64(f.own()) < early {
			a.flush(ctx, all)
		}
		return a.fill(ctx, f)
	})
	if err != nil {
		return err
	}
	a.flush(ctx, all)
	return a.keepModes(a.env.skeleton())
}

// flush lets the disk write, unless it does already. The switch waits for it; that ctx, which is of the laying out alone, ends is no failure of the disk.
func (a *application) flush(ctx context.Context, all *stagedFolder) {
	if ctx := context.WithoutCancel(ctx); all.weight >= worthFlushing {
		a.flushes.TryGo(func() error { return durable.FlushTree(ctx, a.f.Root, a.tree()) })
	}
}

// fill makes a folder and puts in the files that come from wheels.
func (a *application) fill(ctx context.Context, f *stagedFolder) error {
	if f.name != "." {
		if err := a.linker.tree.Mkdir(f.name, 0o755); err != nil {
			return err
		}
	}
	for files := f.files; len(files) > 0; {
		in, from := files[0].in, files[0].from()
		n := 1
		for n < len(files) && files[n].in == in && files[n].from() == from {
			n++
		}
		if err := a.fillFrom(ctx, in, from, f.name, files[:n]); err != nil {
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

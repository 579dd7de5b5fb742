package venv

import (
	"cmp"
	"context"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
)

// stagedFolder is one folder of the staging tree.
type stagedFolder struct {
	name   string // slash path below the tree; "." is the tree
	below  []*stagedFolder
	files  []stagedFile // those that come from wheels, in the order of wheels
	weight int          // of it and all that it holds
}

// stagedFile is one file of a wheel.
type stagedFile struct {
	in *incoming
	i  int // place in in.files
}

// outline is the tree of all folders that the wheels and an environment have, as one goroutine makes and fills a folder: names in one folder are made one after the other by the system, too.
func (a *application) outline(wheels []*incoming) *stagedFolder {
	o := outline{".": {name: "."}}
	for _, dir := range a.env.skeleton() {
		o.folder(dir)
	}
	for _, in := range wheels {
		o.folder(path.Join(in.library, in.contents.DistInfo))
		for i := range in.files {
			f := o.folder(path.Dir(in.files[i].To))
			f.files = append(f.files, stagedFile{in, i})
		}
		for _, m := range in.made {
			o.folder(path.Dir(m.to))
		}
	}
	o["."].weigh()
	return o["."]
}

// outline has folders by name.
type outline map[string]*stagedFolder

func (o outline) folder(name string) *stagedFolder {
	f := o[name]
	if f == nil {
		f = &stagedFolder{name: name}
		o[name] = f
		above := o.folder(path.Dir(name))
		above.below = append(above.below, f)
	}
	return f
}

// own is the weight of a folder without those below. To make one costs about what two links do.
func (f *stagedFolder) own() int { return 2 + len(f.files) }

// weigh puts light folders before heavy ones.
func (f *stagedFolder) weigh() {
	f.weight = f.own()
	for _, b := range f.below {
		b.weigh()
		f.weight += b.weight
	}
	slices.SortFunc(f.below, func(b, c *stagedFolder) int {
		return cmp.Or(cmp.Compare(b.weight, c.weight), strings.Compare(b.name, c.name))
	})
}

// each calls do for a folder, then for those below it, on as many goroutines as there are processors and heavy ones first, so that none begins when all others are done.
func (f *stagedFolder) each(ctx context.Context, do func(*stagedFolder) error) error {
	q := &folderQueue{ready: []*stagedFolder{f}}
	q.wake.L = &q.mu
	group, ctx := errgroup.WithContext(ctx)
	defer context.AfterFunc(ctx, q.stop)()
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() error {
			for f := q.next(); f != nil; f = q.next() {
				if err := do(f); err != nil {
					return err
				}
				q.done(f)
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// folderQueue hands out folders whose outer one is done.
type folderQueue struct {
	mu    sync.Mutex
	wake  sync.Cond
	ready []*stagedFolder // the last is the next
	busy  int             // that were handed out and are not done
	ended bool
}

// next waits for a folder; nil where none will come.
func (q *folderQueue) next() *stagedFolder {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) == 0 && q.busy > 0 && !q.ended {
		q.wake.Wait()
	}
	if len(q.ready) == 0 || q.ended {
		return nil
	}
	f := q.ready[len(q.ready)-1]
	q.ready = q.ready[:len(q.ready)-1]
	q.busy++
	return f
}

func (q *folderQueue) done(f *stagedFolder) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ready = append(q.ready, f.below...)
	q.busy--
	if len(f.below) > 1 || q.busy == 0 { // one folder is for who asks next, which is the caller
		q.wake.Broadcast()
	}
}

// stop makes all that wait go home.
func (q *folderQueue) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	q.wake.Broadcast()
}

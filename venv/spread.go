package venv

import (
	"cmp"
	"context"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// stagedFolder is one folder of the staging tree, with what one wheel has in it.
type stagedFolder struct {
	name   string // slash path below the tree; "." is the tree
	below  []*stagedFolder
	files  []stagedFile // those that come from the wheel
	weight int          // of it and all that it holds
}

// stagedFile is one file of a wheel.
type stagedFile struct {
	in *incoming
	i  int // place in in.files
}

// outline is the folders that a wheel needs, as one goroutine makes and fills a folder: names in one folder are made one after the other by the system, too.
type outline struct {
	made    map[string]bool // folders that are there
	folders map[string]*stagedFolder
	tops    []*stagedFolder // those that are there, and those that lie in them
}

// outlineOf is that of a wheel, where some folders are there.
func outlineOf(in *incoming, made map[string]bool) *outline {
	o := &outline{made: made, folders: map[string]*stagedFolder{}}
	o.folder(path.Join(in.library, in.contents.DistInfo))
	for i := range in.files {
		f := o.folder(path.Dir(in.files[i].To))
		f.files = append(f.files, stagedFile{in, i})
	}
	for _, m := range in.made {
		o.folder(path.Dir(m.to))
	}
	return o
}

func (o *outline) folder(name string) *stagedFolder {
	f := o.folders[name]
	if f != nil {
		return f
	}
	f = &stagedFolder{name: name}
	o.folders[name] = f
	if o.made[name] || o.made[path.Dir(name)] {
		o.tops = append(o.tops, f)
	} else {
		above := o.folder(path.Dir(name))
		above.below = append(above.below, f)
	}
	return f
}

// weigh puts light folders before heavy ones, and gives the weight of all.
func (o *outline) weigh() (all int) {
	for _, f := range o.tops {
		all += f.weigh()
	}
	sortByWeight(o.tops)
	return all
}

// own is the weight of a folder without those below. To make one costs about what two links do.
func (f *stagedFolder) own() int { return 2 + len(f.files) }

func (f *stagedFolder) weigh() int {
	f.weight = f.own()
	for _, b := range f.below {
		f.weight += b.weigh()
	}
	sortByWeight(f.below)
	return f.weight
}

func sortByWeight(folders []*stagedFolder) {
	slices.SortFunc(folders, func(b, c *stagedFolder) int {
		return cmp.Or(cmp.Compare(b.weight, c.weight), strings.Compare(b.name, c.name))
	})
}

// spread does something for folders as they come, for each before those below it, on as many goroutines as there are processors and heavy ones first, so that none begins when all
// others are done. It must be ended by finish or stop.
type spread struct {
	folderQueue
	group   *errgroup.Group
	cancel  context.CancelFunc
	unwatch func() bool
}

func newSpread(ctx context.Context, do func(context.Context, *stagedFolder) error) *spread {
	s := &spread{}
	s.wake.L = &s.mu
	ctx, s.cancel = context.WithCancel(ctx)
	s.group, ctx = errgroup.WithContext(ctx)
	s.unwatch = context.AfterFunc(ctx, s.goHome)
	for range runtime.GOMAXPROCS(0) {
		s.group.Go(func() error {
			for f := s.next(); f != nil; f = s.next() {
				if err := do(ctx, f); err != nil {
					return err
				}
				s.done(f)
			}
			return ctx.Err()
		})
	}
	return s
}

// finish waits for all that was added; nothing is added any more.
func (s *spread) finish() error {
	s.end()
	err := s.group.Wait()
	s.unwatch()
	s.cancel()
	return err
}

// stop ends it, whatever is left to do.
func (s *spread) stop() {
	s.cancel()
	_ = s.finish() // that it was ended
}

package venv

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// fetches bounds the wheels that are fetched and unpacked at a time: as many requests to one host as pay off at once.
const fetches = 48

// application is one Apply under way.
type application struct {
	*WheelInstaller
	f      *folder
	t      *txn.Txn
	env    *Env
	now    inspected
	linker linker

	flushes errgroup.Group // of the staging tree, one at a time
}

// incoming is one distribution on its way in.
type incoming struct {
	Install
	*entry
	library string              // slash path below the root, of the folder that takes .dist-info
	files   []wheel.Placed      // of the wheel, without those that are replaced by launchers
	made    []madeFile          // launchers, and what tells of the installation
	lines   []wheel.RecordEntry // of RECORD, so far
}

// madeFile is a file that no wheel brings.
type madeFile struct {
	to         string
	body       []byte
	executable bool
}

// openStore opens the store, or where there is none one in the stage. It must be closed when its files were taken.
func (a *application) openStore(ctx context.Context) (*store, error) {
	dir := a.Store
	a.linker.mode.Store(int32(a.Link))
	if dir == "" {
		dir = filepath.Join(a.f.Root.Name(), filepath.FromSlash(path.Join(a.t.Stage(), "store")))
		a.linker.mode.Store(int32(linkMove))
	}
	s, err := openStore(ctx, dir)
	if err != nil {
		return nil, err
	}
	a.linker.store = s.open
	return s, nil
}

// collect brings all wheels of the plan into the store, not published yet, and hands each on.
func (a *application) collect(ctx context.Context, s *store, plan *Plan, take func(*incoming)) ([]*incoming, error) {
	wheels := make([]*incoming, len(plan.Install))
	begin := sync.OnceValue(func() error { return s.begin(ctx) })
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(fetches)
	for _, i := range largestFirst(plan.Install) {
		in := plan.Install[i]
		group.Go(func() error {
			e, ok := s.lookup(strings.ToLower(in.File.Hashes["sha256"]))
			if !ok {
				if err := begin(); err != nil {
					return err
				}
				var err error
				if e, err = s.fetch(gctx, a.bring, in.File.Artifact); err != nil {
					return named(in.Name, err)
				}
				if a.Store != "" {
					s.flush(ctx, e)
				}
			}
			wheels[i] = &incoming{Install: in, entry: e}
			if err := a.lay(wheels[i]); err != nil {
				return named(in.Name, err)
			}
			take(wheels[i])
			return nil
		})
	}
	return wheels, group.Wait()
}

// largestFirst orders what is to come in, so that no large wheel begins when all others are done. What has no size has -1.
func largestFirst(all []Install) []int {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(all[j].File.Size, all[i].File.Size) })
	return order
}

// lay gives each file of a wheel its place.
func (a *application) lay(in *incoming) (err error) {
	if in.files, err = in.contents.Place(a.env.Scheme); err != nil {
		return err
	}
	in.library = in.contents.Library(a.env.Scheme)
	if err := a.makeLaunchers(in); err != nil {
		return err
	}
	in.files = slices.DeleteFunc(in.files, func(p wheel.Placed) bool { return p.Script && in.replacedByLauncher(path.Base(p.To)) })
	for _, p := range in.files {
		if a.env.own(p.To) {
			return fmt.Errorf("it brings %s, which is the environment's own", p.To)
		}
	}
	for _, m := range in.made {
		if a.env.own(m.to) {
			return fmt.Errorf("it brings %s, which is the environment's own", m.to)
		}
	}
	return nil
}

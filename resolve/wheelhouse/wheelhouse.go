package wheelhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"golang.org/x/sync/errgroup"
)

// DefaultConcurrent is how many files Fill brings at once where Concurrent does not say.
const DefaultConcurrent = 16

// scratchPrefix begins the names of folders that hold files which are not whole yet.
const scratchPrefix = durable.TempPrefix + "fetch-"

// Wheelhouse is a folder of distributions. Its fields are not changed after first use; its methods may be called by several goroutines at once.
type Wheelhouse struct {
	Dir        string       // required; Fill makes it where it is not there
	Fetcher    dist.Fetcher // required by Fill
	Concurrent int          // files at once; 0: DefaultConcurrent
	Observer   func(Event)  // nil: none. Called by one goroutine at a time; a slow one makes Fill slow
}

// Event tells of a file that came in.
type Event struct {
	File        File
	Done, Total int   // files that came, and all that are to come
	Bytes       int64 // that came so far
}

// Fill brings what the plan's folder lacks. It stops at the first error; what came stays, and another Fill goes on from there.
func (w *Wheelhouse) Fill(ctx context.Context, p *Plan) error {
	if w.Fetcher == nil {
		return errors.New("Wheelhouse.Fetcher is required")
	}
	missing := p.Missing()
	if len(missing) == 0 {
		return ctx.Err()
	}
	if err := os.MkdirAll(w.Dir, 0o777); err != nil {
		return err
	}
	root, err := os.OpenRoot(w.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	scratch, err := durable.OpenScratch(ctx, root, scratchPrefix)
	if err != nil {
		return err
	}
	return errors.Join(w.bring(ctx, root, scratch.Name, missing), scratch.Close())
}

func (w *Wheelhouse) bring(ctx context.Context, root *os.Root, scratch string, missing []File) error {
	told := &counter{observe: w.Observer, total: len(missing)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(w.concurrent())
	for _, f := range missing {
		g.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			size, err := w.one(ctx, root, scratch, f)
			if err == nil {
				told.came(f, size)
			}
			return err
		})
	}
	return g.Wait()
}

func (w *Wheelhouse) concurrent() int {
	if w.Concurrent > 0 {
		return w.Concurrent
	}
	return DefaultConcurrent
}

// counter tells the Observer what came.
type counter struct {
	observe func(Event)
	total   int

	mu    sync.Mutex
	done  int
	bytes int64
}

func (c *counter) came(f File, size int64) {
	if c.observe == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done, c.bytes = c.done+1, c.bytes+size
	c.observe(Event{File: f, Done: c.done, Total: c.total, Bytes: c.bytes})
}

// one brings a file and gives it its name.
func (w *Wheelhouse) one(ctx context.Context, root *os.Root, scratch string, f File) (int64, error) {
	blob, err := w.Fetcher.Fetch(ctx, f.Artifact)
	if err != nil {
		return 0, err
	}
	defer blob.Close()
	aside := scratch + "/" + f.Artifact.File
	if err := write(ctx, root, aside, f.Artifact, blob); err != nil {
		return 0, fmt.Errorf("%s: %w", f.Artifact.File, err)
	}
	if err := root.Rename(aside, f.Artifact.File); err != nil {
		return 0, err
	}
	return blob.Size(), durable.SyncDir(root, ".")
}

// write copies a file to the disk and verifies what it copied.
func write(ctx context.Context, root *os.Root, name string, a dist.Artifact, blob dist.Blob) error {
	out, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	v := dist.NewVerifier(a)
	_, err = io.Copy(io.MultiWriter(out, v), durable.Within(ctx, io.NewSectionReader(blob, 0, blob.Size())))
	if err == nil {
		err = v.Check()
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

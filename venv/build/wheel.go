package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// made is a wheel that was built or taken from the Cache.
type made struct {
	file     dist.File
	metadata *dist.Metadata
}

// Wheel builds an sdist (or takes the wheel from the Cache) and gives the wheel as a File with a file: address, which stays true until Close, or, with a Cache,
// until that is cleared. A wheel's File comes back as it is. The error is a *BuildError, with the end of the build's own output and, where it can be told,
// what is missing.
func (b *Builder) Wheel(ctx context.Context, f dist.File) (dist.File, error) {
	if err := b.open(); err != nil || f.Kind != dist.Sdist {
		return f, err
	}
	w, err := b.wheel(ctx, f)
	if err != nil {
		return dist.File{}, err
	}
	return w.file, nil
}

// Wheels gives a Resolution in which each sdist's File is replaced by that of its built wheel, and its metadata by the wheel's. It builds several at once,
// and ends with the first that goes wrong. It refuses a Resolution that is of another platform and has sdists with a *PlatformError, and a wheel
// that does not ask for what its sdist's metadata said with a *BuildError. The given Resolution is not changed.
func (b *Builder) Wheels(ctx context.Context, r *resolve.Resolution) (*resolve.Resolution, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	out := &resolve.Resolution{Platform: r.Platform, Pins: slices.Clone(r.Pins)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(2 * cap(b.slots)) // some are unpacked while others run
	for i := range out.Pins {
		p := &out.Pins[i]
		p.Files, p.Metadata = slices.Clone(p.Files), slices.Clone(p.Metadata)
		for v := range p.Files {
			if p.Files[v].Kind == dist.Sdist {
				g.Go(func() error { return b.replace(ctx, p, v, r.Platform) })
			}
		}
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return out, nil
}

// replace puts the wheel in the place of the sdist that serves variant v.
func (b *Builder) replace(ctx context.Context, p *resolve.Pin, v int, pl resolve.Platform) error {
	f := p.Files[v]
	if err := b.Suits(pl); err != nil {
		return fault(f.File, StepBackend, err)
	}
	w, err := b.wheel(ctx, f)
	if err != nil {
		return err
	}
	p.Files[v] = w.file
	if v >= len(p.Metadata) { // a Resolver that does not tell it
		return nil
	}
	if said := p.Metadata[v]; said != nil {
		if err := checkPromise(said, w.metadata, pl.Variants[v], p.Extras); err != nil {
			return fault(f.File, StepCheck, err)
		}
	}
	p.Metadata[v] = w.metadata
	return nil
}

// Fetch gives the wheel for an sdist's artifact, built; the wheels that this Builder named; any other artifact comes from the Fetcher.
func (b *Builder) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	return b.bring(ctx, a, false)
}

// Pass implements dist.Passer: it is Fetch, but what comes from the Fetcher only passes, where that can.
func (b *Builder) Pass(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	return b.bring(ctx, a, true)
}

func (b *Builder) bring(ctx context.Context, a dist.Artifact, passing bool) (dist.Blob, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	name, err := dist.ParseFilename(a.File)
	if err == nil && name.Kind == dist.Sdist {
		w, err := b.wheel(ctx, dist.File{Filename: name, Artifact: a})
		if err != nil {
			return nil, err
		}
		a = w.file.Artifact
	}
	b.mu.Lock()
	path := b.made[a.Hashes["sha256"]]
	b.mu.Unlock()
	if path == "" && passing {
		return dist.Pass(ctx, b.Fetcher, a)
	}
	if path == "" {
		return b.Fetcher.Fetch(ctx, a)
	}
	blob, err := dist.OpenFile(path)
	if err != nil {
		return nil, err
	}
	if err := verify(ctx, blob, a); err != nil {
		blob.Close()
		return nil, err
	}
	return blob, nil
}

func (b *Builder) wheel(ctx context.Context, f dist.File) (*made, error) {
	s, err := b.sdist(ctx, f)
	if err != nil {
		return nil, err
	}
	return fly(ctx, &b.flights, "wheel "+s.sha256, f.File, func(ctx context.Context) (*made, error) {
		j, err := b.newJob(ctx, f, s)
		if err != nil {
			return nil, err
		}
		defer j.end()
		if w := j.kept(ctx); w != nil {
			return w, nil
		}
		return j.build(ctx)
	})
}

// kept is the wheel that the Cache has; nil where it has none that can be used.
func (j *job) kept(ctx context.Context) *made {
	path, r := j.shelf.wheel(ctx)
	if path == "" {
		return nil
	}
	blob, err := dist.OpenFile(path)
	if err != nil {
		return nil
	}
	defer blob.Close()
	w, err := j.b.checkWheel(ctx, blob, r.File, j.file)
	if err != nil {
		return nil
	}
	m, err := j.b.adopt(path, r, w.Filename(), w.Metadata(), j.file)
	if err != nil {
		return nil
	}
	return m
}

// build runs build_wheel, and keeps what it made if that is right.
func (j *job) build(ctx context.Context) (*made, error) {
	if err := j.open(ctx); err != nil {
		return nil, err
	}
	dir := filepath.Join(j.bench.dir, benchWheel)
	var name string
	if err := j.call(ctx, hookBuild, &name, dir, nil, nil); err != nil {
		return nil, fault(j.file.File, StepBuild, err)
	}
	blob, err := openBuilt(dir, name)
	if err != nil {
		return nil, fault(j.file.File, StepCheck, err)
	}
	defer blob.Close()
	w, err := j.b.checkWheel(ctx, blob, name, j.file)
	if err != nil {
		return nil, fault(j.file.File, StepCheck, err)
	}
	path, r, err := j.shelf.keepWheel(ctx, name, blob)
	if err != nil {
		return nil, fault(j.file.File, StepKeep, err)
	}
	return j.b.adopt(path, r, w.Filename(), w.Metadata(), j.file)
}

// openBuilt opens what the backend says that it wrote.
func openBuilt(dir, name string) (dist.Blob, error) {
	if name == "" || filepath.Base(name) != name {
		return nil, fmt.Errorf("the backend answers with %.200q, which is no file name", name)
	}
	path := filepath.Join(dir, name)
	if st, err := os.Lstat(path); err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("the backend says that it wrote %.200q, and did not", name)
	}
	return dist.OpenFile(path)
}

// adopt makes a wheel on a shelf known to Fetch, as a File that has what the index said of the sdist.
func (b *Builder) adopt(path string, r wheelRecord, name dist.Filename, m *dist.Metadata, of dist.File) (*made, error) {
	url, err := index.FileURL(path)
	if err != nil {
		return nil, err
	}
	f := of
	f.Filename, f.Artifact, f.MetadataHash = name, r.artifact(), ""
	f.URL = url
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made[r.SHA256] = path
	return &made{f, m}, nil
}

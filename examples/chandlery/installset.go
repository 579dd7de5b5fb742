package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// heldDist is an installed distribution as a candidate of the resolver.
type heldDist struct {
	file     dist.File
	metadata *dist.Metadata
	direct   string // direct_url.json; "" where there is none
}

// installedIndex is what stands in File.Index of what is installed already: it is no address, and nothing is fetched from there.
const installedIndex = "installed"

func isHeld(f dist.File) bool { return f.Index == installedIndex }

// heldOf makes candidates of what is installed; what cannot be read is no candidate.
func heldOf(env *venv.Env, have []wheel.Installed) (map[pep508.Name]heldDist, error) {
	site, err := env.Site()
	if err != nil {
		return nil, err
	}
	held := map[pep508.Name]heldDist{}
	for _, in := range have {
		if in.Metadata == nil {
			continue
		}
		name, err := dist.ParseFilename(fmt.Sprintf("%s-%s-py3-none-any.whl", strings.ReplaceAll(string(in.Name), "-", "_"), in.Version))
		if err != nil {
			continue
		}
		direct, err := fs.ReadFile(site, in.DistInfo+"/direct_url.json")
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		file := dist.File{Filename: name, Uploaded: time.Unix(0, 0).UTC(), Index: installedIndex}
		file.Artifact = dist.Artifact{File: in.DistInfo, Size: -1}
		held[in.Name] = heldDist{file, in.Metadata, string(direct)}
	}
	return held, nil
}

// withHeld is an index that also offers what is installed: of pinned projects nothing else, and without a question to the index.
type withHeld struct {
	resolve.Index
	held   map[pep508.Name]heldDist
	pinned map[pep508.Name]bool
}

// Project gives the index's files and the installed one.
func (w *withHeld) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	h, ok := w.held[name]
	if ok && w.pinned[name] {
		return &dist.Project{Name: name, Files: []dist.File{h.file}}, nil
	}
	p, err := w.Index.Project(ctx, name)
	switch {
	case !ok || err != nil && !errors.Is(err, dist.ErrNotFound):
		return p, err
	case err != nil:
		return &dist.Project{Name: name, Files: []dist.File{h.file}}, nil
	}
	files := slices.DeleteFunc(slices.Clone(p.Files), func(f dist.File) bool { return f.Version.Equal(h.file.Version) })
	return &dist.Project{Name: name, Files: append(files, h.file)}, nil
}

// Listing gives the same files in brief.
func (w *withHeld) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	if _, ok := w.held[name]; !ok {
		return resolve.ListingOf(ctx, w.Index, name)
	}
	p, err := w.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return dist.NewListing(p), nil
}

// Metadata is the installed distribution's own for that.
func (w *withHeld) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if isHeld(f) {
		return w.held[f.Name].metadata, nil
	}
	return w.Index.Metadata(ctx, f)
}

// Prefetch hands on the names that the index is asked for.
func (w *withHeld) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := w.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, slices.DeleteFunc(slices.Clone(names), func(n pep508.Name) bool { return w.pinned[n] })...)
	}
}

// resolve finds the set that changes little: all that is installed stays where that can be, but for what --upgrade names. Where it cannot, a set is found as if
// nothing were installed; then installed versions are put back in, one after the other by name, as long as there is a set with them.
func (i *installing) resolve(ctx context.Context) (*resolve.Resolution, error) {
	pins := i.pins()
	set, err := i.solve(ctx, pins)
	var none *resolve.NoSolutionError
	if len(pins) == 0 || !errors.As(err, &none) {
		return set, err
	}
	if set, err = i.solve(ctx, nil); err != nil {
		return nil, err
	}
	kept := map[pep508.Name]bool{}
	var moved []pep508.Name
	for name := range pins {
		if p := set.Pin(name); p == nil || p.Version.Equal(i.held[name].file.Version) {
			kept[name] = true
		} else {
			moved = append(moved, name)
		}
	}
	slices.Sort(moved)
	for _, name := range moved {
		kept[name] = true
		more, err := i.solve(ctx, kept)
		switch {
		case err == nil:
			set = more
		case errors.As(err, &none):
			delete(kept, name)
		default:
			return nil, err
		}
	}
	return set, nil
}

// pins are the installed projects that the request leaves alone, or admits as they are.
func (i *installing) pins() map[pep508.Name]bool {
	pins := map[pep508.Name]bool{}
	for name := range i.held {
		pins[name] = true
	}
	for _, l := range slices.Concat(i.asked.Requirements.Requirements, i.asked.Constraints, i.asked.overrides) {
		h, ok := i.held[l.Requirement.Name]
		if ok && (l.Requirement.URL != "" || !l.Requirement.Specifiers.Contains(h.file.Version)) {
			delete(pins, l.Requirement.Name)
		}
	}
	if i.Upgrade {
		for _, l := range i.asked.Requirements.Requirements {
			delete(pins, l.Requirement.Name)
		}
	}
	return pins
}

func (i *installing) solve(ctx context.Context, pinned map[pep508.Name]bool) (*resolve.Resolution, error) {
	if i.resolver == nil {
		i.offers = &withHeld{Index: i.asked.Restrict(i.builder.For(i.platform)), held: i.held}
		i.resolver = &index.Direct{Index: i.offers, Fetcher: i.source.fetcher}
		if len(i.held) == 0 {
			i.resolver.Solver = i.source.recalling(i.asked, "builds with "+i.env.Python.Path)
		}
	}
	i.offers.pinned = pinned
	return i.resolver.Resolve(ctx, i.asked.request(i.platform, i.policy))
}

// keepHeld marks what is installed in the wanted version, so that no wheel is built of it; what is asked for by address, where it came from there.
func (i *installing) keepHeld(set *resolve.Resolution, direct map[pep508.Name]string) *resolve.Resolution {
	out := &resolve.Resolution{Platform: set.Platform}
	for _, p := range set.Pins {
		if h, ok := i.held[p.Name]; ok && h.file.Version.Equal(p.Version) && !moved(h.direct, direct[p.Name]) {
			p.Files = []dist.File{h.file}
		}
		out.Pins = append(out.Pins, p)
	}
	return out
}

// checkHashes holds what is to come in to pip's hash-checking mode.
func (i *installing) checkHashes(set *resolve.Resolution) error {
	if i.FromLock != "" {
		return nil // a lock has hashes of everything
	}
	coming := &resolve.Resolution{Platform: set.Platform}
	for _, p := range set.Pins {
		if !isHeld(p.Files[0]) {
			coming.Pins = append(coming.Pins, p)
		}
	}
	return i.asked.CheckHashes(coming)
}

package bundle

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/launcher"
)

// Plan is what a publish would do, and why.
type Plan struct {
	Rows        []Row                 // by library, then platform
	Removed     []Removed             // what the live release has and the next one will not, in the same order
	Resolutions []*resolve.Resolution // one a platform, by name
	Current     *manifest.Manifest    // the live release; nil where there is none

	wheels []*planned             // each distinct file once, and once more for each target of launchers, by name
	on     map[candidateKey][]Row // the rows of a library on a platform
}

// Row is one file that some machines of a platform need.
type Row struct {
	Library  pep508.Name
	Platform string
	Tags     []string // the platform tags that it serves, in the platform's order
	Version  string
	Wheel    dist.File
	Listed   bool     // the configuration names the library; else it is a dependency
	Why      []string // "the configuration: numpy<2", "pandas: numpy>=1.21"
	HeldBack string   // why a "latest" library is not at the newest version that the platform can use; "" where it is
	Was      string   // version in the live release; "" where it has none
	Changed  bool     // the live release has not this wheel for these machines

	wheel *planned
}

// Removed is a library that a platform loses.
type Removed struct {
	Library  pep508.Name
	Platform string
	Version  string // the live one
}

// planned is one distinct wheel and everyone that it serves.
type planned struct {
	file      dist.File
	metadata  *dist.Metadata  // what the resolution was made with; nil where it does not say
	platforms []string        // sorted
	launchers launcher.Target // that the bundle has launchers for; zero: none
}

// plan resolves every platform and compares the answer with the live release.
func (r *publishing) plan(ctx context.Context) (*Plan, error) {
	targets := r.targets()
	r.steps.start(StepResolve, len(targets), 0)
	newest, err := r.examine(ctx, targets)
	sound := slices.DeleteFunc(slices.Clone(targets), func(t *target) bool { return t.faulty })
	resolutions, unresolved := r.resolve(ctx, sound)
	if err = r.steps.finish(StepResolve, join(err, unresolved)); err != nil {
		return nil, err
	}
	current, err := r.live(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plan{Resolutions: resolutions, Current: current, on: map[candidateKey][]Row{}}
	known := map[wheelUse]*planned{}
	for i, resolution := range resolutions {
		for _, pin := range resolution.Pins {
			p.Rows = append(p.Rows, rows(targets[i], pin, known)...)
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(a.Library, b.Library), strings.Compare(a.Platform, b.Platform))
	})
	for i := range p.Rows {
		p.Rows[i].HeldBack = heldBack(p.Rows[i], newest, resolutions)
		p.compare(&p.Rows[i])
		r.warn(p.Rows[i])
		key := candidateKey{p.Rows[i].Library, p.Rows[i].Platform}
		p.on[key] = append(p.on[key], p.Rows[i])
	}
	p.Removed = p.removed()
	p.wheels = slices.SortedFunc(maps.Values(known), func(a, b *planned) int {
		return cmp.Or(strings.Compare(a.file.File, b.file.File), strings.Compare(wheelKey(a.file), wheelKey(b.file)), strings.Compare(a.launchers.String(), b.launchers.String()))
	})
	return p, nil
}

// live is the live release; nil where there is none yet.
func (r *publishing) live(ctx context.Context) (*manifest.Manifest, error) {
	m, err := r.current.Latest(ctx)
	if errors.Is(err, ErrNoRelease) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{Step: StepCompose, Err: err}
	}
	return m, nil
}

// wheelKey tells distinct files apart: by hash where the index gives one, else by address.
func wheelKey(f dist.File) string {
	if sum := f.Hashes["sha256"]; sum != "" {
		return strings.ToLower(sum)
	}
	return f.URL
}

// rows groups the variants of a pin by the file that serves them.
func rows(t *target, pin resolve.Pin, known map[wheelUse]*planned) []Row {
	var all []Row
	for i, f := range pin.Files {
		if f.File == "" {
			continue
		}
		use := wheelUse{wheelKey(f), t.launchers}
		w := known[use]
		if w == nil {
			w = &planned{file: f, launchers: t.launchers}
			known[use] = w
		}
		if i < len(pin.Metadata) && pin.Metadata[i] != nil {
			w.metadata = pin.Metadata[i]
		}
		if j, there := slices.BinarySearch(w.platforms, t.name); !there {
			w.platforms = slices.Insert(w.platforms, j, t.name)
		}
		tag := t.platform.Variants[i].Tag
		if j := slices.IndexFunc(all, func(row Row) bool { return row.wheel == w }); j >= 0 {
			all[j].Tags = append(all[j].Tags, tag)
			continue
		}
		all = append(all, Row{Library: pin.Name, Platform: t.name, Tags: []string{tag}, Version: pin.Version.String(), Wheel: f,
			Listed: t.listed(pin.Name), Why: reasons(pin), wheel: w})
	}
	return all
}

// reasons are a pin's, in words.
func reasons(pin resolve.Pin) []string {
	var all []string
	for _, reason := range pin.RequiredBy {
		by := string(reason.By)
		if by == "" {
			by = "the configuration"
		}
		why := by + ": " + reason.Requirement.String()
		if reason.Unknown {
			why += " (its marker cannot be known for this platform)"
		}
		all = append(all, why)
	}
	return all
}

// compare notes what the live release has in a row's place.
func (p *Plan) compare(row *Row) {
	row.Changed = true
	if p.Current == nil {
		return
	}
	leaf, ok := p.Current.Libraries[row.Library][row.Platform]
	if !ok {
		return
	}
	row.Was = leaf.Version
	row.Changed = leaf.Version != row.Version
	for _, tag := range row.Tags {
		b, ok := leaf.For(tag)
		sum := row.Wheel.Hashes["sha256"]
		row.Changed = row.Changed || !ok || sum != "" && (b.Source == nil || b.Source.SHA256 != strings.ToLower(sum))
	}
}

// removed lists what the live release has and the plan has not.
func (p *Plan) removed() []Removed {
	if p.Current == nil {
		return nil
	}
	var all []Removed
	for _, name := range slices.Sorted(maps.Keys(p.Current.Libraries)) {
		for _, platform := range slices.Sorted(maps.Keys(p.Current.Libraries[name])) {
			if len(p.on[candidateKey{name, platform}]) == 0 {
				all = append(all, Removed{name, platform, p.Current.Libraries[name][platform].Version})
			}
		}
	}
	return all
}

// warn tells what the developer should know of a row.
func (r *publishing) warn(row Row) {
	e := Event{Step: StepResolve, Library: string(row.Library), Platform: row.Platform, Version: row.Version, File: row.Wheel.File}
	if row.HeldBack != "" {
		e.Message = row.HeldBack
		r.steps.warn(e)
	}
	if row.Wheel.Yanked {
		e.Message = "yanked"
		if row.Wheel.YankedReason != "" {
			e.Message += ": " + row.Wheel.YankedReason
		}
		r.steps.warn(e)
	}
}

package bundle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// candidateKey is one library on one platform.
type candidateKey struct {
	library  pep508.Name
	platform string
}

// examine looks at each listed library by itself, before the solver looks at all together: it can say more exactly why one cannot be had, and for
// all platforms at once. It marks the targets that are faulty and returns the newest version that each "latest" could be. Without an Index it knows
// nothing and says nothing.
func (r *publishing) examine(ctx context.Context, targets []*target) (map[candidateKey]pep440.Version, error) {
	newest := map[candidateKey]pep440.Version{}
	if r.Index == nil {
		return newest, nil
	}
	listings, err := r.listings(ctx)
	problems := []error{err}
	for _, t := range targets {
		for i, lib := range r.cfg.Libraries {
			switch {
			case !t.listed(lib.Name):
				continue
			case listings == nil || listings[i] == nil:
				t.faulty = true
				continue
			case r.overridden(lib.Name):
				continue
			}
			x := examination{target: t, library: lib.Name, listing: listings[i]}
			best, err := x.best()
			if err != nil {
				t.faulty = true
				problems = append(problems, err)
			} else if t.expected[lib.Name].Latest {
				newest[candidateKey{lib.Name, t.name}] = best
			}
		}
	}
	return newest, join(problems...)
}

func (r *publishing) overridden(name pep508.Name) bool {
	return slices.ContainsFunc(r.cfg.Overrides, func(req pep508.Requirement) bool { return req.Name == name })
}

// listings asks the index for the listed libraries, each once. One that no index knows is nil, and an error; an index that cannot be asked gives none.
func (r *publishing) listings(ctx context.Context) ([]*dist.Listing, error) {
	names := make([]pep508.Name, len(r.cfg.Libraries))
	for i, lib := range r.cfg.Libraries {
		names[i] = lib.Name
	}
	if p, ok := r.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, names...)
	}
	listings, err := forEach(ctx, r.concurrency(), names, func(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
		listing, err := resolve.ListingOf(ctx, r.Index, name)
		if err != nil && !errors.Is(err, dist.ErrNotFound) {
			return nil, &Error{Library: string(name), Step: StepResolve, Kind: orNetwork(err), Err: err}
		}
		return listing, nil
	})
	if err != nil {
		return nil, err
	}
	var unknown []error
	for i, name := range names {
		if listings[i] == nil {
			unknown = append(unknown, &Error{Library: string(name), Step: StepResolve, Kind: KindNotFound,
				Err: errors.New("no index knows this library"), Advice: "check its spelling and the indexes"})
		}
	}
	return listings, join(unknown...)
}

// examination is one listed library on one platform.
type examination struct {
	*target
	library    pep508.Name
	listing    *dist.Listing
	candidates []resolve.Candidate // of what was looked at last: that every machine of the platform can use, pre-releases included
	refusals   []resolve.Refusal
}

// best is the newest version that the platform can use and the configuration expects. Only where there is none are all versions looked at, to say why: of a
// project of thousands of files few are made.
func (x *examination) best() (pep440.Version, error) {
	for start, end := 0, x.listing.Len(); end > 0; end = start {
		start = x.first(end)
		if !x.plausible(start, end) {
			continue
		}
		x.look(start, end)
		for _, c := range x.candidates {
			if !c.Yanked || x.expected[x.library].Specifiers.Pins(c.Version) {
				return c.Version, nil
			}
		}
	}
	x.look(0, x.listing.Len())
	return pep440.Version{}, x.why()
}

// first is the first file of the version of the file before end.
func (x *examination) first(end int) int {
	start := end - 1
	for start > 0 && x.listing.Version(start-1).Equal(*x.listing.Version(end - 1)) {
		start--
	}
	return start
}

// plausible reports whether the version of some files is wanted, and one of them is for the platform's Python.
func (x *examination) plausible(start, end int) bool {
	if !x.wants(*x.listing.Version(start)) {
		return false
	}
	for i := start; i < end; i++ {
		if p := x.listing.RequiresPython(i); p.IsEmpty() || p.Contains(x.platform.Python) {
			return true
		}
	}
	return false
}

// look sorts the versions of some files into those that the whole platform can use and the others. Pre-releases count, as it is the solver that decides
// whether one is wanted.
func (x *examination) look(start, end int) {
	policy := x.request.Policy
	policy.Prereleases = resolve.Allow
	some := &dist.Project{Name: x.library, Files: make([]dist.File, 0, end-start)}
	for i := start; i < end; i++ {
		some.Files = append(some.Files, *x.listing.File(i))
	}
	all, refusals := resolve.Candidates(some, x.platform, policy)
	x.candidates, x.refusals = nil, refusals
	for _, c := range all {
		if slices.ContainsFunc(c.Files, func(f dist.File) bool { return !isSet(f) }) {
			x.refusals = append(x.refusals, resolve.Refusal{Version: c.Version, Why: resolve.NoUsableWheel, Tags: x.offered(c.Version, start, end)})
			continue
		}
		x.candidates = append(x.candidates, c)
	}
	slices.SortStableFunc(x.refusals, func(a, b resolve.Refusal) int { return b.Version.Compare(a.Version) })
}

// offered are the tags of a version's wheels, which are among some files.
func (x *examination) offered(v pep440.Version, start, end int) (tags []string) {
	for i := start; i < end; i++ {
		if x.listing.Kind(i) == dist.Wheel && x.listing.Version(i).Equal(v) {
			for _, t := range x.listing.Tags(i) {
				tags = append(tags, t.String())
			}
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

// wants reports whether the configuration would take a version, were it usable.
func (x *examination) wants(v pep440.Version) bool {
	if e := x.expected[x.library]; !e.Latest {
		return e.Specifiers.Contains(v)
	}
	return !v.IsPrerelease()
}

// why is the error for a library of which no version can be had: the newest version that was wanted tells the reason.
func (x *examination) why() error {
	e := &Error{Library: string(x.library), Platform: x.name, Step: StepResolve, Kind: KindNoVersion}
	for _, refusal := range x.refusals {
		if x.wants(refusal.Version) {
			x.refused(e, refusal)
			return e
		}
	}
	text := x.expected[x.library].Text
	if i := slices.IndexFunc(x.candidates, func(c resolve.Candidate) bool { return x.wants(c.Version) }); i >= 0 {
		e.Err = fmt.Errorf("%s matches only yanked versions (%s)", text, x.candidates[i].Version)
		e.Advice = fmt.Sprintf("pin it with ==%s, if it must be that", x.candidates[i].Version)
		return e
	}
	e.Err, e.Advice = fmt.Errorf("no version matches %s", text), x.nearest(pep440.Version{})
	return e
}

// refused says why a version that is wanted cannot be had.
func (x *examination) refused(e *Error, refusal resolve.Refusal) {
	v := refusal.Version
	e.Library = string(x.library) + " " + v.String()
	switch refusal.Why {
	case resolve.NoUsableWheel:
		e.Kind = KindNoWheel
		e.Err = fmt.Errorf("no wheel for %s", x.machines())
		if len(refusal.Tags) > 0 {
			e.Err = fmt.Errorf("%w; on offer are %s", e.Err, few(refusal.Tags))
		}
	case resolve.RequiresOtherPython:
		e.Err = fmt.Errorf("not for Python %s (Requires-Python: %s)", x.platform.Python, refusal.Python)
	case resolve.TooNew:
		e.Err = fmt.Errorf("uploaded at or after %s, or at a time that the index does not tell", x.request.Policy.ExcludeNewer.UTC().Format("2006-01-02T15:04:05Z"))
	default:
		e.Err = errors.New("no final release")
	}
	e.Advice = x.nearest(v)
}

func (x *examination) machines() string {
	tags := make([]string, len(x.platform.Variants))
	for i, v := range x.platform.Variants {
		tags[i] = v.Tag
	}
	return fmt.Sprintf("Python %s on %s", x.platform.Python, strings.Join(tags, " and "))
}

// nearest advises the usable version next above v, else the one next below; of the zero Version, the newest.
func (x *examination) nearest(v pep440.Version) string {
	var above, below *pep440.Version
	for _, c := range x.candidates {
		switch {
		case c.Yanked || c.Version.IsPrerelease():
		case !v.IsZero() && c.Version.Compare(v) > 0:
			above = &c.Version
		case below == nil:
			below = &c.Version
		}
	}
	switch {
	case v.IsZero() && below != nil:
		return "the newest that this platform can use is " + below.String()
	case above != nil:
		return "the nearest version that this platform can use is " + above.String()
	case below != nil:
		return "the nearest version that this platform can use is " + below.String()
	}
	return "no version has a wheel that this platform can use"
}

// few is a list of at most eight.
func few(all []string) string {
	if len(all) > 8 {
		return strings.Join(all[:8], ", ") + fmt.Sprintf(" and %d more", len(all)-8)
	}
	return strings.Join(all, ", ")
}

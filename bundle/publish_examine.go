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
	projects, err := r.projects(ctx)
	problems := []error{err}
	for _, t := range targets {
		for i, lib := range r.cfg.Libraries {
			switch {
			case !t.listed(lib.Name):
				continue
			case projects == nil || projects[i] == nil:
				t.faulty = true
				continue
			case r.overridden(lib.Name):
				continue
			}
			x := examination{target: t, library: lib.Name, project: projects[i]}
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

// projects asks the index for the listed libraries, each once. One that no index knows is nil, and an error; an index that cannot be asked gives none.
func (r *publishing) projects(ctx context.Context) ([]*dist.Project, error) {
	names := make([]pep508.Name, len(r.cfg.Libraries))
	for i, lib := range r.cfg.Libraries {
		names[i] = lib.Name
	}
	if p, ok := r.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, names...)
	}
	projects, err := forEach(ctx, r.concurrency(), names, func(ctx context.Context, name pep508.Name) (*dist.Project, error) {
		project, err := r.Index.Project(ctx, name)
		if err != nil && !errors.Is(err, dist.ErrNotFound) {
			return nil, &Error{Library: string(name), Step: StepResolve, Kind: orNetwork(err), Err: err}
		}
		return project, nil
	})
	if err != nil {
		return nil, err
	}
	var unknown []error
	for i, name := range names {
		if projects[i] == nil {
			unknown = append(unknown, &Error{Library: string(name), Step: StepResolve, Kind: KindNotFound,
				Err: errors.New("no index knows this library"), Advice: "check its spelling and the indexes"})
		}
	}
	return projects, join(unknown...)
}

// examination is one listed library on one platform.
type examination struct {
	*target
	library    pep508.Name
	project    *dist.Project
	candidates []resolve.Candidate // that every machine of the platform can use, pre-releases included
	refusals   []resolve.Refusal
}

// best is the newest version that the platform can use and the configuration expects.
func (x *examination) best() (pep440.Version, error) {
	x.look()
	for _, c := range x.candidates {
		if x.wants(c.Version) && (!c.Yanked || x.expected[x.library].Specifiers.Pins(c.Version)) {
			return c.Version, nil
		}
	}
	return pep440.Version{}, x.why()
}

// look sorts the project's versions into those that the whole platform can use and the others. Pre-releases count, as it is the solver that decides
// whether one is wanted.
func (x *examination) look() {
	policy := x.request.Policy
	policy.Prereleases = resolve.Allow
	all, refusals := resolve.Candidates(x.project, x.platform, policy)
	x.refusals = refusals
	for _, c := range all {
		if slices.ContainsFunc(c.Files, func(f dist.File) bool { return !isSet(f) }) {
			x.refusals = append(x.refusals, resolve.Refusal{Version: c.Version, Why: resolve.NoUsableWheel, Tags: x.offered(c.Version)})
			continue
		}
		x.candidates = append(x.candidates, c)
	}
	slices.SortStableFunc(x.refusals, func(a, b resolve.Refusal) int { return b.Version.Compare(a.Version) })
}

// offered are the tags of a version's wheels.
func (x *examination) offered(v pep440.Version) (tags []string) {
	for _, f := range x.project.Files {
		if f.Kind == dist.Wheel && f.Version.Equal(v) {
			for _, t := range f.Filename.Tags {
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

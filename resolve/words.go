package resolve

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// words finds the words for the solver's proofs.
type words struct {
	*catalog
	unknown []pep508.Name
}

// Fact words a fact.
func (w *words) Fact(c *incompatibility) string {
	switch f := c.Cause.(type) {
	case *requires:
		return w.requires(f)
	case onlyUsable:
		return w.onlyUsable(f.of)
	case limited:
		return "the request is limited by the constraint " + f.text()
	case defective:
		p := w.project(f.of.name)
		return fmt.Sprintf("%s %s cannot be used%s (%s)", p.name, p.version(f.release), w.on(f.of.variant), f.why)
	}
	return ""
}

func (w *words) requires(f *requires) string {
	who := "the request asks for "
	if f.by.name != "" {
		who = w.versions(w.project(f.by.name), f.releases, f.by.extra) + " depends on "
	}
	text := who + f.text()
	switch f.kind {
	case unknown:
		w.unknown = append(w.unknown, f.Name)
		return fmt.Sprintf("%s (the index does not know %s)", text, f.Name)
	case noVersion:
		return text + " (" + w.noVersion(w.project(f.Name), f) + ")"
	case noFile:
		return text + " (" + w.noFile(f) + ")"
	case direct:
		return who + string(f.Name) + " by address (name the same address in the request to allow it)" // the address may hold credentials
	}
	return text
}

// noVersion says why a requirement admits no version at all.
func (w *words) noVersion(p *project, f *requires) string {
	newest := ""
	for i := p.count() - 1; i >= 0; i-- {
		switch version := p.version(i); {
		case f.Specifiers.Contains(version):
			return fmt.Sprintf("%s is yanked: only a requirement such as ==%s takes it", version, version)
		case newest == "" && !p.prereleases.has(i) && !p.yanked.has(i):
			newest = fmt.Sprintf("no version on the index matches; the newest is %s", version)
		}
	}
	switch {
	case newest != "":
		return newest
	case p.count() == 0:
		return "the index has no file of it"
	default:
		return "no version on the index matches"
	}
}

// noFile says why none of the versions that a requirement admits can be used, and which is the nearest that can.
func (w *words) noFile(f *requires) string {
	p, variant := w.project(f.Name), f.variant
	wanted := p.set(f.dependency, variant)
	var why []string
	for i := range wanted.newest() {
		if why = append(why, fmt.Sprintf("%s %s", p.version(i), w.reason(p.release(i), variant))); len(why) == 2 {
			break
		}
	}
	text := strings.Join(why, ", ")
	if more := wanted.count() - len(why); more > 0 {
		text += fmt.Sprintf(", and %d more like these", more)
	}
	if near := nearest(p, wanted, variant); near >= 0 {
		text += fmt.Sprintf("; the nearest usable version is %s", p.version(near))
	} else {
		text += "; no version can be used" + w.on(variant)
	}
	return text
}

// refusal is why a variant cannot use a release.
func (w *words) refusal(r release, variant int) Refusal {
	only := w.only(variant)
	j := newJudge(&only, r.policy)
	return j.refusal(&r.page, r.at, j.judge(&r.page, r.at, make([]int32, 1)).why)
}

// reason says why a variant cannot use a release.
func (w *words) reason(r release, variant int) string {
	switch refusal := w.refusal(r, variant); refusal.Why {
	case OtherFormat:
		return otherFormat(r.policy)
	case RequiresOtherPython:
		return fmt.Sprintf("requires Python %s, not %s", refusal.Python, w.rules.platform.Python)
	case TooNew:
		return uploaded(r)
	case NotFinal:
		return "is a pre-release"
	case NoUsableWheel:
		return "has no wheel for " + w.rules.platform.Variants[variant].Tag + " with Python " + w.rules.platform.Python.String() + w.offer(refusal.Tags)
	}
	return "is a pre-release, and a final release satisfies"
}

func otherFormat(policy Policy) string {
	if policy.Sdists {
		return "has only wheels, and only a source distribution of it may be chosen"
	}
	return "may not be chosen, neither as a wheel nor as a source distribution"
}

// uploaded says why none of a release's files is old enough.
func uploaded(r release) string {
	limit := r.policy.ExcludeNewer.UTC().Format(time.RFC3339)
	for i, to := r.of(r.at); i < to; i++ {
		if came := r.list.Uploaded(int(i)); !came.IsZero() {
			return fmt.Sprintf("was uploaded at %s, not before %s", came.Format(time.RFC3339), limit)
		}
	}
	return "has no upload time on the index, so it does not count as older than " + limit
}

func (w *words) offer(tags []string) string {
	const most = 6
	switch {
	case len(tags) == 0:
		return ", only a source distribution"
	case len(tags) > most:
		return fmt.Sprintf("; on offer: %s and %d more", strings.Join(tags[:most], ", "), len(tags)-most)
	}
	return "; on offer: " + strings.Join(tags, ", ")
}

// only is the platform with one variant.
func (w *words) only(variant int) Platform {
	pl := *w.rules.platform
	pl.Variants = pl.Variants[variant : variant+1]
	return pl
}

// nearest is the usable release next to those wanted, the newer where two are as near; -1 where there is none.
func nearest(p *project, wanted versionSet, variant int) int {
	best, distance := -1, p.count()+1
	for i := range p.usable[variant].newest() {
		for j := range wanted.oldest() {
			if d := max(i-j, j-i); d < distance {
				best, distance = i, d
			}
		}
	}
	return best
}

func (w *words) onlyUsable(k key) string {
	p := w.project(k.name)
	use := p.usable[k.variant]
	switch {
	case use.IsEmpty():
		return fmt.Sprintf("no version of %s can be used%s", p.name, w.target(k.variant))
	case use.count() == p.count():
		return "" // none cannot
	case p.candidates.SubsetOf(use): // they would be "every version": the others tell more
		var all versionSet
		all.add(p.count(), 0, p.count())
		return fmt.Sprintf("%s cannot be used%s", w.versions(p, all.Intersect(use.Complement()), ""), w.target(k.variant))
	}
	return fmt.Sprintf("only %s can be used%s", w.versions(p, use, ""), w.target(k.variant))
}

// Conclusion words what follows.
func (w *words) Conclusion(c *incompatibility) string {
	var have, need []string
	for _, s := range w.subjects(c) {
		if s.positive {
			have = append(have, s.text)
		} else {
			need = append(need, s.text)
		}
	}
	switch {
	case len(have)+len(need) == 0:
		return "the request cannot be satisfied on " + w.rules.platform.Name
	case len(need) == 0 && len(have) == 1:
		if rest, ok := strings.CutPrefix(have[0], "every "); ok {
			return "no " + rest + " can be used"
		}
		return have[0] + " cannot be used"
	case len(need) == 0:
		return strings.Join(have, " and ") + " cannot be used together"
	case len(have) == 0:
		return "the request needs " + strings.Join(need, " or ")
	default:
		return strings.Join(have, " with ") + " needs " + strings.Join(need, " or ")
	}
}

// subject is what a conclusion says of one project.
type subject struct {
	text     string
	positive bool
}

// subjects joins the terms about one project: its version, and where it is needed.
func (w *words) subjects(c *incompatibility) (out []subject) {
	terms := c.Terms()
	for i, t := range terms {
		name := w.key(t.Package).name
		same := func(u term) bool { return w.key(u.Package).name == name && u.Positive == t.Positive }
		if slices.IndexFunc(terms, same) < i {
			continue
		}
		set, where := anything(), ""
		var extras []string
		for _, u := range terms[i:] {
			switch {
			case !same(u):
			case w.key(u.Package).variant == choice:
				set = u.Set
			default:
				k := w.key(u.Package)
				where = w.on(k.variant)
				if k.extra != "" {
					extras = append(extras, string(k.extra))
				}
			}
		}
		out = append(out, subject{w.versions(w.project(name), set, pep508.Name(strings.Join(extras, ","))) + where, t.Positive})
	}
	return out
}

// on names a variant where there are several.
func (w *words) on(variant int) string {
	if len(w.rules.platform.Variants) == 1 || variant < 0 {
		return ""
	}
	return " on " + w.rules.platform.Variants[variant].Tag
}

// target names what a wheel must suit.
func (w *words) target(variant int) string {
	return " on " + w.rules.platform.Variants[variant].Tag + " with Python " + w.rules.platform.Python.String()
}

// versions words a set of releases: "flask 2.0 to 2.3", by the oldest and newest of each row without a gap.
func (w *words) versions(p *project, set versionSet, extra pep508.Name) string {
	name := string(p.name)
	if extra != "" {
		name += "[" + string(extra) + "]"
	}
	var rows []string
	all := true
	start := -1
	for i := 0; i <= p.count(); i++ {
		in := i < p.count() && set.has(i)
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0:
			rows = append(rows, row(p, start, i-1))
			start = -1
		}
		if !in && p.candidates.has(i) {
			all = false
		}
	}
	const most = 4
	switch {
	case all:
		return "every version of " + name
	case len(rows) == 0:
		return "no version of " + name
	case len(rows) > most:
		return fmt.Sprintf("%s %s, … or %s", name, strings.Join(rows[:2], ", "), rows[len(rows)-1])
	}
	return name + " " + strings.Join(rows, " or ")
}

func row(p *project, from, to int) string {
	if from == to {
		return p.version(from).String()
	}
	return p.version(from).String() + " to " + p.version(to).String()
}

var _ pubgrub.Words[node, versionSet] = (*words)(nil)

package resolve

import (
	"context"

	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
)

// Causes of facts.
type (
	// requires: who asks for something. by.name is "" for the request.
	requires struct {
		by       key
		releases versionSet // of by
		dependency
		variant int
		kind    lack
	}
	// onlyUsable: a variant that needs a project can use but some of its releases.
	onlyUsable struct{ of key }
	// limited: a constraint.
	limited struct{ dependency }
	// defective: a release's metadata is at fault.
	defective struct {
		of      key
		release int
		why     string
	}
)

// lack is why a requirement cannot be met at all.
type lack int8

const (
	nothing   lack = iota // it can
	unknown               // the index does not know the project
	noVersion             // it has no such version
	noFile                // none of those can be used on the variant
	direct                // it is by address
)

// teller states facts, each once in a search.
type teller struct {
	*catalog
	told  map[told]versionSet
	facts []fact
}

// told names what was told: of which releases of a key, about what.
type told struct {
	key
	text string
}

// need is the package that stands for a need.
func (t *teller) need(k key) key {
	if k.extra == "" && len(t.rules.platform.Variants) == 1 {
		k.variant = choice
	}
	return k
}

func (t *teller) add(cause any, terms ...term) {
	t.facts = append(t.facts, fact{Terms: terms, Cause: cause})
}

func (t *teller) take() []fact {
	f := t.facts
	t.facts = nil
	return f
}

// request tells what the request asks for.
func (t *teller) request(ctx context.Context, list []reach) error {
	for _, r := range list {
		if err := t.requirement(requires{dependency: r.dependency, variant: r.variant}, nil); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// release tells what a release of k.name asks for where k is needed. Its metadata and the projects that it names are loaded.
func (t *teller) release(k key, i int) error {
	p := t.project(k.name)
	why, err := t.defect(&p.releases[i], k.variant)
	if err != nil {
		return err
	}
	if why != "" {
		t.once(told{k, " defect"}, i, func() {
			t.add(defective{k, i, why}, pubgrub.In(t.need(k), anything()), pubgrub.In(choiceOf(k.name), oneOf(i)))
		})
		return nil
	}
	for _, d := range t.rules.needs(&p.releases[i], k.extra, k.variant) {
		id := told{k, d.text}
		if t.told[id].has(i) {
			continue
		}
		run := t.run(p, k, i, d.text)
		t.told[id] = t.told[id].Union(run)
		by := []term{pubgrub.In(t.need(k), anything()), pubgrub.In(choiceOf(k.name), run)}
		if err := t.requirement(requires{by: k, releases: run, dependency: d, variant: k.variant}, by); err != nil {
			return err
		}
	}
	return nil
}

// once runs f the first time that it is asked to for release i.
func (t *teller) once(id told, i int, f func()) {
	if !t.told[id].has(i) {
		t.told[id] = t.told[id].with(i)
		f()
	}
}

// run is the releases around i that are known to ask for the same, so that one fact tells of all. Those that the variant cannot use anyhow do not interrupt it.
func (t *teller) run(p *project, k key, i int, text string) versionSet {
	run := oneOf(i)
	for _, step := range []int{1, -1} {
		for j := i + step; j >= 0 && j < len(p.releases); j += step {
			if !p.releases[j].usable(k.variant) {
				continue
			}
			if !t.asks(&p.releases[j], k, text) {
				break
			}
			run = run.with(j)
		}
	}
	return run
}

func (t *teller) asks(r *release, k key, text string) bool {
	if m := r.entry(k.variant); m == nil || m.Metadata == nil {
		return false
	}
	if why, err := t.defect(r, k.variant); why != "" || err != nil {
		return false
	}
	for _, d := range t.rules.needs(r, k.extra, k.variant) {
		if d.text == text {
			return true
		}
	}
	return false
}

// requirement tells that by (no terms: the request) requires something of a variant.
func (t *teller) requirement(cause requires, by []term) error {
	if cause.URL != "" {
		cause.kind = direct
		t.lacking(cause, by)
		return nil
	}
	p, variant := t.project(cause.Name), cause.variant
	if p.err != nil {
		return p.err
	}
	set := p.set(cause.Specifiers, variant)
	switch {
	case p.missing:
		cause.kind = unknown
	case set.IsEmpty():
		cause.kind = noVersion
	case set.Disjoint(t.usable(p, variant)):
		cause.kind = noFile
	}
	if cause.kind != nothing {
		t.lacking(cause, by)
		return nil
	}
	t.add(cause, with(by, pubgrub.NotIn(choiceOf(p.name), set))...)
	for _, k := range (reach{dependency: cause.dependency, variant: variant}).keys() {
		if t.need(k) != choiceOf(p.name) {
			t.add(cause, with(by, pubgrub.NotIn(t.need(k), anything()))...)
		}
	}
	t.mention(p, key{p.name, "", variant})
	return nil
}

// lacking tells of a requirement that nothing meets. The request has no terms of its own: a term that always holds stands for it.
func (t *teller) lacking(cause requires, by []term) {
	if len(by) == 0 {
		by = []term{pubgrub.NotIn(choiceOf(cause.Name), versionSet{})}
	}
	t.add(cause, by...)
}

func with(by []term, x term) []term { return append(by[:len(by):len(by)], x) }

// usable is the releases that a variant can use, in this search.
func (t *teller) usable(p *project, variant int) versionSet {
	set := p.usable[variant]
	if p.how == refused {
		set = set.Intersect(setOf(len(p.releases), func(i int) bool { return !p.releases[i].prerelease }))
	}
	return set
}

// mention tells what holds wherever a variant needs a project, the first time.
func (t *teller) mention(p *project, k key) {
	t.once(told{k, ""}, 0, func() {
		need := pubgrub.In(t.need(k), anything())
		t.add(onlyUsable{k}, need, pubgrub.NotIn(choiceOf(k.name), t.usable(p, k.variant)))
		for _, l := range t.rules.limits(k.name, k.variant) {
			t.add(limited{l}, need, pubgrub.NotIn(choiceOf(k.name), p.set(l.Specifiers, k.variant)))
		}
	})
}

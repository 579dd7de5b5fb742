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
		*dependency
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
	number  int32       // of the search, from 1 on
	defects map[at]bool // told of
	facts   []fact
	terms   []term     // of the facts
	room    []requires // for causes, of which there are many
}

// at is one release of a key.
type at struct {
	key
	release int
}

// need is the package that stands for a need of p.
func (t *teller) need(p *project, k key) node {
	if k.extra == "" && len(t.rules.platform.Variants) == 1 {
		return t.choice(p)
	}
	return t.nodes.need(k)
}

// add states a fact of the terms by and more.
func (t *teller) add(cause any, by []term, more ...term) {
	start := len(t.terms)
	t.terms = append(append(t.terms, by...), more...)
	t.facts = append(t.facts, fact{Terms: t.terms[start:len(t.terms):len(t.terms)], Cause: cause})
}

// take hands over the facts that were stated; they are lent until the next is.
func (t *teller) take() []fact {
	f := t.facts
	t.facts, t.terms = t.facts[:0], t.terms[:0]
	return f
}

// request tells what the request asks for.
func (t *teller) request(ctx context.Context, list []reach) error {
	t.facts, t.terms = make([]fact, 0, 2*len(list)), make([]term, 0, 3*len(list)) // on a platform of one variant just what is needed
	for i := range list {
		r := &list[i]
		if err := t.requirement(requires{dependency: &r.dependency, variant: r.variant}, nil); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// release tells what a release of k.name asks for where k is needed. Its metadata and the projects that it names are loaded.
func (t *teller) release(k key, i int) error {
	p := t.project(k.name)
	why, err := t.defect(p.release(i), k.variant)
	if err != nil {
		return err
	}
	if why != "" {
		if id := (at{k, i}); !t.defects[id] {
			t.defects[id] = true
			t.add(defective{k, i, why}, nil, pubgrub.In(t.need(p, k), anything()), pubgrub.In(t.choice(p), oneOf(i)))
		}
		return nil
	}
	list := t.rules.needs(p.release(i), k.extra, k.variant)
	for n := range list {
		d := &list[n]
		if d.told == t.number {
			continue
		}
		run := t.run(p, k, i, d)
		by := [...]term{pubgrub.In(t.need(p, k), anything()), pubgrub.In(t.choice(p), run)}
		if err := t.requirement(requires{by: k, releases: run, dependency: d, variant: k.variant}, by[:]); err != nil {
			return err
		}
	}
	return nil
}

// run is the releases around i that are known to ask for the same, so that one fact tells of all, as is noted. Those that the variant cannot use anyhow do not interrupt it.
func (t *teller) run(p *project, k key, i int, d *dependency) versionSet {
	run := oneOf(i)
	t.asks(p.release(i), k, d)
	for _, step := range []int{1, -1} {
		for j := i + step; j >= 0 && j < p.count(); j += step {
			if !p.release(j).usable(k.variant) {
				continue
			}
			if !t.asks(p.release(j), k, d) {
				break
			}
			run = run.with(j)
		}
	}
	return run
}

// asks reports whether a release is known to ask for something, and notes that it was told of it.
func (t *teller) asks(r release, k key, d *dependency) (asks bool) {
	if m := r.entry(k.variant); m == nil || m.Metadata == nil {
		return false
	}
	if why, err := t.defect(r, k.variant); why != "" || err != nil {
		return false
	}
	list := t.rules.needs(r, k.extra, k.variant)
	for i := range list {
		if e := &list[i]; e.same(d) {
			e.told, asks = t.number, true
		}
	}
	return asks
}

// requirement tells that by (no terms: the request) requires something of a variant.
func (t *teller) requirement(what requires, by []term) error {
	if len(t.room) == 0 {
		t.room = make([]requires, 64)
	}
	cause := &t.room[0]
	*cause, t.room = what, t.room[1:]
	if cause.URL != "" {
		cause.kind = direct
		t.lacking(cause, by)
		return nil
	}
	p, variant := t.target(cause.dependency), cause.variant
	if p.err != nil {
		return p.err
	}
	set := p.set(cause.dependency, variant)
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
	t.add(cause, by, pubgrub.NotIn(t.choice(p), set))
	r := reach{dependency: *cause.dependency, variant: variant}
	for i := range r.keys() {
		if need := t.need(p, r.key(i)); need != t.choice(p) {
			t.add(cause, by, pubgrub.NotIn(need, anything()))
		}
	}
	t.mention(p, key{p.name, "", variant})
	return nil
}

// lacking tells of a requirement that nothing meets. The request has no terms of its own: a term that always holds stands for it.
func (t *teller) lacking(cause *requires, by []term) {
	if len(by) == 0 {
		by = []term{pubgrub.NotIn(t.choice(t.target(cause.dependency)), versionSet{})}
	}
	t.add(cause, by)
}

// usable is the releases that a variant can use, in this search.
func (t *teller) usable(p *project, variant int) versionSet {
	set := p.usable[variant]
	if p.how == refused {
		set = set.Intersect(p.prereleases.Complement())
	}
	return set
}

// mention tells what holds wherever a variant needs a project, the first time.
func (t *teller) mention(p *project, k key) {
	if p.toldIn != t.number {
		p.toldIn, p.mentioned = t.number, versionSet{}
	}
	if p.mentioned.has(k.variant) {
		return
	}
	p.mentioned = p.mentioned.with(k.variant)
	need := pubgrub.In(t.need(p, k), anything())
	t.add(onlyUsable{k}, nil, need, pubgrub.NotIn(t.choice(p), t.usable(p, k.variant)))
	for _, l := range t.rules.limits(k.name, k.variant) {
		t.add(limited{l}, nil, need, pubgrub.NotIn(t.choice(p), p.set(&l, k.variant)))
	}
}

package explain

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// option is a change that may be tried.
type option struct {
	Change
	subject int         // what it changes: two options of one subject exclude each other
	name    pep508.Name // of the project that it is about; "" for the platform, and the policy for all
	level   int         // of its subject's options: one that works makes those of higher levels needless
	rank    int         // how intrusive it is
	most    int         // the place of the option that takes the most of the same subject away; its own where none takes more
}

// Ranks, the least intrusive first; the package's text tells them.
const (
	rankConstraint = iota
	rankDropConstraint
	rankOverride
	rankDropOverride
	rankRequirement
	rankExcludeNewer
	rankPrereleases
	rankFormats
	rankPython
	rankFloor
	rankDropRequirement
)

// options lists what may be tried, the least intrusive first.
func (s *session) options(req *resolve.Request, report words) []option {
	var o optionList
	for _, l := range []struct {
		list       List
		rank, drop int
	}{{Constraints, rankConstraint, rankDropConstraint}, {Overrides, rankOverride, rankDropOverride}, {Requirements, rankRequirement, rankDropRequirement}} {
		for _, r := range *l.list.of(req) {
			if r.URL == "" { // an address may hold credentials, which no answer shall tell
				o.entry(l.list, r, l.rank, l.drop)
			}
		}
	}
	t := target{req: req}
	for _, name := range s.pages.concerned(report) {
		page, metadata := s.pages.of(name)
		t.note(name, page, metadata)
	}
	t.offer(&o)
	slices.SortStableFunc(o.list, func(a, b option) int { return a.rank - b.rank })
	o.point()
	return o.list
}

// optionList collects options.
type optionList struct {
	list    []option
	subject int
}

// entry adds what may be done with an entry of a list.
func (o *optionList) entry(list List, r pep508.Requirement, rank, drop int) {
	o.subject++
	add := func(level, rank int, kind Kind, to string) {
		o.list = append(o.list, option{Change: Change{Kind: kind, List: list, From: r.String(), To: to}, subject: o.subject, name: r.Name, level: level, rank: rank})
	}
	clauses := clausesOf(r.Specifiers)
	if len(clauses) > 1 {
		for i := range clauses {
			add(1, rank, Loosen, with(r, slices.Delete(slices.Clone(clauses), i, i+1)))
		}
	}
	if len(clauses) > 0 && list == Requirements { // a constraint without clauses is none, and such an override sets all free
		add(2, rank, Loosen, with(r, nil))
	}
	for i := range r.Extras {
		if list == Requirements {
			fewer := r
			fewer.Extras = slices.Delete(slices.Clone(r.Extras), i, i+1)
			add(1, rank, Loosen, fewer.String())
		}
	}
	add(3, drop, Drop, "")
}

// clausesOf are the clauses of a specifier set, as text.
func clausesOf(s pep440.Specifiers) []string {
	if s.IsEmpty() {
		return nil
	}
	return strings.Split(s.String(), ",")
}

// with is a requirement with other clauses.
func with(r pep508.Requirement, clauses []string) string {
	r.Specifiers = pep440.MustParseSpecifiers(strings.Join(clauses, ",")) // of a set that was parsed
	return r.String()
}

// point finds, for each option, the one that takes the most away. What an override replaces may ask for more than it does, so there none is known to.
func (o *optionList) point() {
	for i := range o.list {
		a := &o.list[i]
		a.most = i
		for j, b := range o.list {
			if a.subject == b.subject && a.List != Overrides && b.Kind == Drop {
				a.most = j
			}
		}
	}
}

// add adds a change of the policy or the platform.
func (o *optionList) add(rank, level int, c Change) {
	o.list = append(o.list, option{Change: c, subject: o.subject, name: c.Name, level: level, rank: rank})
}

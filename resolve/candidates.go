package resolve

import (
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// Candidate is one version that a platform may use, newest first in lists.
type Candidate struct {
	Version pep440.Version
	Files   []dist.File // Files[i] is the best file for Variants[i]; zero where there is none
	Yanked  bool        // a chosen file is: only a pin may choose it
}

// Refusal is a version that a platform may not use, and why.
type Refusal struct {
	Version pep440.Version
	Why     RefusalReason
	Tags    []string          // on offer, where the reason is NoUsableWheel; none where there is only an sdist
	Python  pep440.Specifiers // wanted, where the reason is RequiresOtherPython
}

// RefusalReason is why a version is no candidate: of a version's files the one that came furthest tells.
type RefusalReason int8

const (
	NoUsableWheel       RefusalReason = iota + 1 // where wheels may be chosen
	OtherFormat                                  // its files are of kinds that may not be chosen: only wheels, where sdists alone may
	RequiresOtherPython                          // all Requires-Python of its files exclude the platform's Python
	TooNew                                       // by Policy.ExcludeNewer
	NotFinal                                     // a pre-release, by Policy.Prereleases
)

// Candidates lists what a platform may use of a project under a policy, and what it may not: what a custom Resolver would else rewrite. Both are newest first,
// whatever Policy.Select says.
// A version is a candidate where at least one variant has a file for it: a wheel whose tags the variant admits (or an sdist, after all wheels), of a kind that the policy
// admits for the project, whose Requires-Python admits the platform's Python, uploaded in time. The best is the first by tag, then by build tag; a
// yanked file only where there is no other. Files of unknown kind are passed over.
func Candidates(p *dist.Project, pl Platform, policy Policy) ([]Candidate, []Refusal) {
	var candidates []Candidate
	var refusals []Refusal
	pg, j := newPage(dist.NewListing(p)), newJudge(&pl, policy.For(p.Name))
	best := make([]int32, len(pl.Variants))
	for i := pg.count() - 1; i >= 0; i-- {
		if v := j.judge(&pg, i, best); v.why == 0 {
			candidates = append(candidates, pg.candidate(i, v, best))
		} else {
			refusals = append(refusals, j.refusal(&pg, i, v.why))
		}
	}
	return candidates, refusals
}

func (pg *page) candidate(version int, v verdict, best []int32) Candidate {
	c := Candidate{Version: pg.version(version), Files: make([]dist.File, len(best)), Yanked: v.yanked}
	for i, place := range best {
		if place != none {
			c.Files[i] = *pg.list.File(int(place))
		}
	}
	return c
}

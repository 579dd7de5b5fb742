package explain

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Absence says why other versions of a project were not chosen.
type Absence struct {
	Name     string    `json:"name"`
	Chosen   string    `json:"chosen"`
	Wanted   string    `json:"wanted,omitempty"`   // the specifiers of the question; "" is any newer version
	Versions []Version `json:"versions,omitempty"` // that match, but for the chosen one; newest first
	Trials   []Trial   `json:"trials,omitempty"`   // what came of asking for them
}

// Version is a version that was not chosen.
type Version struct {
	Version  string `json:"version"`
	Cause    Cause  `json:"cause"`
	Text     string `json:"text"`               // what follows the version in a sentence
	By       []Link `json:"by,omitempty"`       // what excludes it
	Trial    int    `json:"trial,omitempty"`    // the place in Trials, from 1; 0: none was made
	Uploaded string `json:"uploaded,omitempty"` // of TooNew, RFC 3339: when its first file came, where the index says
}

// Cause is why a version was not chosen.
type Cause string

const (
	NoUsableWheel       Cause = "no-usable-wheel"
	OtherFormat         Cause = "other-format" // only wheels, where sdists alone may be chosen, or nothing may
	RequiresOtherPython Cause = "requires-python"
	TooNew              Cause = "too-new"
	Prerelease          Cause = "pre-release"
	Yanked              Cause = "yanked"
	Excluded            Cause = "excluded"   // by a requirement in force or a constraint
	Impossible          Cause = "impossible" // the trial's proof says why
	Dearer              Cause = "dearer"     // it can be had, for the price that the trial tells
	Unexamined          Cause = "unexamined" // a trial gave a newer one or did without the project, or there were trials enough
)

// Trial is what came of a request that asks for other versions besides.
type Trial struct {
	Asked    string    `json:"asked"`              // what was added to the request
	Conflict *Conflict `json:"conflict,omitempty"` // there is no such solution
	Gives    string    `json:"gives,omitempty"`    // the version in the solution that there is
	Moves    []Move    `json:"moves,omitempty"`    // and what is different in it besides

	finals bool // it says nothing of pre-releases, as it names none (PEP 440, "Handling of pre-releases")
}

// Move is a project that is in another version in another solution.
type Move struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"` // "" where it comes in
	To   string `json:"to,omitempty"`   // "" where it leaves
}

// maxTrials bounds the trials of one question: a Resolver that prefers the newest needs one or two.
const maxTrials = 4

// WhyNot says why a version of a project newer than the chosen one, or one that matches wanted, is not in r, the answer to req. Where the project is not in
// r the error is a *NotChosenError.
func (e *Explainer) WhyNot(ctx context.Context, req *resolve.Request, r *resolve.Resolution, name pep508.Name, wanted pep440.Specifiers) (*Absence, error) {
	if e.Index == nil {
		return nil, errNoIndex
	}
	return e.whyNot(ctx, newMemory(e.Index), req, r, name, wanted)
}

func (e *Explainer) whyNot(ctx context.Context, m *memory, req *resolve.Request, r *resolve.Resolution, name pep508.Name, wanted pep440.Specifiers) (*Absence, error) {
	pin := r.Pin(name)
	if pin == nil {
		return nil, notChosen(r, name)
	}
	page, err := m.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	q := &asking{session: e.session(m), req: req, r: r, pin: pin, wanted: wanted}
	a := &Absence{Name: string(name), Chosen: pin.Version.String(), Wanted: wanted.String()}
	versions := q.rivals(page)
	for _, c := range versions {
		a.Versions = append(a.Versions, c.judge(q))
	}
	a.Trials, err = q.try(ctx, versions, a.Versions)
	for i := range a.Versions {
		a.word(&a.Versions[i])
	}
	return a, err
}

// asking is a question why not.
type asking struct {
	*session
	req    *resolve.Request
	r      *resolve.Resolution
	pin    *resolve.Pin
	wanted pep440.Specifiers
}

// try asks for the versions that nothing in the request itself excludes, the oldest of them and newer ones at once, until all are explained.
func (q *asking) try(ctx context.Context, rivals []*rival, versions []Version) (trials []Trial, err error) {
	for i := len(rivals) - 1; i >= 0; i-- {
		if !rivals[i].open || versions[i].Trial > 0 {
			continue
		}
		if len(trials) == maxTrials {
			versions[i].setCause(Unexamined)
			continue
		}
		trial, gives, err := q.trial(ctx, rivals[i].version, i == len(rivals)-1)
		if errors.Is(err, errBudget) {
			versions[i].setCause(Unexamined)
			continue
		}
		if err != nil {
			return nil, err
		}
		trials = append(trials, trial)
		for j := i; j >= 0; j-- {
			v := rivals[j].version
			if !rivals[j].open || trial.Conflict == nil && v.Compare(gives) > 0 || trial.finals && v.IsPrerelease() && !v.Equal(gives) {
				continue
			}
			versions[j].Trial = len(trials)
			switch {
			case trial.Conflict != nil:
				versions[j].setCause(Impossible)
			case trial.Gives != "" && v.Equal(gives):
				versions[j].setCause(Dearer)
			default:
				versions[j].setCause(Unexamined)
			}
		}
	}
	return trials, nil
}

// setCause keeps what is known of a version that is excluded.
func (v *Version) setCause(c Cause) {
	if v.Cause != Excluded {
		v.Cause = c
	}
}

// besides is the request with one more requirement on a chosen project. It is a constraint where not every variant needs the project, as the others must not have to
// suit it, and where an override would replace it.
func besides(req *resolve.Request, pin *resolve.Pin, ask pep508.Requirement) *resolve.Request {
	out := *req
	overridden := slices.ContainsFunc(req.Overrides, func(o pep508.Requirement) bool { return o.Name == pin.Name })
	if overridden || slices.ContainsFunc(pin.Files, unused) {
		out.Constraints = append(slices.Clone(req.Constraints), ask)
	} else {
		out.Requirements = append(slices.Clone(req.Requirements), ask)
	}
	return &out
}

// trial resolves the request with the oldest version that is still unexplained, or newer, asked for besides: with all that the question wants, where no older one matches.
func (q *asking) trial(ctx context.Context, oldest pep440.Version, all bool) (t Trial, gives pep440.Version, err error) {
	ask := pep508.Requirement{Name: q.pin.Name, Specifiers: q.wanted}
	if !all || q.wanted.IsEmpty() || oldest.IsPrerelease() {
		ask.Specifiers, err = and(ask.Specifiers, ">=", oldest.Public())
	}
	if err == nil && ask.Specifiers.Contains(q.pin.Version) {
		ask.Specifiers, err = and(ask.Specifiers, "!=", q.pin.Version)
	}
	if err != nil {
		return t, gives, err
	}
	t.Asked = ask.String()
	t.finals = q.req.Policy.For(ask.Name).Prereleases == resolve.IfNecessary && !ask.Specifiers.NamesPrerelease()
	r, why, err := q.solve(ctx, besides(q.req, q.pin, ask), t.Asked)
	switch {
	case err != nil:
		return t, gives, err
	case why != nil:
		t.Conflict = newConflict(why)
		if len(why.Report) == 0 && len(q.untried) > 0 {
			t.Conflict.Report = q.untried[len(q.untried)-1:]
		}
		return t, gives, nil
	}
	t.Moves = moves(q.r, r, q.pin.Name)
	if pin := r.Pin(q.pin.Name); pin != nil {
		t.Gives = pin.Version.String()
		return t, pin.Version, nil
	}
	return t, oldest, nil // a solution without the project says nothing of newer versions
}

// and is a specifier set with one more clause.
func and(s pep440.Specifiers, operator string, v pep440.Version) (pep440.Specifiers, error) {
	clause, err := pep440.ParseSpecifiers(operator + v.String())
	return s.Intersect(clause), err
}

// moves lists what is different in another resolution, but for one project.
func moves(from, to *resolve.Resolution, but pep508.Name) (out []Move) {
	for _, p := range from.Pins {
		q := to.Pin(p.Name)
		switch {
		case q == nil:
			out = append(out, Move{Name: string(p.Name), From: p.Version.String()})
		case !q.Version.Equal(p.Version) && p.Name != but:
			out = append(out, Move{string(p.Name), p.Version.String(), q.Version.String()})
		}
	}
	for _, q := range to.Pins {
		if from.Pin(q.Name) == nil {
			out = append(out, Move{Name: string(q.Name), To: q.Version.String()})
		}
	}
	slices.SortFunc(out, func(a, b Move) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

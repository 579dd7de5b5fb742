package driver

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// MaxNeeds bounds the different needs of one driver.
const MaxNeeds = 10_000

// ErrNoIndex says that there is nothing to hold a driver against.
var ErrNoIndex = errors.New("the index knows no release of the component: build it, or take the one that comes along")

// Question is what Infer is asked.
type Question struct {
	Driver *api.Driver // required
	Index  *api.Index  // required
	// Current is what is installed, as Installed reads it: it counts in place of the Index's release of that version, as a distribution's carries changes of its own. nil: not known.
	Current   *api.Release
	Have      []string       // modules and distributions that the environment has besides what a release requires: bindings of the host
	Libraries []*api.Release // installed beside Current, likewise; where there are none, those of the Index by Current.Libraries
}

// Inference says which releases have what a driver asks for. Its JSON has the names of the package's text.
type Inference struct {
	Component pep508.Name `json:"component"`
	Files     []string    `json:"files"`             // of the driver
	Classes   []string    `json:"classes"`           // of the driver, dotted
	Judged    []Judgement `json:"releases"`          // every release, ascending
	Current   *Judgement  `json:"current,omitempty"` // of what is installed; nil: not known

	// Feasible are the releases that lack nothing, as runs of neighbours: between two of them are holes.
	Feasible []Interval `json:"feasible"`
	// Floor and Ceiling are the ends of Feasible, with what the releases right outside of them lack; nil where there is none.
	Floor   *Edge `json:"floor,omitempty"`
	Ceiling *Edge `json:"ceiling,omitempty"`
	// Bounds are the symbols that some releases have and others lack, the most telling first: the highest floors, then the lowest ceilings.
	Bounds []Bound `json:"bounds,omitempty"`
	// Nowhere are the symbols that no release has. Each makes Feasible empty by itself.
	Nowhere []Witness `json:"nowhere,omitempty"`
	// Otherwise is what Feasible would be without Nowhere; nil where there is none.
	Otherwise []Interval `json:"otherwise,omitempty"`
	// Flaws are the symbols that no release has either, but that are asked for only when they are called: wherever the driver is installed it fails there, so they count for and against none. They are its own mistakes, as drivers of the platform
	// itself have some, or of a release that is newer than the Index.
	Flaws []Witness `json:"flaws,omitempty"`
	// Conflict is, of an empty Feasible, the bounds by a smallest set of symbols that no one release has together.
	Conflict []Bound `json:"conflict,omitempty"`

	// Distributions are those that the driver imports and the component is no part of. They are no evidence about a release: what a release does not install can be added.
	Distributions []Distribution `json:"distributions,omitempty"`

	Needs   int `json:"needs"`   // different ones that were judged
	Untold  int `json:"untold"`  // of these, those of which no release could tell
	Guarded int `json:"guarded"` // different ones that the driver can do without, which were not judged
}

// Judgement is one release with what it lacks.
type Judgement struct {
	Version   pep440.Version `json:"version"`
	Series    string         `json:"series,omitempty"`
	Installed bool           `json:"installed,omitempty"` // it is what is installed
	Unknown   int            `json:"unknown"`             // needs of which it could not be told
	Missing   []Witness      `json:"missing,omitempty"`   // none: it has all that could be judged
}

// Feasible reports whether the release lacks nothing.
func (j *Judgement) Feasible() bool { return len(j.Missing) == 0 }

// Late reports whether the release lacks something, and all of that shows only when it is called: the service would start cleanly.
func (j *Judgement) Late() bool {
	return len(j.Missing) > 0 && !slices.ContainsFunc(j.Missing, func(w Witness) bool { return !w.Late })
}

// Witness is a symbol that is not everywhere, with where the driver asks for it.
type Witness struct {
	Symbol  string        `json:"symbol"` // what is lacking, as api.Verdict says it: cinder.volume.volume_utils.upload_volume(volume_fd=)
	Kind    api.NeedKind  `json:"kind"`
	Where   []Where       `json:"where"`             // in the order of the files
	Late    bool          `json:"late,omitempty"`    // all places are reached only when a function is called that is no part of the start
	Library *LibraryBound `json:"library,omitempty"` // of a symbol of a library
}

// Where is a place in a driver.
type Where struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Late bool   `json:"late,omitempty"`
}

// LibraryBound says which versions of a library have a symbol.
type LibraryBound struct {
	Distribution pep508.Name    `json:"distribution"`
	From         pep440.Version `json:"from,omitzero"`     // the first that has it; zero: all from the beginning
	Before       pep440.Version `json:"before,omitzero"`   // the first after the last that has it; zero: the newest has it
	Nowhere      bool           `json:"nowhere,omitempty"` // none has it
}

// Interval is a run of neighbouring releases.
type Interval struct {
	From   pep440.Version `json:"from"`
	To     pep440.Version `json:"to"`
	Count  int            `json:"count"`
	Newest bool           `json:"newest,omitempty"` // To is the newest release known
}

// Infer judges every release: none is left out for what its neighbours have, as changes are taken back to older series, each at its own time. The same Question has the same answer. The error is ctx's,
// ErrNoIndex, a *LimitError or a *NotDriverError; that no release is feasible is no error, but Inference.Err tells it.
func Infer(ctx context.Context, q Question) (*Inference, error) {
	j, err := newJudge(q)
	if err != nil {
		return nil, err
	}
	if err := j.run(ctx); err != nil {
		return nil, err
	}
	in := &Inference{Component: q.Index.Component, Files: q.Driver.Source, Classes: q.Driver.Classes, Needs: len(j.needs), Guarded: j.guarded}
	rows := j.rows(in)
	if err := j.libraries(ctx, rows); err != nil {
		return nil, err
	}
	rows = j.flaws(in, rows)
	j.judgements(in, rows)
	j.bounds(in, rows)
	j.distributions(in)
	return in, nil
}

// Err is an *UnsatisfiableError where no release has all that the driver asks for, else nil.
func (in *Inference) Err() error {
	if len(in.Feasible) > 0 {
		return nil
	}
	return &UnsatisfiableError{Component: in.Component, Judged: in.Judged, Conflict: in.Conflict}
}

// Find is the judgement on a version.
func (in *Inference) Find(v pep440.Version) (Judgement, bool) {
	i := slices.IndexFunc(in.Judged, func(j Judgement) bool { return j.Version.Equal(v) })
	if i < 0 {
		return Judgement{}, false
	}
	return in.Judged[i], true
}

// Holes are the releases that lack something, though an older and a newer one do not.
func (in *Inference) Holes() (holes []Judgement) {
	if len(in.Feasible) < 2 {
		return nil
	}
	first, last := in.Feasible[0].From, in.Feasible[len(in.Feasible)-1].To
	for _, j := range in.Judged {
		if !j.Feasible() && j.Version.Compare(first) > 0 && j.Version.Compare(last) < 0 {
			holes = append(holes, j)
		}
	}
	return holes
}

// judge holds the different needs of a driver against every release.
type judge struct {
	q        Question
	releases []*api.Release
	current  int // the place of the installed one; -1: none
	needs    []*need
	others   []*need // of distributions
	guarded  int
	verdicts [][]api.Verdict // by release, by need
	supplies [][]api.Verdict // by release, by distribution
}

// need is one need with all places that ask for it.
type need struct {
	api.Need
	where []Where
}

func newJudge(q Question) (*judge, error) {
	if q.Index == nil || len(q.Index.Releases) == 0 && q.Current == nil {
		return nil, ErrNoIndex
	}
	if q.Driver == nil {
		return nil, ErrNoSource
	}
	j := &judge{q: q, current: -1, releases: slices.Clone(q.Index.Releases)}
	j.install()
	if err := j.collect(); err != nil {
		return nil, err
	}
	return j, nil
}

// install puts the installed release in its place. What its own metadata do not tell is taken from the release of its version, or the one below: a distribution's package leaves the requirements to the distribution.
func (j *judge) install() {
	if j.q.Current == nil {
		return
	}
	c := *j.q.Current
	at, same := slices.BinarySearchFunc(j.releases, &c, func(a, b *api.Release) int { return a.Version.Compare(b.Version) })
	if c.Series == "" {
		c.Series = j.seriesOf(c.Version)
	}
	if below := max(0, at-1+boolInt(same)); below < len(j.releases) && !slices.ContainsFunc(c.Requires, isPlain) {
		c.Requires = j.releases[below].Requires
	}
	if j.current = at; same {
		j.releases[at] = &c
		return
	}
	j.releases = slices.Insert(j.releases, at, &c)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// isPlain reports whether a requirement is of no extra.
func isPlain(text string) bool {
	r, err := pep508.Parse(text)
	return err == nil && !r.Marker.UsesExtra()
}

// seriesOf is the series of the releases of the same first number: a distribution's own version is of it too.
func (j *judge) seriesOf(v pep440.Version) string {
	for _, r := range j.q.Index.Releases {
		if r.Version.Release(0) == v.Release(0) {
			return r.Series
		}
	}
	return ""
}

// collect puts needs together that ask for the same.
func (j *judge) collect() error {
	by, guarded := map[string]*need{}, map[string]bool{}
	for _, n := range j.q.Driver.Needs {
		key := keyOf(n)
		if n.Guarded && n.Kind != api.NeedDistribution {
			guarded[key] = true
			continue
		}
		same := by[key]
		if same == nil {
			if len(by) == MaxNeeds {
				return &LimitError{n.File, fmt.Sprintf("more than %d different needs", MaxNeeds)}
			}
			same = &need{Need: n}
			by[key] = same
			if n.Kind == api.NeedDistribution {
				j.others = append(j.others, same)
			} else {
				j.needs = append(j.needs, same)
			}
		}
		same.Guarded = same.Guarded && n.Guarded
		same.where = append(same.where, Where{n.File, n.Line, n.Late})
	}
	j.guarded = len(guarded)
	return nil
}

// keyOf is equal for needs that ask for the same.
func keyOf(n api.Need) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%s\n%s\n%t\n%s\n", n.Kind, n.Symbol, n.Class, n.Super, n.Group)
	if n.Call != nil {
		fmt.Fprintf(&b, "%+v", *n.Call)
	}
	if n.Sig != nil {
		fmt.Fprintf(&b, "%+v", *n.Sig)
	}
	return b.String()
}

// run judges all releases: each processor takes a run of neighbours, as these have most in common.
func (j *judge) run(ctx context.Context) error {
	n := len(j.releases)
	j.verdicts, j.supplies = make([][]api.Verdict, n), make([][]api.Verdict, n)
	shares := min(runtime.GOMAXPROCS(0), n)
	var workers sync.WaitGroup
	for share := range shares {
		workers.Go(func() {
			view := &api.View{}
			for i := share * n / shares; i < (share+1)*n/shares && ctx.Err() == nil; i++ {
				view = j.view(i, view)
				j.verdicts[i] = judgeAll(ctx, view, j.needs)
				j.supplies[i] = judgeAll(ctx, view, j.others)
			}
		})
	}
	workers.Wait()
	return ctx.Err()
}

func judgeAll(ctx context.Context, view *api.View, needs []*need) []api.Verdict {
	verdicts := make([]api.Verdict, len(needs))
	for i, n := range needs {
		if i%256 == 0 && ctx.Err() != nil {
			break
		}
		verdicts[i] = view.Judge(&n.Need)
	}
	return verdicts
}

// view is what the driver would find in a release; before is that of a neighbour.
func (j *judge) view(i int, before *api.View) *api.View {
	if before.Release == nil {
		before = j.q.Index.View(j.releases[i], j.q.Driver)
	}
	view := before.Next(j.releases[i])
	if i == j.current && len(j.q.Libraries) > 0 {
		view.Libraries = j.q.Libraries
	}
	return view
}

package driver

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// Op is the side that a Bound is on.
type Op string

const (
	Floor   Op = ">=" // no release below has it
	Ceiling Op = "<"  // no release from there on has it
	None    Op = ""   // no release has it at all; then there is no version
)

// Bound is what one symbol says of the version.
type Bound struct {
	Op      Op               `json:"op"`
	Version pep440.Version   `json:"version,omitzero"`
	Series  string           `json:"series,omitempty"`
	Witness Witness          `json:"witness"`
	Holes   []pep440.Version `json:"holes,omitempty"` // releases on the right side that lack it all the same
}

// Edge is an end of the feasible releases.
type Edge struct {
	Version   pep440.Version `json:"version"` // of a floor the lowest feasible release, of a ceiling the first that is too new
	Series    string         `json:"series,omitempty"`
	Witnesses []Witness      `json:"witnesses"` // what the release right outside lacks
}

// row is one way in which needs are met by the releases.
type row struct {
	lacks []string // by release; "" where nothing is missing
	has   []bool   // by release: it was seen there; where neither, it could not be told
	kind  api.NeedKind
	need  *need // one of them
	where []Where
	bound *LibraryBound
}

// rows puts needs together that the same releases lack, for the same reason.
func (j *judge) rows(in *Inference) []*row {
	var rows []*row
	by := map[[sha256.Size]byte]*row{}
	for n, need := range j.needs {
		fresh := &row{lacks: make([]string, len(j.releases)), has: make([]bool, len(j.releases)), kind: need.Kind, need: need}
		missing, untold := false, true
		for r := range j.releases {
			v := j.verdicts[r][n]
			if v.Answer == api.Missing {
				fresh.lacks[r], missing = cmp.Or(v.Lacks, need.Symbol), true
			}
			fresh.has[r] = v.Answer == api.Satisfied
			untold = untold && v.Answer == api.Unknown
		}
		if untold {
			in.Untold++
		}
		if !missing {
			continue
		}
		key := sha256.Sum256(fmt.Append(nil, fresh.lacks, fresh.has))
		if by[key] == nil {
			by[key] = fresh
			rows = append(rows, fresh)
		}
		by[key].where = append(by[key].where, need.where...)
	}
	for _, r := range rows {
		r.where = settle(r.where)
	}
	return rows
}

// ends are the first and the last release that it admits; first is len(lacks) where none. Releases of which it could not be told count with the nearest that has it: those beyond one that lacks it say nothing.
func (r *row) ends() (first, last int) {
	good := func(i int) bool { return r.lacks[i] == "" }
	start := slices.Index(r.has, true)
	if start < 0 {
		start = slices.Index(r.lacks, "")
	}
	if start < 0 {
		return len(r.lacks), -1
	}
	for first = start; first > 0 && good(first-1); first-- {
	}
	last = start
	for i := start; i < len(r.has); i++ {
		if r.has[i] {
			last = i
		}
	}
	for last < len(r.lacks)-1 && good(last+1) {
		last++
	}
	return first, last
}

// witness is the row as one release shows it. Witnesses of a row share its places.
func (r *row) witness(release int) Witness {
	return Witness{Symbol: r.lacks[release], Kind: r.kind, Where: r.where, Late: isLate(r.where), Library: r.bound}
}

// with joins what no release has together.
const with = " with "

// nowhere is the row where all releases lack something: what is lacking farthest along the chain, as one without the module lacks what would be in it too; where that differs, all of it, as no release has it together.
func (r *row) nowhere() Witness {
	var deepest []string
	for _, lacks := range r.lacks {
		above := func(other string) bool { return within(other, lacks) || strings.HasPrefix(other, lacks+"(") }
		if slices.ContainsFunc(deepest, above) {
			continue
		}
		deepest = append(slices.DeleteFunc(deepest, func(other string) bool { return within(lacks, other) || strings.HasPrefix(lacks, other+"(") }), lacks)
	}
	w := r.witness(0)
	w.Symbol = strings.Join(deepest, with)
	return w
}

// settle sorts places, each once; one that is reached early counts.
func settle(all []Where) []Where {
	slices.SortFunc(all, func(a, b Where) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, boolInt(a.Late)-boolInt(b.Late))
	})
	return slices.CompactFunc(all, func(a, b Where) bool { return a.File == b.File && a.Line == b.Line })
}

func isLate(all []Where) bool {
	return !slices.ContainsFunc(all, func(w Where) bool { return !w.Late })
}

// together puts witnesses of one symbol together, in the order in which they come.
func together(all []Witness) (merged []Witness) {
	at := map[string]int{}
	var places [][][]Where
	for _, w := range all {
		i, seen := at[w.Symbol]
		if !seen {
			i = len(merged)
			at[w.Symbol] = i
			merged, places = append(merged, w), append(places, nil)
		}
		places[i] = append(places[i], w.Where)
		if merged[i].Library == nil {
			merged[i].Library = w.Library
		}
	}
	for i, p := range places {
		if len(p) > 1 {
			merged[i].Where = settle(slices.Concat(p...))
			merged[i].Late = isLate(merged[i].Where)
		}
	}
	return merged
}

// flaws takes out what no release has for one reason, and what shows only when it is called.
func (j *judge) flaws(in *Inference, rows []*row) (rest []*row) {
	for _, r := range rows {
		if first, _ := r.ends(); first == len(r.lacks) && isLate(r.where) {
			if w := r.nowhere(); !strings.Contains(w.Symbol, with) {
				in.Flaws = append(in.Flaws, w)
				continue
			}
		}
		rest = append(rest, r)
	}
	in.Flaws = together(in.Flaws)
	return rest
}

// judgements fill in what each release lacks, and which lack nothing.
func (j *judge) judgements(in *Inference, rows []*row) {
	feasible, otherwise := make([]bool, len(j.releases)), make([]bool, len(j.releases))
	for i, release := range j.releases {
		judgement := Judgement{Version: release.Version, Series: release.Series, Installed: i == j.current}
		for _, v := range j.verdicts[i] {
			if v.Answer == api.Unknown {
				judgement.Unknown++
			}
		}
		otherwise[i] = true
		var missing []Witness
		for _, r := range rows {
			if r.lacks[i] != "" {
				missing = append(missing, r.witness(i))
				first, _ := r.ends()
				otherwise[i] = otherwise[i] && first == len(r.lacks)
			}
		}
		judgement.Missing = together(missing)
		feasible[i] = judgement.Feasible()
		in.Judged = append(in.Judged, judgement)
	}
	if j.current >= 0 {
		in.Current = &in.Judged[j.current]
	}
	in.Feasible = j.runs(feasible)
	if slices.ContainsFunc(rows, func(r *row) bool { first, _ := r.ends(); return first == len(r.lacks) }) {
		in.Otherwise = j.runs(otherwise)
	}
}

// runs are the intervals of the releases that are true.
func (j *judge) runs(good []bool) (runs []Interval) {
	for i, release := range j.releases {
		switch {
		case !good[i]:
		case i > 0 && good[i-1]:
			last := &runs[len(runs)-1]
			last.To, last.Count, last.Newest = release.Version, last.Count+1, i == len(good)-1
		default:
			runs = append(runs, Interval{release.Version, release.Version, 1, i == len(good)-1})
		}
	}
	return runs
}

// bounds says of each row where its floor and its ceiling are, and of the whole.
func (j *judge) bounds(in *Inference, rows []*row) {
	var all []Bound
	for _, r := range rows {
		if first, _ := r.ends(); first == len(r.lacks) {
			in.Nowhere = append(in.Nowhere, r.nowhere())
			continue
		}
		all = append(all, j.boundsOf(r)...)
	}
	slices.SortStableFunc(all, telling)
	in.Bounds, in.Nowhere = merge(all), together(in.Nowhere)
	j.edges(in)
	if len(in.Feasible) == 0 {
		for _, r := range conflict(rows, len(j.releases)) {
			in.Conflict = append(in.Conflict, j.boundsOf(r)...)
		}
		slices.SortStableFunc(in.Conflict, telling)
	}
}

// telling sorts floors before ceilings, and each by how many releases it excludes.
func telling(a, b Bound) int {
	switch {
	case a.Op != b.Op:
		return strings.Compare(string(b.Op), string(a.Op))
	case a.Op == Floor:
		return b.Version.Compare(a.Version)
	}
	return a.Version.Compare(b.Version)
}

// boundsOf are a row's floor and ceiling. One that is lacking between two releases that have it alone has a floor that is the first release.
func (j *judge) boundsOf(r *row) (bounds []Bound) {
	first, last := r.ends()
	if last < 0 {
		return []Bound{{Op: None, Witness: r.nowhere()}}
	}
	var holes []pep440.Version
	for i := first; i < last; i++ {
		if r.lacks[i] != "" {
			holes = append(holes, j.releases[i].Version)
		}
	}
	if last < len(r.lacks)-1 {
		bounds = append(bounds, j.bound(Ceiling, last+1, r.witness(last+1), holes))
	}
	if first > 0 {
		bounds = append(bounds, j.bound(Floor, first, r.witness(first-1), holes))
	}
	if bounds == nil {
		at := slices.IndexFunc(r.lacks, func(s string) bool { return s != "" })
		bounds = append(bounds, j.bound(Floor, 0, r.witness(at), holes))
	}
	return bounds
}

func (j *judge) bound(op Op, at int, w Witness, holes []pep440.Version) Bound {
	return Bound{op, j.releases[at].Version, j.releases[at].Series, w, holes}
}

// merge puts bounds of one symbol on one version together.
func merge(all []Bound) (merged []Bound) {
	at := map[string]int{}
	var witnesses [][]Witness
	for _, b := range all {
		key := fmt.Sprintf("%s %s %s %v", b.Op, b.Version, b.Witness.Symbol, b.Holes)
		i, seen := at[key]
		if !seen {
			i = len(merged)
			at[key] = i
			merged, witnesses = append(merged, b), append(witnesses, nil)
		}
		witnesses[i] = append(witnesses[i], b.Witness)
	}
	for i, w := range witnesses {
		merged[i].Witness = together(w)[0]
	}
	return merged
}

// edges are those of the feasible releases.
func (j *judge) edges(in *Inference) {
	if len(in.Feasible) == 0 {
		return
	}
	for i := range in.Judged {
		v := in.Judged[i].Version
		if i > 0 && v.Equal(in.Feasible[0].From) {
			in.Floor = &Edge{v, in.Judged[i].Series, in.Judged[i-1].Missing}
		}
		if i > 0 && in.Judged[i-1].Version.Equal(in.Feasible[len(in.Feasible)-1].To) {
			in.Ceiling = &Edge{v, in.Judged[i].Series, in.Judged[i].Missing}
		}
	}
}

// libraries says of each symbol of a library which of its versions have it.
func (j *judge) libraries(ctx context.Context, rows []*row) error {
	owner := j.owners()
	base := j.base()
	views := map[pep508.Name][]*api.View{}
	for _, r := range rows {
		at := slices.IndexFunc(r.lacks, func(s string) bool { return s != "" })
		name, known := owner[top(r.lacks[at])]
		if !known || base == nil {
			continue
		}
		if views[name] == nil {
			views[name] = j.libraryViews(base, name)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.bound = libraryBound(name, views[name], &r.need.Need)
	}
	return nil
}

// owners are the libraries by the top-level packages that they have.
func (j *judge) owners() map[string]pep508.Name {
	owner := map[string]pep508.Name{}
	for _, name := range slices.Sorted(maps.Keys(j.q.Index.Libraries)) {
		if all := j.q.Index.Libraries[name]; len(all) > 0 {
			for module := range all[len(all)-1].Modules {
				owner[top(module)] = name
			}
		}
	}
	return owner
}

// base is the newest release whose libraries are known.
func (j *judge) base() *api.Release {
	for _, r := range slices.Backward(j.q.Index.Releases) {
		if len(r.Libraries) > 0 {
			return r
		}
	}
	return nil
}

// libraryViews are the base with each version of a library in turn.
func (j *judge) libraryViews(base *api.Release, name pep508.Name) (views []*api.View) {
	for _, library := range j.q.Index.Libraries[name] {
		with := *base
		with.Libraries = maps.Clone(base.Libraries)
		with.Libraries[name] = library.Version
		views = append(views, j.q.Index.View(&with, j.q.Driver))
	}
	return views
}

func libraryBound(name pep508.Name, views []*api.View, n *api.Need) *LibraryBound {
	version := func(i int) pep440.Version { return views[i].Release.Libraries[name] }
	missing := make([]bool, len(views))
	for i, v := range views {
		missing[i] = v.Judge(n).Answer == api.Missing
	}
	b := &LibraryBound{Distribution: name}
	first := slices.Index(missing, false)
	if b.Nowhere = first < 0; b.Nowhere {
		return b
	}
	if first > 0 {
		b.From = version(first)
	}
	last := len(missing) - 1
	for missing[last] {
		last--
	}
	if last < len(missing)-1 {
		b.Before = version(last + 1)
	}
	return b
}

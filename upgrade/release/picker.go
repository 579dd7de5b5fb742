package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
)

// Policy says which of the admitted series is taken. A series' newest point release that fits is the target.
type Policy string

const (
	NewestMaintained Policy = "newest-maintained" // the default
	NewestSLURP      Policy = "newest-slurp"
	LowestInWindow   Policy = "lowest-in-window" // the least change that is still supported
)

// Picker is an upgrade.TargetPicker over the releases data.
type Picker struct {
	Source Source // nil: Embedded
	Policy Policy // "": NewestMaintained
	Window int    // only the latest N released series ("we support the latest 6"); 0: every one
	Want   string // a series (2025.1, epoxy) or a version (26.3.0) in place of the policy; then status and window refuse nothing
}

// candidate is a release that may be the target, or why it may not.
type candidate struct {
	Release
	reason string // why refused; "" where it is admitted
}

// PickTarget answers by the data alone. No admitted release is an error that wraps upgrade.ErrNoTarget and lists why each newer one was refused.
func (p *Picker) PickTarget(ctx context.Context, q upgrade.Query) (upgrade.Target, error) {
	series, err := ReadSeries(ctx, p.source())
	if err != nil {
		return upgrade.Target{}, err
	}
	all, err := p.candidates(ctx, q, series)
	if err != nil {
		return upgrade.Target{}, err
	}
	chosen, why, found := p.choose(all)
	refused := refusals(all)
	if !found {
		return upgrade.Target{}, p.noTarget(q, refused)
	}
	t := upgrade.Target{Version: chosen.Version, Series: chosen.Series.ID, Refused: refused, Why: append([]string{why}, p.remarks(ctx, q, series, chosen, all)...)}
	t.Constraints, err = ReadConstraints(ctx, p.source(), chosen.Series)
	if err != nil {
		return upgrade.Target{}, fmt.Errorf("%s %s has no upper-constraints: %w", q.Component.Name, t.Version, err)
	}
	return t, nil
}

func (p *Picker) source() Source {
	if p.Source == nil {
		return Embedded()
	}
	return p.Source
}

// candidates lists every release above the current one, newest first.
func (p *Picker) candidates(ctx context.Context, q upgrade.Query, series []Series) ([]candidate, error) {
	var all []candidate
	place := 0 // among the series that have a release, newest first
	for _, s := range series {
		releases, err := ReadReleases(ctx, p.source(), s, q.Component.Deliverable)
		if err != nil {
			return nil, err
		}
		if len(releases) > 0 && s.Status != Future && s.Status != Development {
			place++
		}
		for _, r := range releases {
			if r.Version.Compare(q.Current) > 0 {
				all = append(all, candidate{r, p.refuse(q, r, place)})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return b.Version.Compare(a.Version) })
	return all, nil
}

// refuse tells why a release cannot be the target; "" where it can.
func (p *Picker) refuse(q upgrade.Query, r Release, place int) string {
	s := r.Series
	for _, known := range q.Refused {
		if known.Version.Equal(r.Version) {
			return known.Reason
		}
		if r.Version.Compare(known.Version) < 0 && r.Version.Release(0) == known.Version.Release(0) && lacks(known) {
			return fmt.Sprintf("%s of the same series was %s", known.Version, known.Reason)
		}
	}
	for _, limit := range q.Requires {
		if limit.Name == q.Component.Distribution && !limit.Specifiers.Contains(r.Version) {
			return "not within " + limit.Specifiers.String()
		}
	}
	if p.Want != "" && !s.Is(p.Want) && !isVersion(p.Want, r.Version) {
		return "not what was asked for: " + p.Want
	}
	if p.Want == "" {
		if reason := p.refuseSeries(s, place); reason != "" {
			return reason
		}
	}
	if q.Versions != nil && !slices.ContainsFunc(q.Versions, r.Version.Equal) {
		return fmt.Sprintf("the index has no file of it for Python %s", q.Python)
	}
	return ""
}

// lacks reports whether a version was refused for what it has not: what a point release has not yet, an older one of its series has even less.
func lacks(r upgrade.Refusal) bool {
	return slices.ContainsFunc(r.Evidence, func(e upgrade.Evidence) bool {
		return e.Class == upgrade.MissingAPI || e.Class == upgrade.MissingOption
	})
}

func (p *Picker) refuseSeries(s Series, place int) string {
	switch {
	case s.Status != Maintained && (p.Window == 0 || s.Status == Future || s.Status == Development):
		return fmt.Sprintf("series %s is %s", s.ID, s.Status)
	case p.Window > 0 && place > p.Window:
		return fmt.Sprintf("series %s is not among the latest %d", s.ID, p.Window)
	case p.Policy == NewestSLURP && !s.SLURP:
		return fmt.Sprintf("series %s is no SLURP", s.ID)
	}
	return ""
}

func isVersion(text string, v pep440.Version) bool {
	want, err := pep440.Parse(text)
	return err == nil && want.Equal(v)
}

// choose takes the newest of the policy's series; all is newest first.
func (p *Picker) choose(all []candidate) (c candidate, why string, found bool) {
	admitted := slices.DeleteFunc(slices.Clone(all), func(c candidate) bool { return c.reason != "" })
	if len(admitted) == 0 {
		return candidate{}, "", false
	}
	c = admitted[0]
	if p.Want == "" && p.Policy == LowestInWindow {
		last := admitted[len(admitted)-1].Series.Name
		c = admitted[slices.IndexFunc(admitted, func(c candidate) bool { return c.Series.Name == last })]
	}
	return c, fmt.Sprintf("%s is the newest release of series %s (%s) that fits; %s", c.Version, c.Series.ID, c.Series.Status, p.ruleWords()), true
}

func (p *Picker) ruleWords() string {
	switch {
	case p.Want != "":
		return "asked for: " + p.Want
	case p.Policy == LowestInWindow:
		return fmt.Sprintf("policy: the lowest series of the window of %d", p.Window)
	case p.Policy == NewestSLURP:
		return "policy: the newest SLURP series"
	}
	return "policy: the newest maintained series"
}

// remarks are what the reader should know of the choice.
func (p *Picker) remarks(ctx context.Context, q upgrade.Query, series []Series, c candidate, all []candidate) []string {
	var why []string
	if n := len(q.Versions); n > 0 {
		if newest := slices.MaxFunc(q.Versions, pep440.Version.Compare); len(all) > 0 && newest.Compare(all[0].Version) > 0 {
			why = append(why, fmt.Sprintf("the index has %s, which the releases data do not know: refresh the data to consider it", newest))
		}
	}
	if next := c.Series.Next; !next.Date.IsZero() && !q.Now.IsZero() && q.Now.After(next.Date) {
		why = append(why, fmt.Sprintf("by the data series %s became %s on %s: refresh the data", c.Series.ID, next.Status, next.Date.Format("2006-01-02")))
	}
	if from, ok := p.seriesOf(ctx, q, series); ok {
		if hops := Path(series, from, c.Series); len(hops) > 1 {
			names := make([]string, len(hops))
			for i, s := range hops {
				names[i] = s.ID
			}
			why = append(why, fmt.Sprintf("upgrades are tested from %s by way of %s", from.ID, strings.Join(names, ", ")))
		}
	}
	return why
}

// seriesOf finds the series of the current version by its major number, as a distribution's own version may not be in the data.
func (p *Picker) seriesOf(ctx context.Context, q upgrade.Query, series []Series) (Series, bool) {
	for _, s := range series {
		releases, err := ReadReleases(ctx, p.source(), s, q.Component.Deliverable)
		if err == nil && len(releases) > 0 && releases[0].Version.Release(0) == q.Current.Release(0) {
			return s, true
		}
	}
	return Series{}, false
}

// Path lists the series that an upgrade goes through, from excluded and to included: adjacent steps, or from a SLURP series to the next SLURP one. nil where to is not newer.
func Path(series []Series, from, to Series) []Series {
	at := slices.IndexFunc(series, func(s Series) bool { return s.Name == from.Name })
	end := slices.IndexFunc(series, func(s Series) bool { return s.Name == to.Name })
	if at < 0 || end < 0 {
		return nil
	}
	var path []Series
	for at > end {
		at = nextHop(series, at, end)
		path = append(path, series[at])
	}
	return path
}

// nextHop is the place of the farthest series that can be reached from at in one step without passing end.
func nextHop(series []Series, at, end int) int {
	if series[at].SLURP {
		for i := at - 1; i >= end; i-- {
			if series[i].SLURP {
				return i
			}
		}
	}
	return at - 1
}

// refusals are those of the newest release of each series, newest first: point releases below it would repeat the reason.
func refusals(all []candidate) []upgrade.Refusal {
	var refused []upgrade.Refusal
	said := map[string]bool{}
	for _, c := range all {
		if key := c.Series.Name + c.reason; c.reason != "" && !said[key] {
			said[key] = true
			refused = append(refused, upgrade.Refusal{Version: c.Version, Reason: c.reason})
		}
	}
	return refused
}

func (p *Picker) noTarget(q upgrade.Query, refused []upgrade.Refusal) error {
	if len(refused) == 0 {
		return fmt.Errorf("%w: the releases data know no %s above %s", upgrade.ErrNoTarget, q.Component.Name, q.Current)
	}
	lines := make([]error, 0, len(refused)+1)
	lines = append(lines, fmt.Errorf("%w for %s above %s", upgrade.ErrNoTarget, q.Component.Name, q.Current))
	for _, r := range refused {
		lines = append(lines, fmt.Errorf("%s: %s", r.Version, r.Reason))
	}
	return errors.Join(lines...)
}

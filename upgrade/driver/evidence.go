package driver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

const (
	MaxLessons  = 256 // of one Learn; evidence beyond is not read
	MaxReadings = 16  // of one symbol as a log writes it; one that may mean more than that means nothing
)

// Direction says where the releases lie that have what a log found missing.
type Direction string

const (
	NoDirection Direction = ""      // no evidence of a version
	Lower       Direction = "lower" // some are newer than what ran
	Upper       Direction = "upper" // all are older
)

// Lesson is what one piece of evidence from a log says about the component's version.
type Lesson struct {
	Evidence  upgrade.Evidence `json:"evidence"`
	Direction Direction        `json:"direction,omitempty"`
	// At is, of Lower, the oldest release above what ran that has the symbol; of Upper, the oldest that lacks it after the newest that has it.
	At pep440.Version `json:"at,omitzero"`
	// Symbols are the absolute dotted names that the evidence's symbol may mean. A lesson is drawn where they all say the same.
	Symbols []string         `json:"symbols,omitempty"`
	Has     []pep440.Version `json:"has,omitempty"`   // releases that have it, ascending
	Lacks   []pep440.Version `json:"lacks,omitempty"` // releases that lack it, ascending: holes are among them. Of those in neither it cannot be told.
	Text    string           `json:"text"`            // a sentence
}

// Admits reports whether the lesson speaks for a release, or not against it.
func (l Lesson) Admits(v pep440.Version) bool {
	return l.Direction == NoDirection || !slices.ContainsFunc(l.Lacks, v.Equal)
}

// Learn says for each piece of evidence, as probe.Classify gives it, what it says about the version; ran is the version of the component that wrote the log, with q.Driver, which may be nil: then no class or option is known to be
// the driver's own.
//
// Symbols that are new and symbols that are gone fail alike. Which it is, and in which releases the symbol is, the Index says, release by release; the log says no more than which symbol to look up. So a log, whoever wrote it,
// moves a bound only by a symbol that the Index knows to be in some releases and to be missing in others, among them the one that ran if it knows that one, and never to a release that lacks the symbol.
func Learn(q Question, ran pep440.Version, evidence []upgrade.Evidence) []Lesson {
	l := newLearner(q, ran)
	lessons := make([]Lesson, 0, min(len(evidence), MaxLessons))
	for _, e := range evidence[:min(len(evidence), MaxLessons)] {
		lessons = append(lessons, l.learn(e))
	}
	return lessons
}

// learner looks up what one run of the component missed.
type learner struct {
	q       Question
	ran     pep440.Version
	running *api.View   // what ran; nil: not known
	views   []*api.View // all releases, ascending
}

func newLearner(q Question, ran pep440.Version) *learner {
	l := &learner{q: q, ran: ran}
	if q.Index == nil {
		return l
	}
	for _, r := range q.Index.Releases {
		if q.Current == nil || !q.Current.Version.Equal(r.Version) {
			l.add(r)
		}
	}
	if q.Current != nil {
		l.add(q.Current)
	}
	slices.SortStableFunc(l.views, func(a, b *api.View) int { return a.Release.Version.Compare(b.Release.Version) })
	return l
}

func (l *learner) add(r *api.Release) {
	v := l.q.Index.View(r, l.q.Driver)
	if r == l.q.Current && len(l.q.Libraries) > 0 {
		v.Libraries = l.q.Libraries
	}
	l.views = append(l.views, v)
	if r.Version.Equal(l.ran) {
		l.running = v
	}
}

// indexed reports whether a top-level package is the component's or a library's.
func (l *learner) indexed(top string) bool {
	return slices.ContainsFunc(l.views, func(v *api.View) bool {
		return v.Release.Modules[top] != nil || slices.ContainsFunc(v.Libraries, func(r *api.Release) bool { return r.Modules[top] != nil })
	})
}

func (l *learner) learn(e upgrade.Evidence) Lesson {
	lesson := Lesson{Evidence: e}
	if e.Class != upgrade.MissingAPI && e.Class != upgrade.MissingOption {
		lesson.Text = noVersionEvidence + l.reason(e)
		return lesson
	}
	readings, why := l.read(e)
	if len(readings) > 0 {
		readings, why = l.missed(readings)
	}
	lesson.Symbols = symbolsOf(readings)
	if len(readings) == 0 {
		lesson.Text = noVersionEvidence + why
		return lesson
	}
	for _, v := range l.views {
		switch agreed(readings, v) {
		case api.Satisfied:
			lesson.Has = append(lesson.Has, v.Release.Version)
		case api.Missing:
			lesson.Lacks = append(lesson.Lacks, v.Release.Version)
		}
	}
	l.conclude(&lesson)
	return lesson
}

// missed keeps the readings that what ran lacks: it cannot have failed for what it has.
func (l *learner) missed(readings []reading) (kept []reading, why string) {
	if l.running == nil {
		return readings, ""
	}
	why = fmt.Sprintf("%s %s has %s: the release is not what lacked it", l.q.Index.Component, l.ran, readings[0].symbol)
	for _, r := range readings {
		switch r.judge(l.running) {
		case api.Missing:
			kept = append(kept, r)
		case api.Unknown:
			why = fmt.Sprintf("the index cannot tell whether %s %s has %s", l.q.Index.Component, l.ran, r.symbol)
		}
	}
	return kept, why
}

// agreed is Unknown where readings differ.
func agreed(readings []reading, v *api.View) api.Answer {
	answer := readings[0].judge(v)
	for _, r := range readings[1:] {
		if r.judge(v) != answer {
			return api.Unknown
		}
	}
	return answer
}

// conclude finds the direction. A symbol that older and newer releases have, as one that was taken back to an older series, is a lower bound: the way is up.
func (l *learner) conclude(lesson *Lesson) {
	component, symbols := l.q.Index.Component, strings.Join(lesson.Symbols, " or ")
	above := slices.IndexFunc(lesson.Has, func(v pep440.Version) bool { return v.Compare(l.ran) > 0 })
	switch {
	case len(lesson.Has) == 0:
		lesson.Text = fmt.Sprintf("%sno release of %s that the index can tell of has %s", noVersionEvidence, component, symbols)
	case len(lesson.Lacks) == 0: // what ran is not in the index
		lesson.Text = fmt.Sprintf("%severy release of %s that the index can tell of has %s", noVersionEvidence, component, symbols)
	case above >= 0:
		lesson.Direction, lesson.At = Lower, lesson.Has[above]
		lesson.Text = fmt.Sprintf("needs %s >= %s: %s is in %s, not in %s", component, lesson.At, symbols, l.runs(lesson.Has), l.ran)
	default:
		newest := lesson.Has[len(lesson.Has)-1]
		i := slices.IndexFunc(lesson.Lacks, func(v pep440.Version) bool { return v.Compare(newest) > 0 })
		if i < 0 { // what ran is not in the index and newer than all that it can tell of
			lesson.Text = fmt.Sprintf("%s%s %s has %s, and of what came after it the index cannot tell", noVersionEvidence, component, newest, symbols)
			return
		}
		lesson.Direction, lesson.At = Upper, lesson.Lacks[i]
		lesson.Text = fmt.Sprintf("needs %s < %s: %s is in %s, no more in %s", component, lesson.At, symbols, l.runs(lesson.Has), l.ran)
	}
	lesson.Text += l.pinned(*lesson) + l.where(*lesson)
}

// runs names versions as runs of neighbouring releases: "22.1.2 to 22.3.0, 23.1.0 and later".
func (l *learner) runs(has []pep440.Version) string {
	var runs []string
	for i := 0; i < len(l.views); i++ {
		first := i
		for i < len(l.views) && slices.ContainsFunc(has, l.views[i].Release.Version.Equal) {
			i++
		}
		switch from := l.views[first].Release.Version; {
		case i == first:
		case i == len(l.views) && i-first > 1:
			runs = append(runs, from.String()+" and later")
		case i-first == 1:
			runs = append(runs, from.String())
		default:
			runs = append(runs, fmt.Sprintf("%s to %s", from, l.views[i-1].Release.Version))
		}
	}
	return strings.Join(runs, ", ")
}

// pinned says of a library's symbol which version of the library the bound comes from.
func (l *learner) pinned(lesson Lesson) string {
	if lesson.Direction == NoDirection {
		return ""
	}
	at := slices.IndexFunc(l.views, func(v *api.View) bool { return v.Release.Version.Equal(lesson.At) })
	top, _, _ := strings.Cut(lesson.Symbols[0], ".")
	for _, library := range l.views[at].Libraries {
		if library.Modules[top] != nil {
			return fmt.Sprintf("; with %s comes %s %s", lesson.At, library.Distribution, library.Version)
		}
	}
	return ""
}

// where says which line of the driver asks, where its own text tells.
func (l *learner) where(lesson Lesson) string {
	if l.q.Driver == nil {
		return ""
	}
	for _, n := range l.q.Driver.Needs {
		if slices.ContainsFunc(lesson.Symbols, func(s string) bool { name, _, _ := strings.Cut(s, "("); return name == n.Symbol }) {
			return fmt.Sprintf("; asked for at %s:%d", n.File, n.Line)
		}
	}
	return ""
}

package driver

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// What a text shows before it says how many more there are; JSON has all.
const (
	maxLines  = 40
	maxPlaces = 3
)

// WriteText writes the inference for an operator: what follows first, then the chain of evidence. The error is w's.
func (in *Inference) WriteText(w io.Writer) error {
	t := &text{}
	in.answer(t)
	in.installed(t)
	in.added(t)
	in.evidence(t)
	t.line("%s: %s judged; of %d nothing could be told; %d more it can do without. Nothing of the driver was run.", upgrade.Inferred, count(in.Needs, "need"), in.Untold, in.Guarded)
	_, err := io.WriteString(w, t.String())
	return err
}

// MarshalJSON writes what the package's text says. Of each release only the symbols that it lacks are told: their places stand in bounds and nowhere, and those of the installed one in current.
func (in *Inference) MarshalJSON() ([]byte, error) {
	type plain Inference
	type release struct {
		Judgement
		Feasible bool     `json:"feasible"`
		Missing  []string `json:"missing,omitempty"`
	}
	type current struct {
		Judgement
		Feasible bool `json:"feasible"`
		Late     bool `json:"late,omitempty"` // all that it lacks shows only when it is called
	}
	out := struct {
		*plain
		Confidence upgrade.Confidence `json:"confidence"`
		Judged     []release          `json:"releases"`
		Current    *current           `json:"current,omitempty"`
	}{plain: (*plain)(in), Confidence: upgrade.Inferred, Judged: make([]release, len(in.Judged))}
	for i, j := range in.Judged {
		out.Judged[i] = release{j, j.Feasible(), symbols(j.Missing)}
	}
	if in.Current != nil {
		out.Current = &current{*in.Current, in.Current.Feasible(), in.Current.Late()}
	}
	return json.Marshal(out)
}

func symbols(all []Witness) (names []string) {
	for _, w := range all {
		names = append(names, w.Symbol)
	}
	return names
}

// text is lines for a person.
type text struct{ strings.Builder }

func (t *text) line(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }

// list writes lines up to a bound.
func list[T fmt.Stringer](t *text, all []T) {
	for i, item := range all {
		if i == maxLines {
			t.line("  … and %d more", len(all)-i)
			return
		}
		t.line("  %s", item)
	}
}

// answer says which releases have all, in a line or two.
func (in *Inference) answer(t *text) {
	total := 0
	for _, i := range in.Feasible {
		total += i.Count
	}
	if total == 0 {
		in.unsatisfiable(t)
		return
	}
	t.line("All that the driver asks for is in %d of %s of %s: %s", total, count(len(in.Judged), "release"), in.Component, spans(in.Feasible))
	for _, e := range []*Edge{in.Floor, in.Ceiling} {
		op := Floor
		if e == in.Ceiling {
			op = Ceiling
		}
		if e == nil {
			continue
		}
		for i, w := range e.Witnesses {
			if i == maxPlaces {
				t.line("  … and %d more", len(e.Witnesses)-i)
				break
			}
			t.line("  needs %s %s%s: %s", op, e.Version, inSeries(e.Series), w)
		}
	}
}

func (in *Inference) unsatisfiable(t *text) {
	t.line("None of %s of %s has all that the driver asks for.", count(len(in.Judged), "release"), in.Component)
	if len(in.Conflict) > 1 {
		t.line("No one release has these together, so it mixes code for several:")
	}
	list(t, in.Conflict)
	if len(in.Nowhere) > 0 {
		t.line("Without what no release has, these remain: %s", spans(in.Otherwise))
	}
}

// installed says how the installed release stands.
func (in *Inference) installed(t *text) {
	switch c := in.Current; {
	case c == nil:
	case c.Feasible():
		t.line("%s, which is installed, has all that could be judged.", c.Version)
	default:
		how := "the driver does not start on it"
		if c.Late() {
			how = "each shows only when it is called, so the service would start cleanly and fail then"
		}
		t.line("%s, which is installed, lacks %s; %s:", c.Version, count(len(c.Missing), "symbol"), how)
		list(t, c.Missing)
	}
}

// added lists the distributions that some feasible release, or the installed one where none is, does not bring.
func (in *Inference) added(t *text) {
	at := pep440.Version{}
	switch {
	case len(in.Feasible) > 0:
		at = in.Feasible[len(in.Feasible)-1].To
	case len(in.Judged) > 0:
		at = in.Judged[len(in.Judged)-1].Version
	}
	if missing := in.SDKs(at); len(missing) > 0 {
		t.line("Distributions that %s does not install by itself, so add them:", at)
		list(t, missing)
	}
	var since []Distribution
	for _, d := range in.Distributions {
		if len(d.Required) > 0 && in.Current != nil && d.Required[0].From.Compare(in.Current.Version) > 0 {
			since = append(since, d)
		}
	}
	if len(since) > 0 {
		t.line("Distributions that only releases newer than %s install by themselves:", in.Current.Version)
		list(t, since)
	}
}

// flaws says where the driver fails whatever the release.
func (in *Inference) flaws(t *text) {
	if len(in.Flaws) > 0 {
		t.line("No release has these: the driver fails wherever it comes to them, which says nothing of the version:")
		list(t, in.Flaws)
	}
}

// evidence lists every bound.
func (in *Inference) evidence(t *text) {
	in.flaws(t)
	if len(in.Bounds)+len(in.Nowhere) == 0 {
		t.line("No symbol that it asks for tells one release from another.")
		return
	}
	t.line("Evidence:")
	for _, w := range in.Nowhere {
		t.line("  %s", Bound{Op: None, Witness: w})
	}
	list(t, in.Bounds)
	if holes := in.Holes(); len(holes) > 0 {
		t.line("Holes between feasible releases:")
		for i, j := range holes {
			if i == maxLines {
				t.line("  … and %d more", len(holes)-i)
				break
			}
			t.line("  %s lacks %s", j.Version, some(symbols(j.Missing)))
		}
	}
}

// String is the bound in words: "needs >= 24.2.0: cinder.volume.volume_utils.upload_volume(volume_fd=), rbd.py:812".
func (b Bound) String() string {
	if b.Op == None {
		return "no release has " + b.Witness.String()
	}
	holes := make([]string, len(b.Holes))
	for i, v := range b.Holes {
		holes[i] = v.String()
	}
	except := ""
	if len(holes) > 0 {
		except = ", not " + some(holes)
	}
	return fmt.Sprintf("needs %s %s%s%s: %s", b.Op, b.Version, inSeries(b.Series), except, b.Witness)
}

func inSeries(series string) string {
	if series == "" {
		return ""
	}
	return " (" + series + ")"
}

// String is the symbol with the versions of the library that it is of, and its places: "os_brick.initiator.storpool_utils (os-brick >= 6.11.1), storpool.py:20".
func (w Witness) String() string {
	text := w.Symbol
	if w.Kind == api.NeedOption {
		text = "option " + text
	}
	if w.Library != nil {
		text += " (" + w.Library.String() + ")"
	}
	if len(w.Where) > 0 {
		text += ", " + places(w.Where)
	}
	if w.Late {
		text += ", late"
	}
	return text
}

// String is "os-brick >= 6.11.1".
func (b LibraryBound) String() string {
	switch {
	case b.Nowhere:
		return fmt.Sprintf("no %s has it", b.Distribution)
	case b.From.IsZero() && b.Before.IsZero():
		return string(b.Distribution)
	case b.From.IsZero():
		return fmt.Sprintf("%s < %s", b.Distribution, b.Before)
	case b.Before.IsZero():
		return fmt.Sprintf("%s >= %s", b.Distribution, b.From)
	}
	return fmt.Sprintf("%s >= %s, < %s", b.Distribution, b.From, b.Before)
}

// String is the place, without what would change a terminal.
func (w Where) String() string {
	file := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, w.File)
	return fmt.Sprintf("%s:%d", file, w.Line)
}

// String is the distribution with what is known of how it comes.
func (d Distribution) String() string {
	text := fmt.Sprintf("%s (import %s, %s)", d.Name, d.Module, places(d.Where))
	if d.Guarded {
		text += ", the module loads without it"
	}
	if d.Extra != "" {
		text += ", an extra: " + d.Extra
	}
	if len(d.Required) > 0 {
		text += ", required by " + spans(d.Required)
	}
	return text
}

func places(all []Where) string {
	words := make([]string, 0, len(all))
	for _, w := range all {
		words = append(words, w.String())
	}
	return some(words)
}

// some joins the first few.
func some(words []string) string {
	if len(words) > maxPlaces+1 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:maxPlaces], ", "), len(words)-maxPlaces)
	}
	return strings.Join(words, ", ")
}

// spans writes intervals: "19.2.0, 21.1.0 to 24.0.0, 25.0.0 and newer".
func spans(all []Interval) string {
	words := make([]string, len(all))
	for i, s := range all {
		words[i] = s.From.String()
		if s.Count > 1 {
			words[i] += " to " + s.To.String()
		}
		if s.Newest {
			words[i] += ", the newest"
		}
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, "; ")
}

func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

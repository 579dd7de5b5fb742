package pubgrub

import (
	"fmt"
	"slices"
	"strings"
)

// Words finds the words for a proof. Both give a clause without capital or full stop.
type Words[P Package, S Set[S]] interface {
	// Fact words a fact: "flask 2.3 depends on click>=8". An empty text keeps silent about a fact that another one implies for the reader.
	Fact(*Incompatibility[P, S]) string
	// Conclusion words what follows: "flask 2.3 cannot be used"; with no terms, that there is no solution.
	Conclusion(*Incompatibility[P, S]) string
}

// Line is one sentence of an explanation. Number is what later sentences call it by, 0 where none does.
type Line struct {
	Number int
	Text   string
}

func (l Line) String() string {
	if l.Number == 0 {
		return l.Text
	}
	return fmt.Sprintf("(%d) %s", l.Number, l.Text)
}

// Reason is a proof in words: a fact has no Because.
type Reason struct {
	Text    string
	Because []*Reason

	uses, number int
}

// Reasons words a proof. A conclusion that is used twice is one *Reason. Facts without words are left out, and a
// conclusion that repeats the only one that it rests on.
func Reasons[P Package, S Set[S]](proof *Incompatibility[P, S], words Words[P, S]) *Reason {
	b := builder[P, S]{words: words, done: map[*Incompatibility[P, S]]*Reason{}}
	return b.build(proof)
}

type builder[P Package, S Set[S]] struct {
	words Words[P, S]
	done  map[*Incompatibility[P, S]]*Reason
}

func (b *builder[P, S]) build(c *Incompatibility[P, S]) *Reason {
	r, ok := b.done[c]
	if !ok {
		r = b.word(c)
		b.done[c] = r
	}
	return r
}

func (b *builder[P, S]) word(c *Incompatibility[P, S]) *Reason {
	if c.Left == nil {
		return &Reason{Text: b.words.Fact(c)}
	}
	r := &Reason{Text: b.words.Conclusion(c)}
	left, right := b.build(c.Left), b.build(c.Right)
	if !left.tellsAlready(right) {
		r.Because = append(r.Because, left)
	}
	if !right.tellsAlready(left) && right.Text != left.Text {
		r.Because = append(r.Because, right)
	}
	if len(r.Because) == 1 && len(r.Because[0].Because) > 0 {
		r.Because = r.Because[0].Because
	}
	return r
}

// tellsAlready reports whether a fact needs no mention: it has no words, or the conclusion beside it rests on the same.
func (r *Reason) tellsAlready(beside *Reason) bool {
	if len(r.Because) > 0 {
		return false
	}
	return r.Text == "" || slices.ContainsFunc(beside.Because, func(f *Reason) bool { return len(f.Because) == 0 && f.Text == r.Text })
}

// Explain tells a proof in sentences, each resting on those before it, in the manner of PubGrub's "Error reporting".
func Explain(proof *Reason) []Line {
	proof.count()
	e := explainer{}
	e.tell(proof, false)
	return e.lines
}

func (r *Reason) count() {
	r.uses++
	if r.uses == 1 {
		for _, c := range r.Because {
			c.count()
		}
	}
}

type explainer struct {
	lines   []Line
	numbers int
}

// tell adds the sentences that end with r's.
func (e *explainer) tell(r *Reason, cited bool) {
	var given []string // facts, and conclusions told before
	var open []*Reason // conclusions not yet told
	for _, c := range r.Because {
		switch {
		case len(c.Because) == 0:
			given = append(given, c.Text)
		case c.number > 0:
			given = append(given, fmt.Sprintf("%s (%d)", c.Text, c.number))
		default:
			open = append(open, c)
		}
	}
	for len(open) > 1 {
		first := open[0]
		if first.number == 0 {
			e.tell(first, true)
		}
		given = append(given, fmt.Sprintf("%s (%d)", first.Text, first.number))
		open = open[1:]
	}
	lead := "Because "
	if len(open) == 1 {
		lead = "And because "
		if c := open[0]; c.number > 0 { // told meanwhile
			given, lead = append(given, fmt.Sprintf("%s (%d)", c.Text, c.number)), "Because "
		} else {
			e.tell(c, false)
		}
	}
	e.say(r, lead, given, cited)
}

func (e *explainer) say(r *Reason, lead string, given []string, cited bool) {
	l := Line{Text: lead + strings.Join(given, " and ") + ", " + r.Text + "."}
	switch {
	case len(r.Because) == 0:
		l.Text = strings.ToUpper(r.Text[:1]) + r.Text[1:] + "."
	case len(given) == 0:
		l.Text = "So " + r.Text + "."
	}
	if cited || r.uses > 1 {
		e.numbers++
		r.number, l.Number = e.numbers, e.numbers
	}
	e.lines = append(e.lines, l)
}

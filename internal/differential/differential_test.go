//go:build oracle

package differential

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var (
	seed = flag.Uint64("seed", 440, "seed of the inputs")
	size = flag.Int("inputs", 10000, "inputs of each kind")
	venv = flag.String("venv", "", "virtual environment to use, made where absent (default: a temporary one)")
)

// question is one input; its arguments are what both sides answer from.
type question struct {
	Kind string   `json:"kind"`
	Args []string `json:"args"`
}

// kind is one sort of input: how to make one, and what we answer.
type kind struct {
	name     string
	fixed    [][]string // always asked
	generate func(g *generator) []string
	answer   func(args []string) []string
	minimum  float64 // share of the inputs that must be invalid
}

// kinds are compared input by input; tag lists, which are few and long, are apart.
var kinds = []kind{versionKind, specifierKind, rangeKind, requirementKind, markerKind, wheelKind, sdistKind}

var invalid = []string{"invalid"}

// maxShown bounds the differences that are printed for each kind.
const maxShown = 25

func TestDifferential(t *testing.T) {
	t.Logf("seed %d, packaging %s", *seed, packaging)
	var questions []question
	for _, k := range kinds {
		questions = append(questions, k.questions(*seed, *size)...)
	}
	inputs := len(questions)
	for _, x := range targets() {
		questions = append(questions, x.question())
	}
	theirs := ask(t, questions)
	total := 0
	for _, k := range kinds {
		count := len(k.fixed) + *size
		t.Run(k.name, func(t *testing.T) { k.compare(t, questions[total:total+count], theirs[total:total+count]) })
		total += count
	}
	t.Run("tags", func(t *testing.T) { compareTagLists(t, theirs[inputs:]) })
	t.Logf("%d inputs", inputs)
	if *size < 5000 || inputs < 50000 {
		t.Errorf("%d inputs of each kind, %d in all: too few to show anything", *size, inputs)
	}
	reportDifferences(t)
}

// questions are the fixed inputs and then n generated ones. Each kind has a stream of its own, so that one more kind changes no other.
func (k kind) questions(seed uint64, n int) []question {
	stream := uint64(0)
	for _, c := range []byte(k.name) {
		stream = stream*31 + uint64(c)
	}
	g := &generator{rand.New(rand.NewPCG(seed, stream))}
	var out []question
	for _, args := range k.fixed {
		out = append(out, question{k.name, args})
	}
	for range n {
		out = append(out, question{k.name, k.generate(g)})
	}
	return out
}

func (k kind) compare(t *testing.T, questions []question, theirs [][]string) {
	refused, shown, documented := 0, 0, 0
	for i, q := range questions {
		ours := k.safely(q.Args)
		if slices.Equal(theirs[i], invalid) {
			refused++
		}
		switch {
		case slices.Equal(ours, theirs[i]):
		case isDocumented(q, ours, theirs[i]):
			documented++
		default:
			if shown++; shown <= maxShown {
				t.Errorf("%q\nours   %q\ntheirs %q", q.Args, ours, theirs[i])
			}
		}
	}
	share := float64(refused) / float64(len(questions))
	t.Logf("%d inputs, %.1f %% of them invalid, %d documented differences", len(questions), 100*share, documented)
	if shown > 0 {
		t.Errorf("%d differences", shown)
	}
	if share < k.minimum {
		t.Errorf("%.1f %% of the inputs are invalid, want %.0f %%", 100*share, 100*k.minimum)
	}
}

// safely turns a panic of ours into an answer that no oracle gives.
func (k kind) safely(args []string) (answer []string) {
	defer func() {
		if p := recover(); p != nil {
			answer = []string{fmt.Sprint("panic: ", p)}
		}
	}()
	return k.answer(args)
}

func flags(values ...bool) string {
	var b strings.Builder
	for _, v := range values {
		if v {
			b.WriteByte('1')
		} else {
			b.WriteByte('0')
		}
	}
	return b.String()
}

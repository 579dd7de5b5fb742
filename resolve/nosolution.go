package resolve

import (
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// NoSolutionError says that no set of distributions satisfies a request on its platform, and why. It wraps dist.ErrNotFound where a project that
// the index does not know has a part in it, else Lack.
type NoSolutionError struct {
	Platform string
	Report   []string      // the reasons in sentences, each resting on those before it
	Proof    *Derivation   // the same as a tree
	Unknown  []pep508.Name // projects that the index does not know and that have a part in it
	Lack     error         // ErrNoVersion or ErrNoFile, where that is all there is to it; nil: requirements contradict each other
}

// Derivation is a conclusion and what it rests on.
type Derivation struct {
	Text    string        `json:"text"`
	Because []*Derivation `json:"because,omitempty"` // none for a fact; left out where the same conclusion stands earlier in the tree
}

func (e *NoSolutionError) Error() string {
	return "no solution for " + e.Platform + ":\n" + strings.Join(e.Report, "\n")
}

func (e *NoSolutionError) Unwrap() error {
	if len(e.Unknown) > 0 {
		return dist.ErrNotFound
	}
	return e.Lack
}

func (r *run) noSolution(proof *incompatibility) *NoSolutionError {
	w := words{catalog: r.catalog}
	reasons := pubgrub.Reasons(proof, &w)
	e := &NoSolutionError{Platform: r.rules.platform.Name, Proof: derivation(reasons, map[*pubgrub.Reason]bool{}), Unknown: unique(w.unknown), Lack: w.blame(proof)}
	for _, line := range pubgrub.Explain(reasons) {
		e.Report = append(e.Report, line.String())
	}
	return e
}

func derivation(r *pubgrub.Reason, seen map[*pubgrub.Reason]bool) *Derivation {
	d := &Derivation{Text: r.Text}
	if seen[r] {
		return d
	}
	seen[r] = true
	for _, c := range r.Because {
		d.Because = append(d.Because, derivation(c, seen))
	}
	return d
}

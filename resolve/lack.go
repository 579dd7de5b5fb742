package resolve

import (
	"errors"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// What a NoSolutionError wraps where nothing contradicts anything else, and projects merely do not have what is asked for. KindNoVersion and KindNoWheel of package bundle
// are made of them.
var (
	// ErrNoVersion: no version is within what is asked for, or those that are are for other Pythons, too new, or no final releases.
	ErrNoVersion = errors.New("no version matches what is asked")
	// ErrNoFile: versions are, but have no file for the platform that may be chosen; or the project has no file at all.
	ErrNoFile = errors.New("no file for the platform")
)

// blame finds what a proof rests on but for what requires what: nil where it is not the same lack throughout, or where two ask for one project, so that it may be they who
// contradict each other.
func (w *words) blame(proof *incompatibility) error {
	b := blaming{words: w, seen: map[*incompatibility]bool{}, by: map[pep508.Name]pep508.Name{}}
	if !b.agrees(proof) {
		return nil
	}
	return b.lack
}

type blaming struct {
	*words
	seen map[*incompatibility]bool
	by   map[pep508.Name]pep508.Name // who asks for a project that has what is asked for
	lack error
}

// agrees reports whether all facts of a proof go with what was found so far.
func (b *blaming) agrees(c *incompatibility) bool {
	if b.seen[c] {
		return true
	}
	b.seen[c] = true
	if c.Left != nil {
		return b.agrees(c.Left) && b.agrees(c.Right)
	}
	switch f := c.Cause.(type) {
	case onlyUsable:
		return true
	case *requires:
		return b.admits(f)
	}
	return false
}

func (b *blaming) admits(f *requires) bool {
	var lack error
	switch f.kind {
	case nothing:
		who, asked := b.by[f.Name]
		b.by[f.Name] = f.by.name
		return !asked || who == f.by.name
	case noVersion:
		if lack = ErrNoVersion; b.project(f.Name).count() == 0 {
			lack = ErrNoFile
		}
	case noFile:
		lack = b.noneOf(f)
	}
	if b.lack == nil {
		b.lack = lack
	}
	return lack != nil && b.lack == lack
}

// noneOf is what the newest of the versions lacks that a requirement admits.
func (b *blaming) noneOf(f *requires) error {
	p, newest := b.project(f.Name), 0
	for i := range p.set(f.dependency, f.variant).newest() {
		newest = i
		break
	}
	if why := b.refusal(p.release(newest), f.variant).Why; why == NoUsableWheel || why == OtherFormat {
		return ErrNoFile
	}
	return ErrNoVersion
}

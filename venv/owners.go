package venv

import (
	"errors"
	"path"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// owners knows who brings which file.
type owners struct {
	claims   map[string]claim
	paths    []string // of claims, in their order
	problems []error
}

type claim struct {
	name pep508.Name
	hash string
}

// checkOwners finds paths that two distributions claim with other content or as a file and as a folder, and names that the file system cannot hold side by side.
func (a *application) checkOwners(wheels []*incoming) error {
	o := &owners{claims: map[string]claim{}}
	for _, in := range wheels {
		for _, p := range in.files {
			o.claim(in, p.To, p.Hash)
		}
		for _, m := range in.made {
			o.claim(in, m.to, wheel.HashOf(m.body))
		}
		o.claim(in, path.Join(in.library, in.contents.DistInfo, "RECORD"), "of "+string(in.Name))
	}
	o.folders()
	folds, err := a.f.Folds()
	if folds {
		o.problems = append(o.problems, archive.Collisions(o.paths)...)
	}
	return errors.Join(append(o.problems, err)...)
}

func (o *owners) claim(in *incoming, to, hash string) {
	other, twice := o.claims[to]
	switch {
	case !twice:
		o.claims[to] = claim{in.Name, hash}
		o.paths = append(o.paths, to)
	case other.hash != hash || other.name == in.Name:
		o.problems = append(o.problems, &ConflictError{to, in.Name, other.name, "both are to be installed"})
	}
}

// folders finds files where others need a folder.
func (o *owners) folders() {
	seen := map[string]bool{".": true}
	for _, to := range o.paths {
		for dir := path.Dir(to); !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			if file, ok := o.claims[dir]; ok {
				o.problems = append(o.problems, &ConflictError{dir, file.name, o.claims[to].name, "a folder, and both are to be installed"})
			}
		}
	}
}

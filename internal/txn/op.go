package txn

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Op is one change of a transaction: what is at Path, a file or a folder with all below it, goes to Old, and what waits at New comes in. All are slash paths below
// the root. Without New, Path is removed; without Old, nothing is at Path yet.
type Op struct {
	Path string `json:"path"`
	New  string `json:"new,omitempty"`
	Old  string `json:"old,omitempty"`

	// What is at Path and New before the transaction; Commit fills them in where two names can be exchanged.
	OldID durable.Identity `json:"old_id,omitzero"`
	NewID durable.Identity `json:"new_id,omitzero"`
}

type kind int8

// In this order ops are done: on a file system that takes a.py and A.py for one name, what goes out must be out first.
const (
	remove kind = iota
	replace
	put
)

func (o Op) kind() kind {
	switch {
	case o.New == "":
		return remove
	case o.Old == "":
		return put
	}
	return replace
}

func sortOps(ops []Op) {
	slices.SortStableFunc(ops, func(a, b Op) int {
		return cmp.Or(cmp.Compare(a.kind(), b.kind()), strings.Compare(a.Path, b.Path))
	})
}

// Renames is what a transaction does.
type Renames struct {
	Ops   []Op     `json:"ops"`             // in the order in which they are done
	Prune []string `json:"prune,omitempty"` // folders to remove after Ops, where they are empty; inner ones first
}

// check refuses what a journal may not hold: paths that are not clean and local, and ops that lie within one another.
func (r Renames) check(state string) error {
	var paths []string
	for _, o := range r.Ops {
		if err := o.check(state); err != nil {
			return err
		}
		paths = append(paths, o.Path)
	}
	for _, dir := range r.Prune {
		if !changeable(dir, state) {
			return fmt.Errorf("%q: not a folder that a transaction may remove", dir)
		}
	}
	return checkNesting(paths)
}

func (o Op) check(state string) error {
	if !changeable(o.Path, state) && path.Dir(o.Path) != state {
		return fmt.Errorf("%q: not a path that a transaction may change", o.Path)
	}
	if o.New == "" && o.Old == "" {
		return fmt.Errorf("op on %q does nothing", o.Path)
	}
	for _, place := range []string{o.New, o.Old} {
		if place != "" && (!fs.ValidPath(place) || !within(place, state)) {
			return fmt.Errorf("op on %q: place %q is not below %s", o.Path, place, state)
		}
	}
	return nil
}

// changeable reports whether a path lies below the root, and not within the state folder nor around it.
func changeable(name, state string) bool {
	return fs.ValidPath(name) && name != "." && name != state && !within(name, state) && !within(state, name)
}

func checkNesting(paths []string) error {
	all := map[string]bool{}
	for _, p := range paths {
		if all[p] {
			return fmt.Errorf("two ops on %q", p)
		}
		all[p] = true
	}
	for _, p := range paths {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			if all[dir] {
				return fmt.Errorf("ops on %q and within it, on %q", dir, p)
			}
		}
	}
	return nil
}

// within reports whether name lies below dir.
func within(name, dir string) bool { return strings.HasPrefix(name, dir+"/") }

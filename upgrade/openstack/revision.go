package openstack

import (
	"errors"
	"fmt"
	"strings"
)

// MaxRevisionFile bounds a migration file, in bytes.
const MaxRevisionFile = 1 << 20

// Revision is one migration of alembic, as its file says it.
type Revision struct {
	ID      string
	Down    []string // what it revises; several where it merges branches, none where it is the first
	Depends []string // of other branches, which must be there before it
}

// RevisionError says why a migration file cannot be read. The file's code is never run, so what it computes is not known.
type RevisionError struct {
	File   string
	Reason string
}

func (e *RevisionError) Error() string { return e.File + ": " + e.Reason }

// ParseRevision reads a migration from the text of its file: the assignments to revision, down_revision and depends_on at the top level, whose values are None, strings or
// sequences of strings (alembic, "Create a Migration Script"). ok is false where the file assigns no revision, as a module that only helps others does.
func ParseRevision(src string) (r Revision, ok bool, err error) {
	if len(src) > MaxRevisionFile {
		return r, false, fmt.Errorf("more than %d bytes", MaxRevisionFile)
	}
	s := scanner{src: strings.TrimPrefix(src, "\ufeff")}
	values := map[string]value{}
	for s.at < len(s.src) {
		name := s.target()
		if name == "revision" || name == "down_revision" || name == "depends_on" {
			if v, assigned := s.assigned(); assigned {
				values[name] = v
			}
		}
		if err := s.skipStatement(); err != nil {
			return r, false, err
		}
	}
	id, ok := values["revision"]
	if !ok {
		return r, false, nil
	}
	for name, v := range values {
		if !v.literal {
			return r, false, fmt.Errorf("%s is computed, not written out", name)
		}
	}
	if id.list || len(id.items) != 1 || id.items[0] == "" {
		return r, false, errors.New("revision is no single identifier")
	}
	return Revision{ID: id.items[0], Down: values["down_revision"].items, Depends: values["depends_on"].items}, true, nil
}

package openstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	// MaxRevisions bounds the migration files of a component.
	MaxRevisions = 5000
	// maxDepth bounds the folders below that of the migrations: neutron has <series>/expand.
	maxDepth = 4
)

// Schema is what a component's code knows of its database.
type Schema struct {
	Revisions []Revision // sorted by ID
	Heads     []string   // that no other revises; one for each branch
	Tips      []string   // heads that no other depends on: what alembic_version holds once all are applied
	Legacy    []string   // folders of sqlalchemy-migrate repositories
}

// ReadSchema reads the migrations of c from the library folder site (a site-packages, or the tree of an opened wheel), without running them. A component without a
// Revisions folder has a Schema with none. What cannot be read is a *RevisionError.
func ReadSchema(ctx context.Context, site fs.FS, c upgrade.Component) (Schema, error) {
	var s Schema
	found := map[string]Revision{}
	if c.Database.Revisions != "" {
		if err := s.walk(ctx, site, path.Clean(c.Database.Revisions), found); err != nil {
			return Schema{}, err
		}
		top, _, _ := strings.Cut(c.Database.Revisions, "/")
		if err := s.findLegacy(ctx, site, top); err != nil {
			return Schema{}, err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(found)) {
		s.Revisions = append(s.Revisions, found[id])
	}
	return s, s.order(found)
}

func (s *Schema) walk(ctx context.Context, site fs.FS, folder string, found map[string]Revision) error {
	files := 0
	return fs.WalkDir(site, folder, func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		switch {
		case errors.Is(err, fs.ErrNotExist) && name == folder:
			return nil
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "__pycache__" || strings.Count(name, "/") > strings.Count(folder, "/")+maxDepth):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".py":
			return nil
		}
		if files++; files > MaxRevisions {
			return &RevisionError{folder, fmt.Sprintf("more than %d migrations", MaxRevisions)}
		}
		return readRevision(site, name, found)
	})
}

func readRevision(site fs.FS, name string, found map[string]Revision) error {
	b, err := readLimited(site, name, MaxRevisionFile)
	if err != nil {
		return err
	}
	r, ok, err := ParseRevision(string(b))
	if err != nil {
		return &RevisionError{name, err.Error()}
	}
	if !ok {
		return nil
	}
	if _, twice := found[r.ID]; twice {
		return &RevisionError{name, fmt.Sprintf("revision %s is another file's too", r.ID)}
	}
	found[r.ID] = r
	return nil
}

// readLimited reads a file of at most limit bytes.
func readLimited(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("more than %d bytes", limit)}
	}
	return b, err
}

// order finds heads and tips. A graph whose every revision is revised, or that lacks one, is refused: its heads would be wrong.
func (s *Schema) order(found map[string]Revision) error {
	revised, needed := map[string]bool{}, map[string]bool{}
	for _, r := range s.Revisions {
		for _, id := range r.Down {
			if _, ok := found[id]; !ok {
				return &RevisionError{r.ID, fmt.Sprintf("revises %s, which is not there", id)}
			}
			revised[id] = true
		}
		for _, id := range r.Depends {
			needed[id] = true
		}
	}
	for _, r := range s.Revisions {
		if !revised[r.ID] {
			s.Heads = append(s.Heads, r.ID)
			if !needed[r.ID] {
				s.Tips = append(s.Tips, r.ID)
			}
		}
	}
	if cycle := s.cycle(found); cycle != "" {
		return &RevisionError{cycle, "revises itself, by others"}
	}
	return nil
}

// cycle names a revision that cannot be reached from a first one; "" where all can.
func (s *Schema) cycle(found map[string]Revision) string {
	above, open := map[string][]string{}, map[string]int{}
	var ready []string
	for _, r := range s.Revisions {
		for _, id := range r.Down {
			above[id] = append(above[id], r.ID)
		}
		if open[r.ID] = len(r.Down); len(r.Down) == 0 {
			ready = append(ready, r.ID)
		}
	}
	for reached := 0; reached < len(ready); reached++ {
		for _, id := range above[ready[reached]] {
			if open[id]--; open[id] == 0 {
				ready = append(ready, id)
			}
		}
	}
	for id := range found {
		if open[id] > 0 {
			return id
		}
	}
	return ""
}

// Knows reports whether a revision is one of the schema's.
func (s *Schema) Knows(id string) bool {
	_, ok := slices.BinarySearchFunc(s.Revisions, id, func(r Revision, id string) int { return strings.Compare(r.ID, id) })
	return ok
}

// findLegacy finds repositories of sqlalchemy-migrate: a folder with migrate.cfg beside a folder versions.
func (s *Schema) findLegacy(ctx context.Context, site fs.FS, top string) error {
	err := fs.WalkDir(site, path.Join(top, "db"), s.legacyAt(ctx, site))
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = fs.WalkDir(site, path.Join(top, "common", "sql"), s.legacyAt(ctx, site))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (s *Schema) legacyAt(ctx context.Context, site fs.FS) fs.WalkDirFunc {
	return func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		if d.Name() == "migrate.cfg" && !d.IsDir() {
			folder := path.Dir(name)
			if st, err := fs.Stat(site, path.Join(folder, "versions")); err == nil && st.IsDir() {
				s.Legacy = append(s.Legacy, folder)
			}
		}
		return nil
	}
}

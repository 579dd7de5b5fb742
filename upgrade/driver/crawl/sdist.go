package crawl

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// readSdist reads an sdist as it would be installed, as far as its files tell without a build: its packages are the folders with an __init__.py right below its top folder, or below src or lib there. Of PKG-INFO the one at the
// top counts, and the entry points are those in an .egg-info folder.
func readSdist(ctx context.Context, blob dist.Blob, f dist.File, c *collector) error {
	open := openTar
	if strings.HasSuffix(strings.ToLower(f.File), ".zip") {
		open = openZip
	}
	members, err := open(ctx, blob)
	if err != nil {
		return err
	}
	s := sdist{c: c, file: f, packages: map[string]bool{}}
	for _, m := range members {
		if package_, ok := strings.CutSuffix(below(m.name), "/__init__.py"); ok {
			s.packages[package_] = true
		}
	}
	for _, m := range members {
		if err := s.take(m); err != nil {
			return err
		}
	}
	if !s.described {
		return errors.New("it has no PKG-INFO at its top")
	}
	return nil
}

// sdist is one that is being read.
type sdist struct {
	c         *collector
	file      dist.File
	packages  map[string]bool // cinder, src/demo
	described bool
}

// below is a path without the sdist's top folder.
func below(name string) string {
	_, rest, _ := strings.Cut(name, "/")
	return rest
}

func (s *sdist) take(m member) error {
	name := below(m.name)
	switch {
	case name == "PKG-INFO":
		s.described = true
		return with(m, func(b []byte) error { return s.c.metadata(b, s.file) })
	case path.Base(name) == "entry_points.txt" && strings.HasSuffix(path.Dir(name), ".egg-info"):
		return with(m, func(b []byte) error {
			points, err := wheel.ParseEntryPoints(b)
			s.c.entryPoints(points)
			return err
		})
	}
	for _, root := range []string{"", "src/", "lib/"} {
		inside, ok := strings.CutPrefix(name, root)
		top, _, nested := strings.Cut(inside, "/")
		if ok && nested && s.packages[root+top] {
			m.name = inside
			return s.c.take(m)
		}
	}
	return nil
}

func with(m member, use func([]byte) error) error {
	b, err := m.read()
	if err != nil {
		return err
	}
	return use(b)
}

// wanted reports whether a file of an sdist is read, and the largest that it may be.
func wanted(name string) (limit int64, ok bool) {
	switch base := path.Base(name); {
	case base == "PKG-INFO":
		return dist.MaxMetadata, true
	case base == "entry_points.txt":
		return wheel.MaxEntryPoints, true
	case strings.HasSuffix(base, ".py"):
		return pyast.MaxSource, true
	}
	return 0, false
}

// openZip lists the files of a zip.
func openZip(_ context.Context, blob dist.Blob) ([]member, error) {
	z, err := archive.Open(blob, blob.Size(), archive.Limits{Files: MaxFiles, Unpacked: maxUnpacked})
	if err != nil {
		return nil, err
	}
	var all []member
	for _, e := range z.Entries() {
		if limit, ok := wanted(e.Name); ok {
			all = append(all, member{e.Name, e.Size, func() ([]byte, error) {
				if e.Size > limit {
					return nil, &fs.PathError{Op: "read", Path: e.Name, Err: ErrTooLarge}
				}
				return z.ReadFile(e.Name)
			}})
		}
	}
	return all, nil
}

// openTar reads the files of a gzipped tar that are wanted. Links and devices count for nothing.
func openTar(ctx context.Context, blob dist.Blob) ([]member, error) {
	unpacked, err := gzip.NewReader(io.NewSectionReader(blob, 0, blob.Size()))
	if err != nil {
		return nil, err
	}
	rest := &io.LimitedReader{R: unpacked, N: maxUnpacked}
	t := &tarred{r: tar.NewReader(rest)}
	for t.entries = 0; t.entries <= MaxFiles; t.entries++ {
		h, err := t.r.Next()
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case rest.N <= 0:
			return nil, fmt.Errorf("%w: it unpacks to more than %d bytes", ErrTooLarge, int64(maxUnpacked))
		case err == io.EOF:
			return t.found, nil
		case err != nil:
			return nil, err
		}
		if err := t.take(h); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: %d files", ErrTooLarge, t.entries)
}

// tarred is a tar that is being read.
type tarred struct {
	r       *tar.Reader
	found   []member
	entries int
	total   int64
}

func (t *tarred) take(h *tar.Header) error {
	limit, ok := wanted(h.Name)
	name := path.Clean(h.Name)
	if !ok || h.Typeflag != tar.TypeReg || !fs.ValidPath(name) {
		return nil
	}
	if h.Size > limit {
		t.found = append(t.found, member{name, h.Size, func() ([]byte, error) { return nil, &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge} }})
		return nil
	}
	if t.total += h.Size; t.total > MaxTexts {
		return fmt.Errorf("%w: %d bytes of Python", ErrTooLarge, t.total)
	}
	text, err := durable.ReadAtMost(t.r, limit)
	if err != nil {
		return err
	}
	t.found = append(t.found, member{name, h.Size, func() ([]byte, error) { return text, nil }})
	return nil
}

package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// shelfSchema is the layout of what a shelf holds; another layout is another shelf.
const shelfSchema = 1

// Files of a shelf. A wheel lies in a folder named by its own sha256, so that two processes which build it at once do not replace each other's.
const (
	shelfRequires = "requires.json"
	shelfMetadata = "metadata.json"
	shelfWheel    = "wheel.json"
)

// shelf is the place in the Cache for what one sdist gives with one interpreter, one set of build requirements and one Environ.
type shelf struct {
	cache string // the Cache's folder
	name  string // of the shelf below it, slash-separated
}

func (b *Builder) shelf(s *sdist, of *set) (*shelf, error) {
	root, err := b.cache()
	if err != nil {
		return nil, err
	}
	defer root.Close()
	h := sha256.New()
	fmt.Fprintf(h, "%d %q %q\n", shelfSchema, b.identity(), of.key)
	sh := &shelf{cache: root.Name(), name: path.Join(s.sha256, hex.EncodeToString(h.Sum(nil))[:32])}
	return sh, root.MkdirAll(sh.name, 0o777)
}

// identity tells what beside sdist and requirements a wheel may depend on: the interpreter and the variables that the user sets.
func (b *Builder) identity() []string {
	p := b.Python
	id := []string{p.Implementation, p.Version.String(), p.CacheTag, p.ExtSuffix, p.ABIFlags, p.PlatformTag, p.BasePrefix}
	environ := slices.DeleteFunc(slices.Clone(b.Environ), func(v string) bool { return strings.HasPrefix(v, "PATH=") })
	slices.Sort(environ)
	return append(id, environ...)
}

// requires is what the backend asked for besides; ok is false where nobody asked it yet.
func (s *shelf) requires() (list []string, ok bool) {
	return list, s.read(shelfRequires, &list)
}

func (s *shelf) keepRequires(list []string) error { return s.keep(shelfRequires, list) }

// metadata is METADATA as the backend prepared it; ok is false where it did not.
func (s *shelf) metadata() (text []byte, ok bool) {
	return text, s.read(shelfMetadata, &text)
}

func (s *shelf) keepMetadata(text []byte) error { return s.keep(shelfMetadata, text) }

// read reads a record. One that is absent, damaged or newer is as none.
func (s *shelf) read(record string, v any) bool {
	b, err := os.ReadFile(s.path(record))
	return err == nil && durable.UnmarshalRecord(b, shelfSchema, v) == nil
}

func (s *shelf) keep(record string, v any) error {
	b, err := durable.MarshalRecord(shelfSchema, v)
	if err != nil {
		return err
	}
	return durable.WritePath(s.path(record), b, 0o644)
}

func (s *shelf) path(name string) string {
	return filepath.Join(s.cache, filepath.FromSlash(s.name), name)
}

// wheelRecord names the wheel on a shelf.
type wheelRecord struct {
	File   string `json:"file"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

func (r wheelRecord) artifact() dist.Artifact {
	return dist.Artifact{File: r.File, Size: r.Size, Hashes: map[string]string{"sha256": r.SHA256}}
}

// wheel is the wheel that the shelf holds, if its bytes are what was put there; "": none.
func (s *shelf) wheel(ctx context.Context) (file string, r wheelRecord) {
	if !s.read(shelfWheel, &r) || filepath.Base(r.File) != r.File || !digest.IsSHA256(r.SHA256) {
		return "", r
	}
	file = filepath.Join(s.path(r.SHA256), r.File)
	blob, err := dist.OpenFile(file)
	if err != nil {
		return "", r
	}
	defer blob.Close()
	if verify(ctx, blob, r.artifact()) != nil {
		return "", r
	}
	return file, r
}

// verify hashes a blob against an artifact.
func verify(ctx context.Context, blob dist.Blob, a dist.Artifact) error {
	v := dist.NewVerifier(a)
	if _, err := io.Copy(v, durable.Within(ctx, io.NewSectionReader(blob, 0, blob.Size()))); err != nil {
		return err
	}
	return v.Check()
}

// keepWheel copies a wheel onto the shelf: first the file, then the record that names it.
func (s *shelf) keepWheel(ctx context.Context, name string, blob dist.Blob) (file string, r wheelRecord, err error) {
	v := dist.NewVerifier(dist.Artifact{File: name, Size: -1})
	if _, err := io.Copy(v, durable.Within(ctx, io.NewSectionReader(blob, 0, blob.Size()))); err != nil {
		return "", r, err
	}
	r = wheelRecord{File: name, Size: v.Size(), SHA256: v.SHA256()}
	dir := s.path(r.SHA256)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", r, err
	}
	if err := copyInto(ctx, dir, name, blob); err != nil {
		return "", r, err
	}
	return filepath.Join(dir, name), r, s.keep(shelfWheel, r)
}

func copyInto(ctx context.Context, dir, name string, blob dist.Blob) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	temp, err := durable.Create(root, name, 0o644)
	if err != nil {
		return err
	}
	if _, err := io.Copy(temp, durable.Within(ctx, io.NewSectionReader(blob, 0, blob.Size()))); err != nil {
		return errors.Join(err, temp.Discard())
	}
	return temp.Commit()
}

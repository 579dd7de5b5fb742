package driver

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

const (
	// MaxEntries bounds the entries of an archive or the files of a folder that are looked at.
	MaxEntries = 200_000
	// MaxFiles bounds the Python files of a driver.
	MaxFiles = 20_000
	// MaxFile bounds one Python file, in bytes.
	MaxFile = 4 << 20
	// MaxText bounds all Python files of a driver together, in bytes.
	MaxText = 128 << 20
	// MaxUnpacked bounds what an archive with a driver may unpack to, in bytes.
	MaxUnpacked = 256 << 20
)

// gathered is what was read of a source: the Python files that are no tests, and what tells of the project, by slash paths below the source.
type gathered struct {
	texts   map[string][]byte
	entries int
	size    int64
}

// projectFiles tell what a project is called and requires, or that a folder is one.
var projectFiles = []string{"PKG-INFO", "METADATA", "requires.txt", "requirements.txt", "pyproject.toml", "setup.cfg"}

// wanted reports whether a file is read: tests, hidden folders and caches are not.
func wanted(name string) bool {
	parts := strings.Split(name, "/")
	base := parts[len(parts)-1]
	if slices.ContainsFunc(parts[:len(parts)-1], unwantedFolder) {
		return false
	}
	if path.Ext(base) != ".py" {
		return slices.Contains(projectFiles, base)
	}
	return !strings.HasPrefix(base, ".") && !strings.HasPrefix(base, "test_") && base != "conftest.py"
}

func unwantedFolder(name string) bool {
	return strings.HasPrefix(name, ".") && name != "." || name == "tests" || name == "test" || name == "__pycache__" || name == "node_modules"
}

// seen counts an entry.
func (g *gathered) seen(name string) error {
	if g.entries++; g.entries > MaxEntries {
		return &LimitError{name, fmt.Sprintf("more than %d files", MaxEntries)}
	}
	return nil
}

// add reads a file, if it is wanted.
func (g *gathered) add(name string, body io.Reader) error {
	if !wanted(name) {
		return nil
	}
	if len(g.texts) >= MaxFiles {
		return &LimitError{name, fmt.Sprintf("more than %d Python files", MaxFiles)}
	}
	text, err := durable.ReadAtMost(body, MaxFile)
	if errors.Is(err, durable.ErrDamaged) {
		return &LimitError{name, fmt.Sprintf("more than %d bytes", MaxFile)}
	}
	if err != nil {
		return err
	}
	if g.size += int64(len(text)); g.size > MaxText {
		return &LimitError{name, fmt.Sprintf("more than %d bytes of Python together", MaxText)}
	}
	g.texts[name] = text
	return nil
}

// gather reads a file, a folder or an archive.
func gather(ctx context.Context, name string) (*gathered, kind, error) {
	g := &gathered{texts: map[string][]byte{}}
	st, err := os.Stat(name)
	switch lower := strings.ToLower(name); {
	case err != nil:
		return nil, 0, err
	case st.IsDir():
		return g, aFolder, g.folder(ctx, name)
	case !st.Mode().IsRegular():
		return nil, 0, fmt.Errorf("neither a file nor a folder: %s", st.Mode().Type())
	case strings.HasSuffix(lower, ".py"):
		return g, aFile, g.file(name)
	case strings.HasSuffix(lower, ".whl"), strings.HasSuffix(lower, ".zip"):
		return g, anArchive, g.zip(ctx, name)
	case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
		return g, anArchive, g.tar(ctx, name)
	}
	return nil, 0, errors.New("neither a .py file, a folder, a wheel nor an sdist")
}

// kind is what a source is.
type kind int8

const (
	aFile kind = iota
	aFolder
	anArchive
)

func (g *gathered) file(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := durable.ReadAtMost(f, MaxFile)
	if errors.Is(err, durable.ErrDamaged) {
		return &LimitError{filepath.Base(name), fmt.Sprintf("more than %d bytes", MaxFile)}
	}
	g.texts[filepath.Base(name)] = text
	return err
}

// folder reads what lies below a folder. A link to a file within it is followed, one to a folder or out of it is not.
func (g *gathered) folder(ctx context.Context, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() && unwantedFolder(d.Name()):
			return fs.SkipDir
		case d.IsDir():
			return g.seen(name)
		}
		if err := g.seen(name); err != nil || !wanted(name) {
			return err
		}
		return g.below(root, name)
	})
}

// below reads one file below a root; what is no regular file there is passed over.
func (g *gathered) below(root *os.Root, name string) error {
	st, err := root.Stat(name)
	if err != nil || !st.Mode().IsRegular() {
		if st, lerr := root.Lstat(name); lerr == nil && st.Mode()&fs.ModeSymlink != 0 {
			return nil
		}
		return err
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	return g.add(name, f)
}

func (g *gathered) zip(ctx context.Context, name string) error {
	blob, err := dist.OpenFile(name)
	if err != nil {
		return err
	}
	defer blob.Close()
	z, err := archive.Open(blob, blob.Size(), archive.Limits{Files: MaxEntries, Unpacked: MaxUnpacked})
	if err != nil {
		return err
	}
	for _, e := range z.Entries() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !wanted(e.Name) {
			continue
		}
		f, err := z.Open(e.Name)
		if err != nil {
			return err
		}
		err = g.add(e.Name, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// tar reads a gzipped tar. Links are not followed, as nothing that Python imports from an sdist's wheel is one.
func (g *gathered) tar(ctx context.Context, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	r := tar.NewReader(&bounded{ctx, z, name, MaxUnpacked})
	for {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := g.seen(h.Name); err != nil {
			return err
		}
		clean := path.Clean(h.Name)
		if h.Typeflag != tar.TypeReg || clean == "." {
			continue
		}
		if !fs.ValidPath(clean) {
			return fmt.Errorf("a name that leads out of the archive: %.200q", h.Name)
		}
		if err := g.add(clean, r); err != nil {
			return err
		}
	}
}

// bounded is a reader that ends with a context, and gives no more than so many bytes.
type bounded struct {
	ctx  context.Context
	r    io.Reader
	name string
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &LimitError{b.name, fmt.Sprintf("it unpacks to more than %d bytes", MaxUnpacked)}
	}
	return n, err
}

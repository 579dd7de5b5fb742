package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Dir is a resolve.Index over folders of wheels and sdists on this machine; what lies in folders below them does not count. The folders are listed at the first question and each project's files hashed
// at the first question for it, once in a Dir's life. Safe for concurrent use; not to be copied, nor its fields changed, after first use.
type Dir struct {
	Folders  []string  // of one file name in several, the first folder's counts
	Uploaded time.Time // what every file's upload time is said to be; zero: unknown, so that a policy that excludes newer files excludes these

	mu       sync.Mutex
	paths    map[pep508.Name][]string // nil: not listed yet
	projects onceMap[pep508.Name, *dist.Project]
}

var _ resolve.Index = (*Dir)(nil)

// Project gives the files of a project.
func (d *Dir) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	return d.projects.do(ctx, name, func(ctx context.Context) (*dist.Project, error) {
		paths, err := d.list()
		if err != nil {
			return nil, err
		}
		if len(paths[name]) == 0 {
			return nil, fmt.Errorf("project %s is not in %q: %w", name, d.Folders, dist.ErrNotFound)
		}
		p := &dist.Project{Name: name}
		for _, path := range paths[name] {
			f, err := d.file(ctx, path)
			if err != nil {
				return nil, err
			}
			p.Files = append(p.Files, f)
		}
		return p, nil
	})
}

// list reads the folders, until that succeeds once.
func (d *Dir) list() (map[pep508.Name][]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.paths != nil {
		return d.paths, nil
	}
	paths, seen := map[pep508.Name][]string{}, map[string]bool{}
	for _, folder := range d.Folders {
		list, err := os.ReadDir(folder)
		if err != nil {
			return nil, fmt.Errorf("wheel folder: %w", err)
		}
		for _, e := range list {
			f, err := dist.ParseFilename(e.Name())
			if err != nil || e.IsDir() || seen[e.Name()] {
				continue
			}
			seen[e.Name()] = true
			paths[f.Name] = append(paths[f.Name], filepath.Join(folder, e.Name()))
		}
	}
	d.paths = paths
	return paths, nil
}

// file hashes one file; requires-python, which an index would say, is taken from its METADATA.
func (d *Dir) file(ctx context.Context, path string) (dist.File, error) {
	name, err := dist.ParseFilename(filepath.Base(path))
	if err != nil {
		return dist.File{}, err
	}
	b, err := dist.OpenFile(path)
	if err != nil {
		return dist.File{}, err
	}
	defer b.Close()
	v := dist.NewVerifier(dist.Artifact{Size: -1})
	if err := hashAll(ctx, v, b); err != nil {
		return dist.File{}, err
	}
	address, err := FileURL(path)
	if err != nil {
		return dist.File{}, err
	}
	folder, err := FileURL(filepath.Dir(path))
	f := dist.File{
		Filename: name,
		Artifact: dist.Artifact{File: filepath.Base(path), URL: address, Size: v.Size(), Hashes: map[string]string{"sha256": v.SHA256()}},
		Uploaded: d.Uploaded,
		Index:    folder,
	}
	if m, err := wheelMetadata(f, b); err == nil { // a wheel that cannot be read is refused by Metadata, which says why
		f.RequiresPython = m.RequiresPython
	}
	return f, err
}

// Metadata reads a wheel's metadata. The file must still have the hash that Project told.
func (d *Dir) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	path, ok, err := localPath(f.URL)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s: not a file of a local folder", f.File)
	}
	b, err := openLocal(ctx, f.Artifact, path)
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w: %w", dist.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return wheelMetadata(f, b)
}

func wheelMetadata(f dist.File, b dist.Blob) (*dist.Metadata, error) {
	if f.Kind != dist.Wheel {
		return nil, fmt.Errorf("%s: %w", f.File, ErrNoMetadata)
	}
	text, err := readMetadata(f.File, b.Size(), fromReader(b))
	if err != nil {
		return nil, err
	}
	return parseMetadata(f, text)
}

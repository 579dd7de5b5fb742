package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// page is a project's page (PEP 691, PEP 700), as it is recorded and as it is served.
type page struct {
	Meta     meta        `json:"meta"`
	Name     pep508.Name `json:"name"`
	Versions []string    `json:"versions"`
	Files    []file      `json:"files"`
}

type meta struct {
	APIVersion string `json:"api-version"`
}

// file is one file of a page.
type file struct {
	Filename       string            `json:"filename"`
	URL            string            `json:"url"`
	Hashes         map[string]string `json:"hashes"`
	RequiresPython string            `json:"requires-python,omitempty"`
	Size           *int64            `json:"size,omitempty"`
	UploadTime     *time.Time        `json:"upload-time,omitempty"`
	Yanked         any               `json:"yanked"`                  // a bool, or the reason
	CoreMetadata   any               `json:"core-metadata,omitempty"` // true, or hashes
}

// project gives what is recorded of a project, and records it first where it is not.
func (s *Server) project(ctx context.Context, name pep508.Name) (*project, error) {
	if p := s.held.get(name); p != nil {
		return p, nil
	}
	p, err, _ := s.flights.Do("page "+string(name), func() (any, error) {
		recorded, err := s.recorded(context.WithoutCancel(ctx), name)
		if err != nil {
			return nil, err
		}
		p := newProject(recorded, s.NoMetadata, s.Before)
		s.held.put(name, p)
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	return p.(*project), nil
}

// recorded reads a page from the folder, and asks the indexes where it is not there.
func (s *Server) recorded(ctx context.Context, name pep508.Name) (*page, error) {
	path := filepath.Join(s.Dir, "pages", string(name)+".json")
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		p := &page{}
		if err := json.Unmarshal(b, p); err != nil {
			return nil, fmt.Errorf("%s.json: %w: remove it", name, err)
		}
		return p, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case s.Offline:
		return nil, fmt.Errorf("the page of %s is not recorded: %w", name, dist.ErrNotFound)
	}
	p, err := s.ask(ctx, name)
	if err != nil {
		return nil, err
	}
	if b, err = json.Marshal(p); err != nil {
		return nil, err
	}
	return p, keep(path, b)
}

// keep records bytes under a name.
func keep(path string, b []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return durable.WritePath(path, b, 0o644)
}

// ask fetches a page. Each time by a new Client, as a Client remembers all it was told.
func (s *Server) ask(ctx context.Context, name pep508.Name) (*page, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	p, err := (&index.Client{URLs: s.URLs, RoundTripper: s.wire, Logger: s.Logger}).Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return newPage(p), nil
}

// newPage is a project as a page.
func newPage(p *dist.Project) *page {
	out := &page{Meta: meta{APIVersion: "1.1"}, Name: p.Name, Versions: []string{}, Files: []file{}}
	seen := map[string]bool{}
	for _, f := range p.Files {
		if v := f.Version.String(); !seen[v] {
			seen[v] = true
			out.Versions = append(out.Versions, v)
		}
		out.Files = append(out.Files, newFile(f))
	}
	slices.Sort(out.Versions)
	return out
}

func newFile(f dist.File) file {
	out := file{Filename: f.File, URL: f.URL, Hashes: f.Hashes, RequiresPython: f.RequiresPython.String(), Yanked: f.Yanked}
	if out.Hashes == nil {
		out.Hashes = map[string]string{}
	}
	if f.Size >= 0 {
		out.Size = &f.Size
	}
	if !f.Uploaded.IsZero() {
		at := f.Uploaded.UTC()
		out.UploadTime = &at
	}
	if f.Yanked && f.YankedReason != "" {
		out.Yanked = f.YankedReason
	}
	switch f.MetadataHash {
	case "":
	case "true":
		out.CoreMetadata = true
	default:
		out.CoreMetadata = map[string]string{"sha256": f.MetadataHash}
	}
	return out
}

// artifact is what a recorded file promises.
func (f *file) artifact() dist.Artifact {
	a := dist.Artifact{File: f.Filename, URL: f.URL, Size: -1, Hashes: f.Hashes}
	if f.Size != nil {
		a.Size = *f.Size
	}
	return a
}

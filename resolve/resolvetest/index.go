package resolvetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Index is a resolve.Index in memory. The zero Index knows nothing. Fill it before it is used; then it is safe for concurrent use.
type Index struct {
	projects map[pep508.Name]*dist.Project
	metadata map[string]*dist.Metadata // by file name

	mu    sync.Mutex
	asked []string
}

// Add puts a file on its project's page, with its metadata; nil metadata leaves the file without. A project without files is made by AddProject.
func (x *Index) Add(f dist.File, m *dist.Metadata) {
	x.AddProject(f.Name)
	p := x.projects[f.Name]
	p.Files = append(p.Files, f)
	if x.metadata == nil {
		x.metadata = map[string]*dist.Metadata{}
	}
	x.metadata[f.File] = m
}

// AddProject makes a project known.
func (x *Index) AddProject(name pep508.Name) {
	if x.projects == nil {
		x.projects = map[pep508.Name]*dist.Project{}
	}
	if x.projects[name] == nil {
		x.projects[name] = &dist.Project{Name: name}
	}
}

// Project returns the files of a project.
func (x *Index) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.note("project " + string(name))
	p, ok := x.projects[name]
	if !ok {
		return nil, fmt.Errorf("project %s: %w", name, dist.ErrNotFound)
	}
	return p, nil
}

// Metadata returns the metadata that a file was added with.
func (x *Index) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	x.note("metadata " + f.File)
	m := x.metadata[f.File]
	if m == nil {
		return nil, fmt.Errorf("metadata of %s: %w", f.File, dist.ErrNotFound)
	}
	return m, nil
}

func (x *Index) note(question string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.asked = append(x.asked, question)
}

// Asked returns the questions since the last call: "project flask", "metadata flask-2.3.3-py3-none-any.whl".
func (x *Index) Asked() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	asked := x.asked
	x.asked = nil
	return asked
}

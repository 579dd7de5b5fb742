package driver

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
)

// Reader reads Python texts: *pyast.Reader.
type Reader interface {
	Surfacer
	Needer
}

// offers is what the releases offer: Index, or what comes along, which is decoded once.
func (p *Picker) offers(component pep508.Name) (*api.Index, error) {
	if p.Index != nil {
		return p.Index, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.embedded == nil || p.embedded.Component != component {
		index, err := data.Open(component)
		if err != nil {
			return nil, err
		}
		p.embedded = index
	}
	return p.embedded, nil
}

// ask puts together what an inference is asked.
func (p *Picker) ask(ctx context.Context, index *api.Index, tree *Tree) (q Question, err error) {
	q.Index, q.Have = index, p.Have
	if q.Driver, err = Read(ctx, tree, p.Reader, index); err != nil {
		return q, err
	}
	if len(p.Current) == 0 {
		return q, nil
	}
	if p.installed == nil {
		if p.installed, err = p.readInstalled(ctx, index); err != nil {
			return q, err
		}
	}
	q.Current, q.Libraries = p.installed.Current, p.installed.Libraries
	return q, nil
}

// readInstalled reads the component and the libraries beside it. A library that is not there is judged by the Index.
func (p *Picker) readInstalled(ctx context.Context, index *api.Index) (*Question, error) {
	now := &Question{}
	var err error
	if now.Current, err = Installed(ctx, p.Current, index.Component, p.Reader); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(index.Libraries)) {
		library, err := Installed(ctx, p.Current, name, p.Reader)
		if errors.Is(err, ErrNotInstalled) {
			continue
		}
		if err != nil {
			return nil, err
		}
		now.Libraries = append(now.Libraries, library)
	}
	return now, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// assemble makes one index of what was chosen: the configuration's folders, then each index in its order, with the files of find-links beside; and projects that come
// from one index only. one makes a client of addresses.
func assemble(c indexconf.Choice, wheels []string, one func(urls ...string) resolve.Index) (resolve.Index, error) {
	links, err := existing(c.Links)
	if err != nil {
		return nil, err
	}
	all, err := inOrder(c.Indexes, wheels, one)
	if err != nil {
		return nil, err
	}
	var ix resolve.Index
	switch {
	case len(all) == 0 && len(c.Indexes) == 0: // no-index
		return folders(links), nil
	case len(all) == 1: // as it is, with its optional abilities
		ix = all[0]
	default:
		ix = index.FirstOf(all...)
	}
	if len(links) > 0 {
		ix = &withLinks{folders(links), ix}
	}
	return withSources(c, ix, one)
}

// inOrder makes clients and folders of the indexes that all projects may come from; neighbours of one kind are one.
func inOrder(indexes []indexconf.Index, wheels []string, one func(urls ...string) resolve.Index) ([]resolve.Index, error) {
	var all []resolve.Index
	local, urls := slices.Clone(wheels), []string(nil)
	flush := func() {
		if len(local) > 0 {
			all = append(all, folders(local))
		}
		if len(urls) > 0 {
			all = append(all, one(urls...))
		}
		local, urls = nil, nil
	}
	for _, i := range indexes {
		switch {
		case i.Explicit:
		case isFile(i.URL):
			if len(urls) > 0 {
				flush()
			}
			folder, err := folderOf(i.URL)
			if err != nil {
				return nil, err
			}
			local = append(local, folder)
		default:
			urls = append(urls, i.URL)
		}
	}
	flush()
	return all, nil
}

// folders is an index over folders. Their files are the user's own, and there on purpose: no date leaves them out.
func folders(paths []string) *index.Dir {
	return &index.Dir{Folders: paths, Uploaded: time.Unix(0, 0).UTC()}
}

// existing are the find-links that are there and have a wheel or an sdist, as paths.
func existing(links []string) ([]string, error) {
	var all []string
	for _, s := range links {
		if isFile(s) {
			var err error
			if s, err = folderOf(s); err != nil {
				return nil, err
			}
		}
		list, err := os.ReadDir(s)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("find-links: %w", err)
		}
		if slices.ContainsFunc(list, func(e os.DirEntry) bool { _, err := dist.ParseFilename(e.Name()); return err == nil }) {
			all = append(all, s)
		}
	}
	return all, nil
}

// withSources sends the projects of --index-of and [tool.uv.sources] to their index, and to no other.
func withSources(c indexconf.Choice, rest resolve.Index, one func(urls ...string) resolve.Index) (resolve.Index, error) {
	if len(c.Sources) == 0 {
		return rest, nil
	}
	byName := map[string]resolve.Index{"": elsewhere{}}
	for _, i := range c.Indexes {
		if i.Name == "" {
			continue
		}
		i.Explicit = false
		own, err := inOrder([]indexconf.Index{i}, nil, one)
		if err != nil {
			return nil, err
		}
		byName[i.Name] = own[0]
	}
	p := &index.Pinned{Pins: map[pep508.Name]resolve.Index{}, Rest: rest}
	for project, name := range c.Sources {
		n, err := pep508.ParseName(project)
		if err != nil {
			return nil, badConfiguration(fmt.Errorf("the project of an index: %w", err))
		}
		p.Pins[n] = byName[name]
	}
	return p, nil
}

// elsewhere is the index of projects that uv takes from no index, or from one that a marker chooses: to ask any would be to take a stranger's.
type elsewhere struct{}

// Project refuses.
func (elsewhere) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	return nil, usage("[tool.uv.sources] takes %s from no index, or from one that a marker chooses, which is not supported: give --index", name)
}

// Metadata is not asked for, as there are no files.
func (elsewhere) Metadata(_ context.Context, f dist.File) (*dist.Metadata, error) {
	return nil, fmt.Errorf("metadata of %s: %w", f.File, dist.ErrNotFound)
}

// withLinks is an index with the files of folders beside its own, as pip and uv have find-links: of one file name the folder's counts.
type withLinks struct {
	links *index.Dir
	rest  resolve.Index
}

// Project gives the files of both.
func (w *withLinks) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	near, err := w.links.Project(ctx, name)
	if errors.Is(err, dist.ErrNotFound) {
		return w.rest.Project(ctx, name)
	}
	if err != nil {
		return nil, err
	}
	far, err := w.rest.Project(ctx, name)
	if errors.Is(err, dist.ErrNotFound) {
		return near, nil
	}
	if err != nil {
		return nil, err
	}
	both := &dist.Project{Name: name, Files: slices.Clone(near.Files)}
	for _, f := range far.Files {
		if !slices.ContainsFunc(near.Files, func(n dist.File) bool { return n.File == f.File }) {
			both.Files = append(both.Files, f)
		}
	}
	return both, nil
}

// Listing gives the same files in brief.
func (w *withLinks) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	if _, err := w.links.Project(ctx, name); errors.Is(err, dist.ErrNotFound) {
		return resolve.ListingOf(ctx, w.rest, name)
	}
	p, err := w.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return dist.NewListing(p), nil
}

// Metadata asks where the file lies.
func (w *withLinks) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if isFile(f.URL) {
		return w.links.Metadata(ctx, f)
	}
	return w.rest.Metadata(ctx, f)
}

// Prefetch hands on the names to the index, where it knows that.
func (w *withLinks) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := w.rest.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, names...)
	}
}

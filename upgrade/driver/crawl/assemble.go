package crawl

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// assemble puts the releases together that could be read.
func (r *run) assemble() *api.Index {
	index := &api.Index{Component: r.plan.Component, Libraries: map[pep508.Name][]*api.Release{}}
	shared := newShared()
	for _, t := range r.targets {
		release := r.release(t)
		if release == nil {
			continue
		}
		shared.release(release)
		if t.component {
			index.Releases = append(index.Releases, release)
		} else {
			index.Libraries[t.Distribution] = append(index.Libraries[t.Distribution], release)
		}
	}
	for _, release := range index.Releases {
		release.Libraries = pinnedIn(index, r.plan.Pins[release.Series])
	}
	return index
}

// pinnedIn keeps the pins that the index has.
func pinnedIn(index *api.Index, pins map[pep508.Name]pep440.Version) map[pep508.Name]pep440.Version {
	has := map[pep508.Name]pep440.Version{}
	for name, v := range pins {
		for _, r := range index.Libraries[name] {
			if r.Version.Equal(v) {
				has[name] = v
			}
		}
	}
	return has
}

// release makes a target's release; nil where it could not be read.
func (r *run) release(t *target) *api.Release {
	if t.err != nil {
		return nil
	}
	if t.old != nil {
		again := *t.old
		again.Series = t.series
		return &again
	}
	made := &api.Release{
		Distribution: t.Distribution, Version: t.Version, Series: t.series,
		RequiresPython: t.read.RequiresPython, Requires: t.read.Requires, EntryPoints: t.read.EntryPoints, Modules: map[string]*api.Module{},
	}
	for _, name := range t.read.Opaque {
		made.Modules[name] = &api.Module{Package: true, Dynamic: true}
	}
	for _, s := range t.read.Sources {
		if made.Modules[s.Module] = r.module(t, s); made.Modules[s.Module] == nil {
			return nil
		}
	}
	return made
}

// errUnread says that the texts of a release were given to the Reader, and no answer came.
var errUnread = errors.New("not all of its files were read")

// module gives what a file binds; one that cannot be parsed is Dynamic.
func (r *run) module(t *target, s source) *api.Module {
	m, problem := r.surfaces.module(s.Key)
	switch {
	case m != nil:
		return m
	case problem == nil:
		t.err = fmt.Errorf("%w: %s", errUnread, s.Module)
		return nil
	}
	if _, told := r.broken[s.Key]; !told {
		r.broken[s.Key] = Unreadable{t.Named, s.Module, problem.Error()}
	}
	return &api.Module{Dynamic: true}
}

// shared keeps one of all modules that say the same.
type shared struct {
	bySum map[[sha256.Size]byte]*api.Module
	known map[*api.Module]*api.Module
}

func newShared() *shared {
	return &shared{map[[sha256.Size]byte]*api.Module{}, map[*api.Module]*api.Module{}}
}

// release replaces a release's modules, in a map of its own, after the classes that register themselves are placed.
func (s *shared) release(r *api.Release) {
	modules := make(map[string]*api.Module, len(r.Modules))
	for name, m := range r.Modules {
		modules[name] = m
	}
	api.PlaceRegistered(modules)
	for name, m := range modules {
		modules[name] = s.module(m)
	}
	r.Modules = modules
}

func (s *shared) module(m *api.Module) *api.Module {
	if one := s.known[m]; one != nil {
		return one
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err) // it has neither cycles nor channels
	}
	sum := sha256.Sum256(b)
	if s.bySum[sum] == nil {
		s.bySum[sum] = m
	}
	s.known[m] = s.bySum[sum]
	return s.known[m]
}

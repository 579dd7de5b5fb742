package main

import (
	"context"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
)

// known is how long it takes, at most, to learn of an interpreter what is kept of it; to ask it takes several times as long.
const known = 3 * time.Millisecond

// environment opens the environment. While its interpreter has to be asked what it is, the index is asked for the projects that the request names, if nothing is installed
// that would make that needless. end waits for these questions, which it gives up.
func (i *installing) environment(ctx context.Context) (env *venv.Env, end func(), err error) {
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		env, err = venv.OpenWith(ctx, i.Env, i.prober())
	}()
	end = func() {}
	select {
	case <-opened:
	case <-time.After(known):
		end = i.ask(ctx)
		<-opened
	}
	return env, end, err
}

// ask has the index asked ahead.
func (i *installing) ask(ctx context.Context) (end func()) {
	ix, ok := i.source.index.(resolve.Prefetcher)
	names := i.asked.named()
	if !ok || i.FromLock != "" || len(names) == 0 || !bareEnvironment(i.Env) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		ix.Prefetch(ctx, names...)
	}()
	return func() {
		cancel()
		<-done
	}
}

// named are the projects that the requirements want of an index on any machine.
func (in *inputs) named() (names []pep508.Name) {
	for _, l := range in.Requirements.Requirements {
		if l.Requirement.URL == "" && l.Requirement.Marker.IsZero() {
			names = append(names, l.Requirement.Name)
		}
	}
	return names
}

// bareEnvironment reports whether nothing is installed but pip, by the usual places alone: nobody has said yet where this interpreter has its own.
func bareEnvironment(root string) bool {
	for _, site := range []string{"lib/python*/site-packages", "Lib/site-packages"} {
		list, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(site), "*.dist-info"))
		if err != nil {
			return false
		}
		for _, path := range list {
			if !strings.HasPrefix(filepath.Base(path), "pip-") {
				return false
			}
		}
	}
	return true
}

package store

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Mirrors is a dist.Fetcher over several copies of a store: a file below the address of one is looked for at the same place below the others when it can't be had
// there, or not with its size and hash. So a bad mirror cannot block a good one; none of them needs trust. Safe for concurrent use; it must not be copied after
// first use.
type Mirrors struct {
	Fetcher dist.Fetcher // required
	URLs    []string     // of the copies, best first; a file below none of them is fetched from where it is, and nowhere else

	mu     sync.Mutex
	failed []string // of URLs, the latest last: they are asked after the others
}

// Fetch brings a file from the first mirror that has the right one. Where none has, the error is that of each. An end of ctx ends it at once.
func (m *Mirrors) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	if m.Fetcher == nil {
		return nil, &bundle.MissingFieldError{Type: "store.Mirrors", Field: "Fetcher"}
	}
	own, name, found := m.split(a.URL)
	if !found {
		return m.Fetcher.Fetch(ctx, a)
	}
	var problems bundle.Errors
	for _, base := range m.order(own) {
		a.URL = base + name
		blob, err := m.Fetcher.Fetch(ctx, a)
		if err == nil {
			return blob, nil
		}
		if ctx.Err() != nil {
			return nil, err
		}
		m.demote(base)
		problems = append(problems, err)
	}
	if len(problems) == 1 {
		return nil, problems[0]
	}
	return nil, problems
}

// split finds the mirror that an address is below; of several the longest.
func (m *Mirrors) split(address string) (base, name string, found bool) {
	for _, u := range m.URLs {
		u = strings.TrimSuffix(u, "/") + "/"
		if rest, below := strings.CutPrefix(address, u); below && len(u) > len(base) {
			base, name, found = u, rest, true
		}
	}
	return base, name, found
}

// order is the mirrors, each once: the file's own first, and those that failed before last.
func (m *Mirrors) order(own string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := []string{own}
	for _, u := range m.URLs {
		if u = strings.TrimSuffix(u, "/") + "/"; !slices.Contains(all, u) {
			all = append(all, u)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return slices.Index(m.failed, a) - slices.Index(m.failed, b) })
	return all
}

func (m *Mirrors) demote(base string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed = append(slices.DeleteFunc(m.failed, func(u string) bool { return u == base }), base)
}

var _ dist.Fetcher = (*Mirrors)(nil)

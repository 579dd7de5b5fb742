package index

import (
	"context"
	"encoding/binary"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// stamp tells a file of the cache from every other that took its place: each is a new file.
type stamp struct {
	size, modified int64 // bytes, nanoseconds
	inode          uint64
}

func stampOf(st fs.FileInfo) stamp { return stamp{st.Size(), st.ModTime().UnixNano(), inode(st)} }

// sight is what a Client saw of a page: which file of the cache it was, and between which moments it is fresh.
type sight struct {
	stamp
	from, until time.Time
}

func (p *page) sight(ttl time.Duration) sight {
	return sight{p.stamp, p.stored, p.stored.Add(p.life(ttl))}
}

// sighting is all that a resolution saw of an index.
type sighting struct {
	pages       map[pep508.Name]stamp
	from, until time.Time // between which all of it was fresh
}

// add takes in what was seen of a page; false where that was not kept.
func (s *sighting) add(name pep508.Name, seen sight) bool {
	if seen.stamp == (stamp{}) {
		return false
	}
	if len(s.pages) == 0 || seen.from.After(s.from) {
		s.from = seen.from
	}
	if len(s.pages) == 0 || seen.until.Before(s.until) {
		s.until = seen.until
	}
	s.pages[name] = seen.stamp
	return true
}

// holds reports whether a Client that looked now would see the same: every page's file is the one that was seen and, where the Client is not Offline, fresh.
func (s *sighting) holds(c *Client, now time.Time) bool {
	if !c.Offline && (now.Before(s.from) || !now.Before(s.until)) {
		return false
	}
	for name, seen := range s.pages {
		if c.stampNow(name) != seen {
			return false
		}
	}
	return true
}

// stampNow is that of the page that the Client has in memory, else of the file, at which it looks once; zero where there is none.
func (c *Client) stampNow(name pep508.Name) stamp {
	if o, ok := c.offers.get(name); ok {
		return o.sight.stamp
	}
	now, _ := c.stamps.do(context.Background(), name, func(context.Context) (stamp, error) {
		st, err := os.Stat(c.Cache.pagePath(c.indexes[0].page(name)))
		if err != nil {
			return stamp{}, nil
		}
		return stampOf(st), nil
	})
	return now
}

func (s *sighting) append(b []byte) []byte {
	b = binary.AppendUvarint(appendTime(appendTime(b, s.from), s.until), uint64(len(s.pages)))
	for name, seen := range s.pages {
		b = appendText(b, string(name))
		b = binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(b, uint64(seen.size)), uint64(seen.modified)), seen.inode)
	}
	return b
}

func (k *keptReader) sighting() *sighting {
	s := &sighting{from: k.time(), until: k.time(), pages: map[pep508.Name]stamp{}}
	for range k.count(4, MaxFiles) {
		name := pep508.Name(k.text())
		s.pages[name] = stamp{int64(k.number()), int64(k.number()), k.number()}
	}
	return s
}

// watch is an Index that notes which projects it answered for. Who asks it for one that is not there, or for metadata that cannot be had, learns what the next one may not: that is no
// answer to be kept.
type watch struct {
	resolve.Index
	mu     sync.Mutex
	names  map[pep508.Name]bool
	failed bool
}

// Project notes the name.
func (w *watch) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	p, err := w.Index.Project(ctx, name)
	w.note(ctx, name, err)
	return p, err
}

// Listing notes the name.
func (w *watch) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	l, err := resolve.ListingOf(ctx, w.Index, name)
	w.note(ctx, name, err)
	return l, err
}

// Metadata notes an error.
func (w *watch) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	m, err := w.Index.Metadata(ctx, f)
	w.note(ctx, "", err)
	return m, err
}

// note passes over what was not waited for.
func (w *watch) note(ctx context.Context, name pep508.Name, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err == nil && name != "":
		w.names[name] = true
	case err != nil && ctx.Err() == nil:
		w.failed = true
	}
}

// sighting is what the Client saw of the projects; nil where some of it is not kept, or something failed.
func (w *watch) sighting(c *Client) *sighting {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := &sighting{pages: map[pep508.Name]stamp{}}
	for name := range w.names {
		o, ok := c.offers.get(name)
		if !ok || !s.add(name, o.sight) {
			return nil
		}
	}
	if w.failed || len(s.pages) == 0 {
		return nil
	}
	return s
}

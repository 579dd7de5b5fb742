package crawl

import (
	"context"
	"sync"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// Reader reads what Python texts bind, in the order of the sources: *pyast.Reader.
type Reader interface {
	Surface(ctx context.Context, sources []pyast.Source) ([]pyast.Surface, error)
}

// What is given to a Reader at once, at most.
const (
	batchSources = 500
	batchBytes   = 16 << 20
)

// surfaces are the modules of all texts of a run, each of which is read once.
type surfaces struct {
	cache  *cache
	reader Reader

	mu       sync.Mutex
	modules  map[string]*api.Module // by key; nil while it is to be read
	problems map[string]error       // of those that could not be read
	parsed   int
}

func newSurfaces(c *cache, r Reader) *surfaces {
	return &surfaces{cache: c, reader: r, modules: map[string]*api.Module{}, problems: map[string]error{}}
}

// has reports whether a text was read, or somebody has it to be read.
func (s *surfaces) has(key string) bool {
	s.mu.Lock()
	_, known := s.modules[key]
	s.mu.Unlock()
	if known {
		return true
	}
	m := s.cache.module(key)
	if m == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.modules[key] == nil {
		s.modules[key] = m
	}
	return true
}

// claim is has; where it says no, the caller has the text to be read.
func (s *surfaces) claim(key string) (had bool) {
	if s.has(key) {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.modules[key]; known {
		return true
	}
	s.modules[key] = nil
	return false
}

// module gives what a text binds, or why it cannot be read. Neither is known of a text whose reading did not come to an end.
func (s *surfaces) module(key string) (*api.Module, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.modules[key], s.problems[key]
}

// text is one to be read.
type text struct {
	key string
	pyast.Source
}

// read takes texts until there are no more, and reads them in batches.
func (s *surfaces) read(ctx context.Context, texts <-chan text) error {
	var batch []text
	size := 0
	for t := range texts {
		batch, size = append(batch, t), size+len(t.Text)
		if len(batch) < batchSources && size < batchBytes {
			continue
		}
		if err := s.readBatch(ctx, batch); err != nil {
			return err
		}
		batch, size = nil, 0
	}
	return s.readBatch(ctx, batch)
}

func (s *surfaces) readBatch(ctx context.Context, batch []text) error {
	if len(batch) == 0 || ctx.Err() != nil {
		return context.Cause(ctx)
	}
	sources := make([]pyast.Source, len(batch))
	for i, t := range batch {
		sources[i] = t.Source
	}
	read, err := s.reader.Surface(ctx, sources)
	if err != nil {
		return err
	}
	for i, r := range read {
		s.put(batch[i].key, r)
	}
	return nil
}

// put keeps what was read. A text that cannot be read is not kept in the cache: another interpreter may read it.
func (s *surfaces) put(key string, r pyast.Surface) {
	s.mu.Lock()
	s.parsed++
	if r.Err != nil {
		s.problems[key] = r.Err
	} else {
		s.modules[key] = r.Module
	}
	s.mu.Unlock()
	if r.Err == nil {
		s.cache.putModule(key, r.Module)
	}
}

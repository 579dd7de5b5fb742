package index

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Recall is a resolve.Resolver that keeps its answers in a Client's Cache, and gives one again, without a look at the pages, as long as the Solver would find no other: the same
// program is asked the same, and every page that it looked at then is the same file of the Cache and fresh.
//
// What is kept is what was chosen. To give it again the Solver resolves over that alone, so that all of the Resolution is its own work; before an answer is kept that is tried, and
// what does not give the same is not kept. Nor is one for which a project or its metadata was asked for in vain, nor one of which a page is not kept. Without a Cache, with a negative
// PageTTL, or with more than one URL, nothing is recalled. Answers of more than a day ago are removed as others are kept.
//
// Safe for concurrent use.
type Recall struct {
	Client *Client       // required
	Index  resolve.Index // over the Client; nil: the Client itself
	// Salt is all that an answer depends on beside the request and the Client: what Index leaves out or adds, and the settings of Solver.
	Salt   string
	Solver func(ix resolve.Index) resolve.Resolver // nil: a resolve.Solver
}

var _ resolve.Resolver = (*Recall)(nil)

// answerLife is how long an answer is kept.
const answerLife = 24 * time.Hour

// Resolve gives the answer of before, or has the Solver find it.
func (r *Recall) Resolve(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
	if r.Client == nil {
		return nil, errors.New("index.Recall: Client is missing")
	}
	path := r.path(req)
	if path == "" {
		return r.over(r.index()).Resolve(ctx, req)
	}
	if set := r.before(ctx, req, path); set != nil {
		return set, nil
	}
	w := &watch{Index: r.index(), names: map[pep508.Name]bool{}}
	set, err := r.over(w).Resolve(ctx, req)
	if err == nil {
		r.keep(ctx, req, set, w, path)
	}
	return set, err
}

func (r *Recall) index() resolve.Index {
	if r.Index != nil {
		return r.Index
	}
	return r.Client
}

func (r *Recall) over(ix resolve.Index) resolve.Resolver {
	if r.Solver != nil {
		return r.Solver(ix)
	}
	return &resolve.Solver{Index: ix}
}

// path is where the answer is kept; "" where none is.
func (r *Recall) path(req *resolve.Request) string {
	c := r.Client
	if req == nil || c.init() != nil || c.Cache == nil || c.PageTTL < 0 || len(c.indexes) != 1 {
		return ""
	}
	question, err := r.question(req)
	if err != nil {
		return ""
	}
	return c.Cache.path(answersFolder, question)
}

// before is the answer of before; nil where there is none that holds.
func (r *Recall) before(ctx context.Context, req *resolve.Request, path string) *resolve.Resolution {
	text, ok := r.Client.Cache.read(path)
	if !ok {
		return nil
	}
	k := &keptReader{rest: text}
	if seen := k.sighting(); k.bad || !seen.holds(r.Client, time.Now()) {
		return nil
	}
	return r.again(ctx, req, k.rest)
}

// again resolves over what an answer chose; nil where that gives none.
func (r *Recall) again(ctx context.Context, req *resolve.Request, text string) *resolve.Resolution {
	k := &keptReader{rest: text}
	chosen := k.answer(&r.Client.stated)
	if chosen == nil {
		return nil
	}
	set, err := r.over(chosen).Resolve(ctx, req)
	if err != nil {
		return nil
	}
	return set
}

// keep keeps an answer, if it would be the same when it is given again.
func (r *Recall) keep(ctx context.Context, req *resolve.Request, set *resolve.Resolution, w *watch, path string) {
	seen := w.sighting(r.Client)
	if seen == nil || !tellsMetadata(set) {
		return
	}
	tried := make(chan bool, 1)
	go func() { // while the answer is written down
		again, err := r.over(smallOf(set)).Resolve(ctx, req)
		tried <- err == nil && sameChoice(again, set)
	}()
	text := appendAnswer(seen.append(nil), set)
	if !<-tried {
		return
	}
	r.Client.Cache.write(path, string(text))
	sweep(filepath.Dir(path), time.Now().Add(-answerLife))
}

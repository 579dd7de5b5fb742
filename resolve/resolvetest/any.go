package resolvetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// randomUniverses is how many random universes Run takes, always the same ones.
const randomUniverses = 150

// runAny holds a Resolver to a universe without asking which solution it prefers.
func runAny(t *testing.T, text string, newResolver func(resolve.Index) resolve.Resolver) {
	u, untouched := mustParse(t, text), mustParse(t, text)
	got, err := newResolver(u.Index).Resolve(t.Context(), &u.Request)
	checkAny(t, u, len(u.Refuse) == 0, got, err)
	if !reflect.DeepEqual(u.Index.projects, untouched.Index.projects) || !reflect.DeepEqual(u.Index.metadata, untouched.Index.metadata) {
		t.Error("the resolver changed what the index returned")
	}
	if !reflect.DeepEqual(textsOf(&u.Request), textsOf(&untouched.Request)) {
		t.Error("the resolver changed the request")
	}
}

func textsOf(r *resolve.Request) (lists [3][]string) {
	for i, list := range [][]pep508.Requirement{r.Requirements, r.Constraints, r.Overrides} {
		for _, q := range list {
			lists[i] = append(lists[i], q.String())
		}
	}
	return lists
}

// checkAny reports what is wrong with an answer to a universe's request.
func checkAny(t testing.TB, u *Universe, solvable bool, got *resolve.Resolution, err error) {
	t.Helper()
	switch {
	case err == nil && !solvable:
		t.Errorf("resolved to %v, and there is no solution", got.Pins)
	case err == nil:
		if problems := Verify(context.Background(), u.Index, &u.Request, got); problems != nil {
			t.Error(problems)
		}
	case solvable:
		t.Errorf("there is a solution, and it was not found: %v", err)
	default:
		checkKind(t, u, err)
	}
}

// checkKind reports a refusal of a kind that is not promised.
func checkKind(t testing.TB, u *Universe, err error) {
	t.Helper()
	var none *resolve.NoSolutionError
	var direct *resolve.DirectURLError
	switch {
	case errors.As(err, &direct):
	case !errors.As(err, &none):
		t.Errorf("refused by a %T, not a *resolve.NoSolutionError: %v", err, err)
	case none.Platform != u.Request.Platform.Name:
		t.Errorf("the refusal names the platform %q, not %q", none.Platform, u.Request.Platform.Name)
	}
}

// runRandom compares with the default Resolver in whether there is a solution, and turns the order of the files.
func runRandom(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	solvable := 0
	for n := range uint64(randomUniverses) {
		text := RandomUniverse(rand.New(rand.NewPCG(1, n)))
		u, v := mustParse(t, text), mustParse(t, text)
		_, refusal := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
		got, err := newResolver(u.Index).Resolve(t.Context(), &u.Request)
		if err == nil && refusal != nil {
			refusal = nil // the default one does not find every solution with yanked files: what was found is looked at
		}
		checkAny(t, u, refusal == nil, got, err)
		turned(v)
		again, errAgain := newResolver(v.Index).Resolve(t.Context(), &v.Request)
		if (err == nil) != (errAgain == nil) || err == nil && !reflect.DeepEqual(got.Pins, again.Pins) {
			t.Errorf("with the files in another order: %v %v, not %v %v", again, errAgain, got, err)
		}
		if t.Failed() {
			t.Fatalf("random universe %d:\n%s", n, text)
		}
		if err == nil {
			solvable++
		}
	}
	if solvable == 0 || solvable == randomUniverses {
		t.Errorf("%d of %d random universes have a solution: they say nothing", solvable, randomUniverses)
	}
}

// turned has every page list its files the other way round.
func turned(u *Universe) {
	for _, p := range u.Index.projects {
		slices.Reverse(p.Files)
	}
}

func runOrder(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	u, v := mustParse(t, manyText), mustParse(t, manyText)
	turned(v)
	a, errA := newResolver(u.Index).Resolve(t.Context(), &u.Request)
	b, errB := newResolver(v.Index).Resolve(t.Context(), &v.Request)
	if errA != nil || errB != nil || !reflect.DeepEqual(a.Pins, b.Pins) {
		t.Errorf("%v %v: %v and %v", errA, errB, a, b)
	}
}

// patience is how long a Resolver may take to notice that its context ended.
const patience = 10 * time.Second

// runContext ends the context before the Resolver begins, and while it waits for a page or for metadata.
func runContext(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	leaktest.Check(t)
	u := mustParse(t, manyText)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	atPage, cancelAtPage := context.WithCancel(t.Context())
	atMetadata, cancelAtMetadata := context.WithCancel(t.Context())
	for _, c := range []struct {
		when  string
		ctx   context.Context
		index resolve.Index
	}{
		{"before", ended, u.Index},
		{"at a page", atPage, &stuck{u.Index, cancelAtPage, true}},
		{"at metadata", atMetadata, &stuck{u.Index, cancelAtMetadata, false}},
	} {
		answered := make(chan error, 1)
		go func() {
			_, err := newResolver(c.index).Resolve(c.ctx, &u.Request)
			answered <- err
		}()
		select {
		case err := <-answered:
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: got %v, want the context's error", c.when, err)
			}
		case <-time.After(patience):
			t.Fatalf("%s: it does not end with its context", c.when)
		}
	}
}

// stuck has the context end while it is asked, and answers not before.
type stuck struct {
	*Index
	cancel context.CancelFunc
	page   bool // at the first page, else at the first metadata
}

func (s *stuck) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	if !s.page {
		return s.Index.Project(ctx, name)
	}
	s.cancel()
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s *stuck) Metadata(ctx context.Context, _ dist.File) (*dist.Metadata, error) {
	s.cancel()
	<-ctx.Done()
	return nil, ctx.Err()
}

var errBroken = errors.New("index out of order")

// broken fails for one project: its page, or the metadata of its files.
type broken struct {
	*Index
	name     pep508.Name
	metadata bool
}

func (b broken) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	if name == b.name && !b.metadata {
		return nil, errBroken
	}
	return b.Index.Project(ctx, name)
}

func (b broken) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if f.Name == b.name && b.metadata {
		return nil, errBroken
	}
	return b.Index.Metadata(ctx, f)
}

// runBroken has the index fail where its answer matters to every Resolver: an index out of order is no index without a project.
func runBroken(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	u := mustParse(t, manyText)
	for _, name := range []pep508.Name{"app", "tool", "base"} {
		for _, metadata := range []bool{false, true} {
			request := u.Request
			request.Requirements = []pep508.Requirement{pep508.MustParse("app>=2"), pep508.MustParse("tool")}
			_, err := newResolver(broken{u.Index, name, metadata}).Resolve(t.Context(), &request)
			if !errors.Is(err, errBroken) {
				t.Errorf("%s (metadata: %v): got %v, want what the index reports", name, metadata, err)
			}
		}
	}
	none := &resolve.Request{Platform: u.Request.Platform, Requirements: []pep508.Requirement{{Name: "nowhere"}}}
	if _, err := newResolver(u.Index).Resolve(t.Context(), none); !errors.Is(err, dist.ErrNotFound) {
		t.Errorf("a project that the index does not know: got %v, want dist.ErrNotFound", err)
	}
}

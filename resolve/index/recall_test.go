package index

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// TestRecall_form: every answer there is comes back as it was, out of what is kept of it.
func TestRecall_form(t *testing.T) {
	texts := resolvetest.Universes()
	for n := range uint64(3000) {
		texts[fmt.Sprint("random ", n)] = resolvetest.RandomUniverse(rand.New(rand.NewPCG(11, n)))
	}
	solved := 0
	for name, text := range texts {
		u, err := resolvetest.ParseUniverse(text)
		require.NoError(t, err)
		set, err := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
		if err != nil {
			continue
		}
		solved++
		require.True(t, tellsMetadata(set), name)
		kept := appendAnswer(nil, set)
		tried, err := (&resolve.Solver{Index: smallOf(set)}).Resolve(t.Context(), &u.Request)
		require.NoError(t, err, name)
		require.True(t, sameChoice(set, tried), name)
		require.Equal(t, tell(set), tell(tried), name)
		again := (&Recall{Client: &Client{}}).again(t.Context(), &u.Request, string(kept))
		require.NotNil(t, again, name)
		require.Equal(t, tell(set), tell(again), name)
		for i := range set.Pins {
			require.Equal(t, set.Pins[i].Files, again.Pins[i].Files, name)
			require.Equal(t, set.Pins[i].Metadata, again.Pins[i].Metadata, name)
			require.Equal(t, set.Pins[i].RequiredBy, again.Pins[i].RequiredBy, name)
		}
	}
	assert.Greater(t, solved, 500)
}

// tell is all of a Resolution but its Platform, as texts.
func tell(r *resolve.Resolution) (all []string) {
	for i := range r.Pins {
		p := &r.Pins[i]
		all = append(all, fmt.Sprintf("%s %s %s %s", p.Name, p.Version.Original(), p.Extras, p.UnknownExtras))
		for _, why := range p.RequiredBy {
			all = append(all, fmt.Sprintf("%s %s %t %t", why.By, why.Requirement, why.Constraint, why.Unknown))
		}
		for v := range p.Files {
			if p.Files[v].File == "" {
				all = append(all, "")
				continue
			}
			all = append(all, string(appendChosen(nil, &p.Files[v], p.Metadata[v])))
		}
	}
	return all
}

// world is an index whose projects change, and a cache.
type world struct {
	server *resolvetest.Server
	http   *httptest.Server
	cache  *Cache
}

func newWorld(t *testing.T) *world {
	s := &resolvetest.Server{Metadata: true, ETags: true, CacheControl: "max-age=600"}
	return &world{s, start(t, s), cache(t)}
}

func (w *world) wheel(name, version string, requires ...string) {
	w.server.AddWheel(resolvetest.Wheel{Name: name, Version: version, RequiresDist: requires})
}

func (w *world) client(t *testing.T) (*Client, *record) {
	c, seen := client(t, w.http)
	c.Cache = w.cache
	return c, seen
}

func request(t *testing.T, requirements ...string) *resolve.Request {
	pl, err := resolve.NewPlatform("linux", pep440.MustParse("3.11.7"), "manylinux_2_17_x86_64")
	require.NoError(t, err)
	r := &resolve.Request{Platform: pl}
	for _, text := range requirements {
		q, err := pep508.Parse(text)
		require.NoError(t, err)
		r.Requirements = append(r.Requirements, q)
	}
	return r
}

// pins resolves with a Client of its own, and tells whether that looked at any page.
func (w *world) pins(t *testing.T, req *resolve.Request, with func(*Recall)) (pins string, looked bool) {
	c, seen := w.client(t)
	r := &Recall{Client: c}
	if with != nil {
		with(r)
	}
	set, err := r.Resolve(t.Context(), req)
	require.NoError(t, err)
	return short(set), len(seen.of(ForPage, true))+len(seen.of(ForPage, false)) > 0
}

func short(set *resolve.Resolution) string {
	var all []string
	for _, p := range set.Pins {
		all = append(all, fmt.Sprintf("%s %s", p.Name, p.Version))
	}
	return strings.Join(all, ", ")
}

// TestRecall: an answer is given again without a look, as long as nothing changed that it depends on.
func TestRecall(t *testing.T) {
	leaktest.Check(t)
	tests := []struct {
		name   string
		change func(t *testing.T, w *world, req *resolve.Request)
		with   func(*Recall)
		want   string
		looked bool
	}{
		{"nothing", func(*testing.T, *world, *resolve.Request) {}, nil, "bar 1.0, foo 1.0", false},
		{"the index alone: the pages are fresh", func(_ *testing.T, w *world, _ *resolve.Request) { w.wheel("bar", "2.0") }, nil, "bar 1.0, foo 1.0", false},
		{"a page was renewed", func(t *testing.T, w *world, _ *resolve.Request) {
			w.wheel("bar", "2.0")
			w.renew(t, "bar")
		}, nil, "bar 2.0, foo 1.0", true},
		{"a page was renewed, and is the same", func(t *testing.T, w *world, _ *resolve.Request) { w.renew(t, "bar") }, nil, "bar 1.0, foo 1.0", true},
		{"another project's page was renewed", func(t *testing.T, w *world, _ *resolve.Request) {
			w.wheel("other", "1.0")
			w.renew(t, "other")
		}, nil, "bar 1.0, foo 1.0", false},
		{"a page is gone", func(t *testing.T, w *world, _ *resolve.Request) {
			require.NoError(t, os.Remove(w.cache.pagePath(w.http.URL+"/simple/bar/")))
		}, nil, "bar 1.0, foo 1.0", true},
		{"a requirement", func(t *testing.T, _ *world, req *resolve.Request) { *req = *request(t, "foo", "bar<1") }, nil, "bar 0.9, foo 1.0", true},
		{"a constraint", func(t *testing.T, _ *world, req *resolve.Request) { req.Constraints = request(t, "bar<1").Requirements }, nil, "bar 0.9, foo 1.0", true},
		{"an override", func(t *testing.T, _ *world, req *resolve.Request) { req.Overrides = request(t, "bar<1").Requirements }, nil, "bar 0.9, foo 1.0", true},
		{"the policy", func(_ *testing.T, _ *world, req *resolve.Request) { req.Policy.Select = resolve.Lowest }, nil, "bar 0.9, foo 1.0", true},
		{"the policy for a project", func(_ *testing.T, _ *world, req *resolve.Request) {
			req.Policy.PrereleasesOf = map[pep508.Name]resolve.Prereleases{"bar": resolve.Allow}
		}, nil, "bar 1.1rc1, foo 1.0", true},
		{"the platform", func(t *testing.T, _ *world, req *resolve.Request) {
			pl, err := resolve.NewPlatform("linux", pep440.MustParse("3.12.1"), "manylinux_2_17_x86_64")
			require.NoError(t, err)
			req.Platform = pl
		}, nil, "bar 1.0, foo 1.0", true},
		{"what the Salt says", func(*testing.T, *world, *resolve.Request) {}, func(r *Recall) { r.Salt = "another" }, "bar 1.0, foo 1.0", true},
		{"every page is to be asked for", func(_ *testing.T, w *world, _ *resolve.Request) { w.wheel("bar", "2.0") }, func(r *Recall) { r.Client.PageTTL = -1 }, "bar 2.0, foo 1.0", true},
		{"offline", func(_ *testing.T, w *world, _ *resolve.Request) { w.http.Close() }, func(r *Recall) { r.Client.Offline = true }, "bar 1.0, foo 1.0", false},
		{"the answer is damaged", func(t *testing.T, w *world, _ *resolve.Request) {
			w.spoil(t, func(b []byte) []byte { b[len(b)/2] ^= 1; return b })
		}, nil, "bar 1.0, foo 1.0", true},
		{"the answer is cut", func(t *testing.T, w *world, _ *resolve.Request) {
			w.spoil(t, func(b []byte) []byte { return b[:len(b)/2] })
		}, nil, "bar 1.0, foo 1.0", true},
		{"a wheel states other metadata than the index said", func(t *testing.T, w *world, _ *resolve.Request) {
			c, _ := w.client(t)
			p, err := c.Project(t.Context(), "bar")
			require.NoError(t, err)
			for _, f := range p.Files {
				w.cache.confirm(f.Hashes["sha256"], []byte("Metadata-Version: 2.1\nName: bar\nVersion: "+f.Version.Original()+"\nRequires-Dist: more\n"))
			}
			w.wheel("more", "3.0")
		}, nil, "bar 1.0, foo 1.0, more 3.0", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, req := newWorld(t), request(t, "foo")
			w.wheel("foo", "1.0", "bar")
			for _, version := range []string{"0.9", "1.0", "1.1rc1"} {
				w.wheel("bar", version)
			}
			pins, looked := w.pins(t, req, nil)
			require.Equal(t, "bar 1.0, foo 1.0", pins)
			require.True(t, looked)
			tt.change(t, w, req)
			pins, looked = w.pins(t, req, tt.with)
			assert.Equal(t, tt.want, pins)
			assert.Equal(t, tt.looked, looked)
		})
	}
}

// renew asks for a page anew.
func (w *world) renew(t *testing.T, name pep508.Name) {
	c, _ := w.client(t)
	c.PageTTL = -1
	w.server.CacheControl = ""
	defer func() { w.server.CacheControl = "max-age=600" }()
	_, err := c.Project(t.Context(), name)
	require.NoError(t, err)
}

func (w *world) spoil(t *testing.T, how func([]byte) []byte) {
	list, err := filepath.Glob(filepath.Join(w.cache.Dir(), answersFolder, "*", "*"))
	require.NoError(t, err)
	require.Len(t, list, 1)
	b, err := os.ReadFile(list[0])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(list[0], how(b), 0o644))
}

// TestRecall_notKept: what the next one might learn otherwise is not kept.
func TestRecall_notKept(t *testing.T) {
	for name, prepare := range map[string]func(w *world) *resolve.Request{
		"a project was not there": func(w *world) *resolve.Request {
			w.wheel("foo", "2.0", "absent")
			return request(t, "foo")
		},
		"a page is not to be stored": func(w *world) *resolve.Request {
			w.server.CacheControl = "no-store"
			return request(t, "foo")
		},
		"a page is never fresh": func(w *world) *resolve.Request {
			w.server.CacheControl = "no-cache"
			return request(t, "foo")
		},
		"metadata could not be had": func(w *world) *resolve.Request {
			w.wheel("foo", "2.0", "no requirement, this")
			return request(t, "foo")
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wheel("foo", "1.0", "bar")
			w.wheel("bar", "1.0")
			req := prepare(w)
			for range 2 {
				pins, looked := w.pins(t, req, nil)
				assert.Equal(t, "bar 1.0, foo 1.0", pins)
				assert.True(t, looked)
			}
		})
	}
}

// TestRecall_asTheSolver: whatever happens to an index, a cache and a clock, the answer is what a Solver finds that looks at the same moment.
func TestRecall_asTheSolver(t *testing.T) {
	recalled := 0
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(5, seed))
		w := newWorld(t)
		names := []string{"a", "b", "c", "d"}
		add := func() {
			version := fmt.Sprintf("%d.%d%s", rng.IntN(3), rng.IntN(40), []string{"", "", "rc1"}[rng.IntN(3)])
			var requires []string
			for _, name := range names {
				if rng.IntN(4) == 0 {
					requires = append(requires, name+[]string{"", ">=1", "<2", "!=1.1"}[rng.IntN(4)])
				}
			}
			w.wheel(names[rng.IntN(len(names))], version, requires...)
		}
		for range 12 {
			add()
		}
		for range 60 {
			switch rng.IntN(8) {
			case 0:
				add()
			case 1:
				c, _ := w.client(t)
				c.PageTTL = -1
				w.server.CacheControl = "no-cache"
				c.Prefetch(t.Context(), pep508.Name(names[rng.IntN(len(names))]))
				w.server.CacheControl = "max-age=600"
			case 2:
				os.Remove(w.cache.pagePath(w.http.URL + "/simple/" + names[rng.IntN(len(names))] + "/"))
			}
			req := request(t, names[rng.IntN(2)])
			plain, _ := w.client(t)
			want, wantErr := (&resolve.Solver{Index: plain}).Resolve(t.Context(), req)
			c, seen := w.client(t)
			got, err := (&Recall{Client: c}).Resolve(t.Context(), req)
			require.Equal(t, wantErr == nil, err == nil, "seed %d: %v, %v", seed, wantErr, err)
			if err == nil {
				require.Equal(t, tell(want), tell(got), "seed %d", seed)
				if len(seen.of(ForPage, true)) == 0 && len(seen.of(ForPage, false)) == 0 {
					recalled++
				}
			}
		}
	}
	assert.Greater(t, recalled, 200, "of 1200")
}

// TestRecall_over: the Solver is asked over what was chosen, and the Index over a Client counts as its Salt says.
func TestRecall_over(t *testing.T) {
	w := newWorld(t)
	w.wheel("foo", "1.0")
	var over []string
	for range 2 {
		c, _ := w.client(t)
		r := &Recall{Client: c, Index: c, Salt: "c", Solver: func(ix resolve.Index) resolve.Resolver {
			over = append(over, fmt.Sprintf("%T", ix))
			return &resolve.Solver{Index: ix}
		}}
		_, err := r.Resolve(t.Context(), request(t, "foo"))
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"*index.watch", "*index.small", "*index.small"}, over)
}

// TestRecall_untold: the answer of a Solver that does not tell metadata is not kept.
func TestRecall_untold(t *testing.T) {
	w := newWorld(t)
	w.wheel("foo", "1.0")
	for range 2 {
		_, looked := w.pins(t, request(t, "foo"), func(r *Recall) {
			r.Solver = func(ix resolve.Index) resolve.Resolver {
				return resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
					set, err := (&resolve.Solver{Index: ix}).Resolve(ctx, req)
					if err == nil {
						set.Pins[0].Metadata = nil
					}
					return set, err
				})
			}
		})
		assert.True(t, looked)
	}
}

// TestRecall_sweep: answers of more than a day ago go.
func TestRecall_sweep(t *testing.T) {
	w := newWorld(t)
	w.wheel("foo", "1.0")
	w.pins(t, request(t, "foo"), nil)
	list, err := filepath.Glob(filepath.Join(w.cache.Dir(), answersFolder, "*", "*"))
	require.NoError(t, err)
	require.Len(t, list, 1)
	old, young := filepath.Join(filepath.Dir(list[0]), "old"), filepath.Join(filepath.Dir(list[0]), "young")
	for _, file := range []string{old, young} {
		require.NoError(t, os.WriteFile(file, nil, 0o644))
	}
	require.NoError(t, os.Chtimes(old, time.Time{}, time.Now().Add(-answerLife-time.Hour)))
	require.NoError(t, os.Remove(list[0]))
	w.pins(t, request(t, "foo"), nil)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young)
	assert.FileExists(t, list[0])
}

// TestRecall_errors: what the Solver refuses is refused each time, and without a Client there is nothing.
func TestRecall_errors(t *testing.T) {
	_, err := (&Recall{}).Resolve(t.Context(), request(t, "foo"))
	assert.ErrorContains(t, err, "Client is missing")
	w := newWorld(t)
	for range 2 {
		c, _ := w.client(t)
		_, err = (&Recall{Client: c}).Resolve(t.Context(), request(t, "foo"))
		var none *resolve.NoSolutionError
		assert.ErrorAs(t, err, &none)
		_, err = (&Recall{Client: c}).Resolve(t.Context(), nil)
		assert.Error(t, err)
	}
	w.wheel("foo", "1.0")
	w.pins(t, request(t, "foo"), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, _ := w.client(t)
	_, err = (&Recall{Client: c}).Resolve(ctx, request(t, "foo"))
	assert.ErrorIs(t, err, context.Canceled)
}

// FuzzAnswer: nothing that is kept of an answer brings a Recall down, and what it reads is what it would write.
func FuzzAnswer(f *testing.F) {
	u, err := resolvetest.ParseUniverse("platform linux 3.9.18 manylinux_2_17_x86_64\nrelease a 1\nrequest a")
	require.NoError(f, err)
	set, err := (&resolve.Solver{Index: u.Index}).Resolve(f.Context(), &u.Request)
	require.NoError(f, err)
	kept := appendAnswer((&sighting{pages: map[pep508.Name]stamp{"a": {1, 2, 3}}}).append(nil), set)
	f.Add(string(kept))
	f.Fuzz(func(t *testing.T, text string) {
		k := &keptReader{rest: text}
		k.sighting()
		if s := k.answer(&onceMap[string, *dist.Metadata]{}); s != nil {
			for name, p := range s.projects {
				for _, file := range p.Files {
					assert.Equal(t, name, file.Name)
					_, _ = s.Metadata(t.Context(), file)
				}
				dist.NewListing(p)
			}
		}
	})
}

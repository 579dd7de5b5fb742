package resolvetest

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

//go:embed universes/*.txt
var universes embed.FS

// Universes are the texts that Run uses, by name.
func Universes() map[string]string {
	out := map[string]string{}
	names, _ := fs.Glob(universes, "universes/*.txt") // the pattern is valid
	for _, n := range names {
		text, err := universes.ReadFile(n)
		if err != nil {
			panic(err) // embedded
		}
		out[strings.TrimSuffix(path.Base(n), ".txt")] = string(text)
	}
	return out
}

// Run asserts that a Resolver keeps the contract of resolve.Resolver, whichever of the solutions it prefers: every answer to the universes, and to random ones, is one that Verify passes,
// a refusal is an error of the promised kinds, and neither hides a solution that there is; the answer is the same each time, in whatever order the index lists
// files, and on many goroutines at once; what the index reports is reported; the Resolver ends with its context, leaves no goroutine behind and changes neither the request nor
// the index.
//
// A Resolver that leaves out some of the solutions on purpose, as by a list of what is allowed, is run with a list that allows all; its purpose is told in universes of its own and
// tested by Check. RunPreferred asserts besides that the solutions are those of the default Resolver.
func Run(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	t.Helper()
	for name, text := range Universes() {
		t.Run(name, func(t *testing.T) { runAny(t, text, newResolver) })
	}
	t.Run("random universes", func(t *testing.T) { runRandom(t, newResolver) })
	t.Run("same answer in any order of files", func(t *testing.T) { runOrder(t, newResolver) })
	t.Run("many at once", func(t *testing.T) { runConcurrent(t, newResolver) })
	t.Run("ends with its context", func(t *testing.T) { runContext(t, newResolver) })
	t.Run("reports what the index reports", func(t *testing.T) { runBroken(t, newResolver) })
}

// RunPreferred asserts that a Resolver finds the solutions that package resolve defines to be the preferred ones, and refuses in its words: what the default Resolver
// does, and one that shall take its place. Run asserts all else.
func RunPreferred(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	t.Helper()
	for name, text := range Universes() {
		t.Run(name, func(t *testing.T) {
			u := mustParse(t, text)
			Check(t, u, newResolver(u.Index))
		})
	}
}

// Check resolves a universe's request and reports what differs from the very pins, or from the words of the refusal, that it expects.
func Check(t testing.TB, u *Universe, r resolve.Resolver) {
	t.Helper()
	got, err := r.Resolve(context.Background(), &u.Request)
	if len(u.Refuse) > 0 {
		checkRefusal(t, u, got, err)
		return
	}
	if err != nil {
		t.Error(err)
		return
	}
	var have, want []string
	for _, p := range got.Pins {
		have = append(have, pinText(p, u.tags(p.Name)))
	}
	for _, p := range u.Pins {
		want = append(want, strings.TrimSpace(fmt.Sprintf("%s %s %s", p.Name, p.Version, strings.Join(p.Tags, " "))))
	}
	slices.Sort(want)
	if !slices.Equal(have, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(have, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func checkRefusal(t testing.TB, u *Universe, got *resolve.Resolution, err error) {
	t.Helper()
	if err == nil {
		t.Errorf("resolved to %v, want a refusal", got.Pins)
		return
	}
	for _, text := range u.Refuse {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error lacks %q:\n%v", text, err)
		}
	}
	var none *resolve.NoSolutionError
	var direct *resolve.DirectURLError
	if !errors.As(err, &none) && !errors.As(err, &direct) {
		t.Errorf("the error is a %T", err)
	}
}

// tags reports whether the universe says anything of a pin's files.
func (u *Universe) tags(name pep508.Name) bool {
	return slices.ContainsFunc(u.Pins, func(p ExpectedPin) bool { return p.Name == name && len(p.Tags) > 0 })
}

func pinText(p resolve.Pin, tags bool) string {
	text := fmt.Sprintf("%s %s", p.Name, p.Version)
	if !tags {
		return text
	}
	for _, f := range p.Files {
		switch f.Kind {
		case dist.Other:
			text += " -"
		case dist.Sdist:
			text += " sdist"
		default:
			stem := strings.TrimSuffix(f.File, ".whl")
			text += " " + strings.Join(strings.Split(stem, "-")[2:], "-")
		}
	}
	return text
}

const manyText = `
platform linux 3.9.18 manylinux_2_17_x86_64
release app 2.0
requires lib>=1
requires tool
release app 1.0
release lib 1.0
release lib 2.0
requires base<2
release tool 1.0
requires base
release base 1.0
release base 2.0
request app
`

func mustParse(t *testing.T, text string) *Universe {
	t.Helper()
	u, err := ParseUniverse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// runConcurrent resolves on several goroutines over one resolver, whose index answers in an order of its own, and looks for goroutines left behind.
func runConcurrent(t *testing.T, newResolver func(resolve.Index) resolve.Resolver) {
	leaktest.Check(t)
	u := mustParse(t, manyText)
	r := newResolver(&slow{Index: u.Index})
	answers := make([]*resolve.Resolution, 8)
	var wg sync.WaitGroup
	for i := range answers {
		wg.Add(1)
		go func() {
			defer wg.Done()
			var err error
			if answers[i], err = r.Resolve(context.Background(), &u.Request); err != nil {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	for _, a := range answers[1:] {
		if !reflect.DeepEqual(a, answers[0]) {
			t.Errorf("%v differs from %v", a, answers[0])
		}
	}
}

// slow answers after a moment, which differs from question to question.
type slow struct {
	*Index
	mu sync.Mutex
	n  int
}

func (s *slow) wait() {
	s.mu.Lock()
	s.n++
	n := s.n
	s.mu.Unlock()
	time.Sleep(time.Duration(n*7%5) * time.Millisecond)
}

func (s *slow) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	s.wait()
	return s.Index.Project(ctx, name)
}

func (s *slow) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	s.wait()
	return s.Index.Metadata(ctx, f)
}

package build

import (
	"cmp"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// DefaultTimeout is how long one hook of a backend may run where Builder.Timeout does not say.
const DefaultTimeout = 20 * time.Minute

// MaxConcurrency is how many builds run at once where Builder.Concurrency does not say, on a machine with as many processors: a compiler
// takes memory as well.
const MaxConcurrency = 4

// Builder is an Index and a Fetcher wrapped over another pair, for which an sdist has metadata and a wheel: it builds what has no wheel, each sdist once
// in a Builder's life, several at once. It runs the code of sdists: the package's text says what that means. Safe for concurrent use; not to be
// copied, nor its fields changed, after first use. Close it.
type Builder struct {
	Index       resolve.Index        // required: metadata of wheels, and where build requirements come from
	Fetcher     dist.Fetcher         // required
	Python      *python.Interpreter  // builds run with it; nil: nothing is built, only metadata that needs no build is known
	Resolver    resolve.Resolver     // of build requirements; nil: a Solver over this Builder
	EnvBuilder  venv.EnvBuilder      // nil: venv.Builder
	Installer   venv.Installer       // nil: a venv.WheelInstaller over this Builder
	Cache       string               // folder of built wheels and of what was learned of sdists; "": a temporary one, which Close removes
	Constraints []pep508.Requirement // on build requirements

	// Extra are further build requirements of projects whose sdists do not name all that they import.
	Extra map[pep508.Name][]pep508.Requirement
	// Environ are further variables for the backends, as NAME=value, such as CFLAGS: they win over ours and, PATH aside, are part of a wheel's place in the Cache.
	// PATH is where compilers and other programs are looked for, after the environment's own; unset, it is the system's usual folders, on Windows none.
	Environ     []string
	Concurrency int           // builds at once; 0: the processors, at most MaxConcurrency
	Timeout     time.Duration // of one hook; 0: DefaultTimeout
	Logger      *slog.Logger  // nil: discarded

	once    sync.Once
	opening error         // what went wrong then
	work    string        // folder of environments and builds
	slots   chan struct{} // one for each build that may run
	flights flights
	mu      sync.Mutex
	made    map[string]string // path of each wheel built or taken from the Cache, by its sha256
}

var (
	_ resolve.Index      = (*Builder)(nil)
	_ resolve.Prefetcher = (*Builder)(nil)
	_ resolve.Lister     = (*Builder)(nil)
	_ dist.Fetcher       = (*Builder)(nil)
)

// open makes the Builder ready, once.
func (b *Builder) open() error {
	b.once.Do(func() { b.opening = b.begin() })
	return b.opening
}

func (b *Builder) begin() error {
	switch {
	case b.Index == nil:
		return &venv.MissingFieldError{Type: "build.Builder", Field: "Index"}
	case b.Fetcher == nil:
		return &venv.MissingFieldError{Type: "build.Builder", Field: "Fetcher"}
	}
	work, err := os.MkdirTemp("", "chandlery-build-")
	if err != nil {
		return err
	}
	b.work = work
	b.slots = make(chan struct{}, cmp.Or(max(b.Concurrency, 0), min(MaxConcurrency, runtime.NumCPU())))
	b.made = map[string]string{}
	return nil
}

// Close removes the environments that builds ran in and, where there is no Cache, the wheels: nothing of a Builder is used afterwards, and nothing may be under way.
func (b *Builder) Close() error {
	b.once.Do(func() { b.opening = os.ErrClosed })
	if b.work == "" {
		return nil
	}
	return removeAll(b.work)
}

// cache is the folder of built wheels.
func (b *Builder) cache() (*os.Root, error) {
	dir := cmp.Or(b.Cache, filepath.Join(b.work, "cache"))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	return os.OpenRoot(dir)
}

func (b *Builder) logger() *slog.Logger {
	if b.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return b.Logger
}

// Project gives the files of a project, as the Index has them.
func (b *Builder) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	return b.Index.Project(ctx, name)
}

// Listing gives the same files in brief, as the Index has them.
func (b *Builder) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	if err := b.open(); err != nil {
		return nil, err
	}
	return resolve.ListingOf(ctx, b.Index, name)
}

// Prefetch hands the names on to the Index, where that is a resolve.Prefetcher.
func (b *Builder) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := b.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, names...)
	}
}

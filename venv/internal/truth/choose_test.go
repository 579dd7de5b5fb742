//go:build live

package truth

import (
	_ "embed"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// frozen is the date from which on nothing is looked at, so that a run tells the same next year.
var frozen = time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC)

// connections at once to the index.
const connections = 12

//go:embed projects.txt
var listed string

func projects() (names []pep508.Name) {
	for line := range strings.Lines(listed) {
		if !strings.HasPrefix(line, "#") {
			for _, name := range strings.Fields(line) {
				names = append(names, pep508.NormalizeName(name))
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// drawn is all projects, or as many as a sample has, and what draws the rest.
func drawn(t *testing.T) ([]pep508.Name, *rand.Rand) {
	s := *seed
	for s == 0 {
		s = rand.Uint64()
	}
	t.Logf("seed %d", s)
	draw, names := rand.New(rand.NewPCG(s, 0)), projects()
	if *all {
		return names, draw
	}
	draw.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	return names[:*sample], draw
}

// choice is one project's wheel.
type choice struct {
	name pep508.Name
	file dist.File
	path string   // on this disk
	lays []string // paths that it takes, roughly: see lays
}

func (c *choice) install() venv.Install {
	return venv.Install{Name: c.name, Version: c.file.Version.String(), File: c.file, Requested: true}
}

// errNoWheel is for a project that has none for this interpreter.
var errNoWheel = errors.New("no wheel for this interpreter")

// choose finds and fetches the wheels, in the order of names. lacking says why a project has none.
func choose(t *testing.T, i *python.Interpreter, names []pep508.Name) (chosen []*choice, lacking map[pep508.Name]string) {
	t.Helper()
	address := os.Getenv("CHANDLERY_INDEX")
	require.NotEmpty(t, address, "set CHANDLERY_INDEX to an index")
	dir := *wheels
	if dir == "" {
		dir = t.TempDir()
	}
	cache, err := index.OpenCache(dir)
	require.NoError(t, err)
	client := &index.Client{URLs: []string{address}, Cache: cache, PageTTL: 24 * time.Hour, MaxConcurrent: connections}
	fetcher := &index.Fetcher{Cache: cache, MaxConcurrent: connections}
	platform, err := i.Platform("this machine")
	require.NoError(t, err)
	found, failed := make([]*choice, len(names)), make([]error, len(names))
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(connections)
	for n, name := range names {
		group.Go(func() error {
			var project *dist.Project
			if project, failed[n] = client.Project(ctx, name); failed[n] != nil {
				return ctx.Err()
			}
			if found[n], failed[n] = newest(project, platform); failed[n] != nil {
				return nil
			}
			blob, err := fetcher.Fetch(ctx, found[n].file.Artifact)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			found[n].path = blob.(interface{ Path() string }).Path()
			return errors.Join(blob.Close(), found[n].look())
		})
	}
	require.NoError(t, group.Wait())
	require.NoError(t, errors.Join(client.Close(), fetcher.Close()))
	lacking = map[pep508.Name]string{}
	for n, err := range failed {
		switch {
		case err == nil:
			chosen = append(chosen, found[n])
		case errors.Is(err, errNoWheel), errors.Is(err, dist.ErrNotFound):
			lacking[names[n]] = err.Error()
		default:
			require.NoError(t, err)
		}
	}
	return chosen, lacking
}

func newest(p *dist.Project, platform resolve.Platform) (*choice, error) {
	candidates, _ := resolve.Candidates(p, platform, resolve.Policy{ExcludeNewer: frozen})
	for _, c := range candidates {
		if !c.Yanked && !c.Version.IsPrerelease() {
			return &choice{name: p.Name, file: c.Files[0]}, nil
		}
	}
	return nil, errNoWheel
}

// place puts wheels of a group into a folder under their own names.
func place(t *testing.T, dir string, chosen []*choice) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, c := range chosen {
		to := filepath.Join(dir, c.file.File)
		if os.Link(c.path, to) == nil {
			continue
		}
		from, err := os.Open(c.path)
		require.NoError(t, err)
		f, err := os.Create(to)
		require.NoError(t, err)
		_, err = io.Copy(f, from)
		require.NoError(t, errors.Join(err, f.Close(), from.Close()))
	}
}

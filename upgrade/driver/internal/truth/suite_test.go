//go:build live

package truth

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/venv/python"
)

var (
	full    = flag.Bool("truth.full", false, "every release, driver and symbol in place of the sample")
	folder  = flag.String("truth.folder", "", "keeps environments and wheels for the next run; by default they go away")
	seed    = flag.Uint64("truth.seed", 0, "draws the sample; 0: another one each time")
	outside = flag.String("truth.outside", "", "clones of vendors' repositories, OWNER+NAME/repo")
	reports = flag.Bool("truth.report", false, "write report/*.md")
)

// suite is what the tests share.
var suite struct {
	dir     string
	client  *index.Client
	fetcher *index.Fetcher
	pythons []*python.Interpreter
	reader  *pyast.Reader
	known   func() (*api.Index, error)
}

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if err := open(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		if *folder == "" {
			defer os.RemoveAll(suite.dir)
		}
		defer suite.client.Close()
		defer suite.fetcher.Close()
		return m.Run()
	}())
}

func open() (err error) {
	url, pythons := os.Getenv("CHANDLERY_INDEX"), strings.Fields(os.Getenv("CHANDLERY_PYTHONS"))
	if url == "" || len(pythons) == 0 {
		return fmt.Errorf("set CHANDLERY_INDEX to an index (.../simple/), and CHANDLERY_PYTHONS to interpreters, the newest for reading first")
	}
	if suite.dir, err = filepath.Abs(*folder); *folder == "" {
		suite.dir, err = os.MkdirTemp("", "chandlery-truth")
	}
	if err != nil {
		return err
	}
	for _, path := range pythons {
		i, err := python.Probe(context.Background(), path)
		if err != nil {
			return err
		}
		suite.pythons = append(suite.pythons, i)
	}
	cache, err := index.OpenCache(filepath.Join(suite.dir, "cache"))
	if err != nil {
		return err
	}
	suite.client = &index.Client{URLs: []string{url}, Cache: cache}
	suite.fetcher = &index.Fetcher{Cache: cache}
	suite.reader = &pyast.Reader{Python: suite.pythons[0].Path}
	suite.known = sync.OnceValues(func() (*api.Index, error) { return data.Open("cinder") })
	if *seed == 0 {
		*seed = rand.Uint64N(1 << 31)
	}
	fmt.Printf("seed %d: repeat with -args -truth.seed %d\n", *seed, *seed)
	return nil
}

// known is the index that comes along.
func known(t *testing.T) *api.Index {
	t.Helper()
	ix, err := suite.known()
	require.NoError(t, err)
	require.NotEmpty(t, ix.Releases)
	return ix
}

// drawn is a source of randomness of one test, by the seed.
func drawn(t *testing.T) *rand.Rand {
	var sum uint64
	for _, c := range t.Name() {
		sum = sum*31 + uint64(c)
	}
	return rand.New(rand.NewPCG(*seed, sum))
}

// wheel brings a release's wheel, and gives its path.
func wheel(t *testing.T, v pep440.Version) string {
	t.Helper()
	path, err := wheelOf(t.Context(), v)
	require.NoError(t, err)
	return path
}

func wheelOf(ctx context.Context, v pep440.Version) (string, error) {
	p, err := suite.client.Project(ctx, "cinder")
	if err != nil {
		return "", err
	}
	for _, f := range p.Files {
		if f.Kind == dist.Wheel && f.Version.Equal(v) {
			return kept(ctx, f)
		}
	}
	return "", fmt.Errorf("the index has no wheel of cinder %s", v)
}

// kept lays a file under its own name.
func kept(ctx context.Context, f dist.File) (string, error) {
	path := filepath.Join(suite.dir, "files", f.File)
	if st, err := os.Stat(path); err == nil && st.Size() == f.Size {
		return path, nil
	}
	blob, err := suite.fetcher.Fetch(ctx, f.Artifact)
	if err != nil {
		return "", err
	}
	defer blob.Close()
	b := make([]byte, blob.Size())
	if _, err := blob.ReadAt(b, 0); err != nil && err.Error() != "EOF" {
		return "", err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, b, 0o644)
}

// last are the last releases of each series from queens on that have a wheel, ascending.
func last(t *testing.T, ix *api.Index) (versions []pep440.Version) {
	t.Helper()
	for i, r := range ix.Releases {
		if i+1 == len(ix.Releases) || ix.Releases[i+1].Series != r.Series {
			versions = append(versions, r.Version)
		}
	}
	return versions
}

// write writes a report, when that is asked for.
func write(t *testing.T, name, text string) {
	t.Helper()
	if *reports {
		require.NoError(t, os.WriteFile(filepath.Join("report", name), []byte(text), 0o644))
	}
}

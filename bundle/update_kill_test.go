//go:build slow

package bundle

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/childtest"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

var (
	killSites    = flag.String("site", "", "two published directories, joined by a comma, between whose releases the killed updates alternate; none: libraries made for the test")
	killChannel  = flag.String("channel", DefaultChannel, "channel of -site")
	killPlatform = flag.String("platform", "linux", "platform of -site")
	killTag      = flag.String("tag", "", "platform tag of -site")
	killSeed     = flag.Uint64("seed", 1, "of the moments of the kills")
	kills        = flag.Int("kills", 200, "SIGKILLs; half of them have to hit between INTENT and COMMIT")
)

func TestMain(m *testing.M) { childtest.Main(m, killedChild) }

// dirSite is a published directory as Source and Fetcher.
type dirSite struct {
	dir      string
	sequence uint64
}

func (s dirSite) Latest(context.Context) (*manifest.Manifest, error) {
	name := filepath.Join(s.dir, *killChannel, "update.json")
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Parse(b)
	if err != nil {
		return nil, err
	}
	m.Meta.Sequence = s.sequence
	return m.Resolve(&url.URL{Scheme: "file", Path: filepath.ToSlash(name)})
}

type fileBlob struct {
	*os.File
	size int64
}

func (b fileBlob) Size() int64 { return b.size }

func (s dirSite) Fetch(_ context.Context, a dist.Artifact) (dist.Blob, error) {
	u, err := url.Parse(a.URL)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(filepath.FromSlash(u.Path))
	if err != nil {
		return nil, err
	}
	return fileBlob{f, a.Size}, nil
}

func (s dirSite) updater(dir string) *Updater {
	return &Updater{Source: s, Fetcher: s, Platform: *killPlatform, Tag: *killTag, PythonDir: dir}
}

// killedChild updates, and tells each step past INTENT on its third file: the folder, the site with its release, what that is numbered, and the flags that say what of the site counts.
func killedChild(args []string) error {
	sequence, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	*killChannel, *killPlatform, *killTag = args[3], args[4], args[5]
	steps := os.NewFile(3, "steps")
	past := false
	u := dirSite{args[1], sequence}.updater(args[0])
	u.AllowPth = everyName(u)
	u.seams.step = serial(func(name string) error {
		if past {
			steps.WriteString("step\n")
		}
		past = past || name == "intent"
		return nil
	})
	_, err = u.Update(context.Background())
	return err
}

// everyName lets all libraries bring start-up files: this test is about kills.
func everyName(u *Updater) []pep508.Name {
	m, err := u.Source.Latest(context.Background())
	if err != nil {
		return nil
	}
	var all []pep508.Name
	for name := range m.Libraries {
		all = append(all, name)
	}
	return all
}

// TestKill kills real processes in the middle of updates, by SIGKILL, and recovers alone and offline: no folder may be mixed.
func TestKill(t *testing.T) {
	sites := strings.Split(*killSites, ",")
	if *killSites == "" {
		sites = makeSites(t)
	}
	require.Len(t, sites, 2, "-site needs two directories")
	var wants [2]map[string]string
	for i, site := range sites {
		wants[i] = wantedRecords(t, site)
	}
	require.NotEqual(t, wants[0], wants[1], "the releases are the same")
	k := &killing{t: t, rng: rand.New(rand.NewPCG(*killSeed, 0)), dir: filepath.Join(t.TempDir(), "python"), sites: sites, wants: wants}
	k.calibrate()
	for k.killed < *kills || k.inside < *kills/2 {
		require.Less(t, k.runs, 10**kills, "too few kills hit")
		k.once()
	}
	t.Logf("seed %d: %d SIGKILLs, %d of them between INTENT and COMMIT, %d runs; after Recover alone: %d folders mixed, %d old, %d new",
		*killSeed, k.killed, k.inside, k.runs, k.mixed, k.old, k.fresh)
	require.Zero(t, k.mixed)
}

type killing struct {
	t     *testing.T
	rng   *rand.Rand
	dir   string
	sites []string
	wants [2]map[string]string

	at    int           // whose release the folder holds
	took  time.Duration // of an update from start to end
	steps int           // of an update past INTENT

	runs, killed, inside, mixed, old, fresh int
}

// calibrate installs both releases, without a kill.
func (k *killing) calibrate() {
	for i := range 3 {
		begin := time.Now()
		cmd, steps := k.start(i % 2)
		n := 0
		for s := bufio.NewScanner(steps); s.Scan(); n++ {
		}
		require.NoError(k.t, cmd.Wait())
		k.took, k.steps, k.at = time.Since(begin), n, i%2
	}
	k.t.Logf("an update takes %v and %d steps past INTENT", k.took.Round(time.Millisecond), k.steps)
}

// start starts a process that updates to one of the releases.
func (k *killing) start(to int) (*exec.Cmd, io.Reader) {
	k.runs++
	r, w, err := os.Pipe()
	require.NoError(k.t, err)
	k.t.Cleanup(func() { r.Close() })
	cmd := childtest.Command(k.dir, k.sites[to], fmt.Sprint(k.runs), *killChannel, *killPlatform, *killTag)
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = []*os.File{w}
	require.NoError(k.t, cmd.Start())
	require.NoError(k.t, w.Close())
	return cmd, r
}

// once kills one update: three of four at a random step past INTENT, the others at any time.
func (k *killing) once() {
	to := 1 - k.at
	cmd, steps := k.start(to)
	if k.rng.IntN(4) > 0 {
		n := k.rng.IntN(k.steps)
		for s := bufio.NewScanner(steps); n >= 0 && s.Scan(); n-- {
		}
		time.Sleep(time.Duration(k.rng.IntN(200)) * time.Microsecond)
	} else {
		time.Sleep(time.Duration(k.rng.Int64N(int64(k.took))))
	}
	require.NoError(k.t, cmd.Process.Kill())
	var exit *exec.ExitError
	if err := cmd.Wait(); err == nil {
		k.at = to // it was faster
		return
	} else if !errors.As(err, &exit) || exit.ExitCode() != -1 {
		require.NoError(k.t, err, "the update failed by itself")
	}
	k.killed++
	_, err := os.Lstat(filepath.Join(k.dir, StateFolder, "journal"))
	pending := err == nil
	if !errors.Is(err, fs.ErrNotExist) {
		require.NoError(k.t, err)
	}
	if pending {
		k.inside++
	}
	k.judge(to, pending)
}

// judge recovers and looks which release the folder holds.
func (k *killing) judge(to int, pending bool) {
	require.NoError(k.t, Recover(k.t.Context(), k.dir))
	bad := mixed(k.t, k.dir)
	held := heldRecords(k.t, k.dir)
	switch {
	case len(bad) == 0 && maps.Equal(held, k.wants[to]):
		k.at = to
		k.fresh++
	case len(bad) == 0 && maps.Equal(held, k.wants[k.at]) && !pending:
		k.old++
	default:
		k.mixed++
		k.t.Errorf("run %d: mixed: %v %v", k.runs, bad, held)
	}
}

// wantedRecords is what a site's release says: library to sha256 of RECORD.
func wantedRecords(t *testing.T, site string) map[string]string {
	t.Helper()
	run, err := dirSite{site, 1}.updater(t.TempDir()).begin()
	require.NoError(t, err)
	_, wants, err := run.source(t.Context(), nil, folderState{})
	require.NoError(t, err)
	records := map[string]string{}
	for _, w := range wants {
		records[string(w.name)] = w.bundle.RecordSHA256
	}
	return records
}

func heldRecords(t *testing.T, dir string) map[string]string {
	t.Helper()
	found, _ := wheel.Scan(os.DirFS(dir))
	records := map[string]string{}
	for _, in := range found {
		records[string(in.Name)] = in.RecordSHA256
	}
	return records
}

// makeSites publishes two releases of made libraries: upgrades, downgrades, a namespace package, a removed and a new library.
func makeSites(t *testing.T) []string {
	t.Helper()
	many := func(version string, n int) []string {
		var files []string
		for i := range n {
			files = append(files, fmt.Sprintf("big/s%d/f%d.py", i%9, i), strings.Repeat(version, 500))
		}
		return files
	}
	releases := [][]wheelmake.Spec{
		{library("big", "1", many("1", 300)...), library("protobuf", "3", "google/protobuf/p.py", "3"), library("common", "1", "google/api/x.py", "1"),
			library("down", "2", "down.py", "2", "bin/down", "2"), library("gone", "1", "bin/gone", "1", "gone/g.py", "1"), library("shape", "1", "shape.py", "1")},
		{library("big", "2", many("2", 280)...), library("protobuf", "4", "google/protobuf/p.py", "4", "google/_upb/u.py", "4"), library("common", "1", "google/api/x.py", "1"),
			library("down", "1", "down.py", "1", "bin/down", "1"), library("new", "1", "new/n.py", "1"), library("shape", "2", "shape/__init__.py", "2")},
	}
	var sites []string
	for _, specs := range releases {
		s := newUpdateSite(t, specs...)
		dir := t.TempDir()
		for address, b := range s.bundles {
			writeFiles(t, dir, "sha256/"+filepath.Base(address), string(b))
		}
		for _, platforms := range s.current.Libraries {
			for platform, leaf := range platforms {
				leaf.URL = "../sha256/" + filepath.Base(leaf.URL)
				leaf.Tag, leaf.Source = "py3-none-any", &manifest.Origin{Wheel: "x-1-py3-none-any.whl", SHA256: leaf.SHA256}
				platforms[platform] = leaf
			}
		}
		s.current.Meta.Issued = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		b, err := s.current.Encode()
		require.NoError(t, err)
		writeFiles(t, dir, *killChannel+"/update.json", string(b))
		sites = append(sites, dir)
	}
	return sites
}

// TestRaceProcesses lets 16 processes update one folder at once: one does, 15 find nothing to do.
func TestRaceProcesses(t *testing.T) {
	site := makeSites(t)[0]
	k := &killing{t: t, dir: filepath.Join(t.TempDir(), "python"), sites: []string{site}}
	var running []*exec.Cmd
	for range 16 {
		cmd, steps := k.start(0)
		k.runs = 0 // all bring the same release
		go io.Copy(io.Discard, steps)
		running = append(running, cmd)
	}
	for _, cmd := range running {
		require.NoError(t, cmd.Wait())
	}
	require.Empty(t, mixed(t, k.dir))
	require.Equal(t, wantedRecords(t, site), heldRecords(t, k.dir))
	f, err := openFolder(k.dir, seams{})
	require.NoError(t, err)
	state, err := f.readState()
	require.NoError(t, errors.Join(err, f.close()))
	require.EqualValues(t, 1, state.Generation, "transactions")
}

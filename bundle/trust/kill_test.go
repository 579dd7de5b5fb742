//go:build slow

package trust

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
	"github.com/chandlery-go/chandlery/internal/childtest"
)

var (
	killSeed  = flag.Uint64("seed", 1, "of the moments of the kills")
	killCount = flag.Int("kills", 60, "SIGKILLs at random moments, for each scenario")
)

func TestMain(m *testing.M) { childtest.Main(m, killedChild) }

// killedChild asks for the newest release, and dies before a change of the folder (0: it lives): the Client's folder, the one that its mirror serves, which root of the mirror is the
// application's own, the change.
func killedChild(args []string) error {
	root, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return err
	}
	step, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	c, kill := killClient(args[0], args[1], root), childtest.KillAt(step)
	c.step = func(name string) {
		if err := kill(name); err != nil {
			panic(err)
		}
	}
	_, err = c.Latest(context.Background())
	return err
}

var killTime = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func killClient(dir, repo string, root int64) *Client {
	own, err := os.ReadFile(filepath.Join(repo, "metadata", metadata.FileName(metadata.RootRole, root)))
	if err != nil {
		panic(err)
	}
	return &Client{Root: own, Dir: dir, Channel: "stable", Clock: func() time.Time { return killTime }, RoundTripper: http.NewFileTransport(http.Dir(repo)),
		Mirrors: []Mirror{{Metadata: "http://store.example/metadata", Targets: "http://store.example"}}}
}

// killScene is what a killed Client was about to do.
type killScene struct {
	name      string
	root      int64 // the application's own
	had, news int   // the releases; 0: none
	turn      func(*trusttest.Repo)
}

func killScenes() []killScene {
	turn := func(role string) func(*trusttest.Repo) {
		return func(r *trusttest.Repo) {
			old := r.Signers["root"]
			r.SetKeys("root", 1, trusttest.NewKey())
			r.SetKeys(role, 1, trusttest.NewKey())
			r.PublishRoot(old...)
			r.PublishRoot()
		}
	}
	return []killScene{
		{"first run", 1, 0, 3, func(*trusttest.Repo) {}},
		{"a release", 1, 2, 3, func(*trusttest.Repo) {}},
		{"roots", 1, 2, 3, turn("targets")},
		{"a new timestamp key", 1, 2, 3, turn("timestamp")},
		{"a new snapshot key", 1, 2, 3, turn("snapshot")},
		{"a newer application", 3, 2, 3, turn("snapshot")},
	}
}

// TestKill kills real processes at every change of the folder and at random moments. The next run works, and what was trusted before is never below: not for a mirror that
// serves a release of old either.
func TestKill(t *testing.T) {
	rng := rand.New(rand.NewPCG(*killSeed, 0))
	for _, scene := range killScenes() {
		t.Run(scene.name, func(t *testing.T) {
			k := newKilling(t, scene)
			steps := 0
			for k.run(steps, 0) {
				steps++
			}
			require.Greater(t, steps, 3)
			random := 0
			for range *killCount {
				if k.run(-1, time.Duration(rng.Int64N(int64(k.took)))) {
					random++
				}
			}
			require.Positive(t, random)
			t.Logf("seed %d: killed at each of %d changes and %d times at random; a run takes %v", *killSeed, steps, random, k.took.Round(time.Millisecond))
		})
	}
}

type killing struct {
	*testing.T
	killScene
	template     string // the folder before
	ancient, now string // what mirrors serve: the first release, and the newest
	took         time.Duration
}

func newKilling(t *testing.T, scene killScene) *killing {
	k := &killing{T: t, killScene: scene, template: t.TempDir(), ancient: t.TempDir(), now: t.TempDir()}
	repo := trusttest.New(killTime.AddDate(0, 0, 30))
	repo.Delegate("targets", metadata.Delegation{Name: "stable", Paths: []string{"stable/*"}})
	releaseTo := func(sequence int) {
		b, err := bundletest.Configuration("stable", uint64(sequence), "1.0").Encode()
		require.NoError(t, err)
		custom, err := json.Marshal(Custom{Schema: CustomSchema, Channel: "stable", Sequence: uint64(sequence)})
		require.NoError(t, err)
		repo.Add("stable", "stable/update.json", b, custom)
		repo.Publish()
	}
	releaseTo(1)
	save(t, k.ancient, repo)
	if k.had > 0 {
		releaseTo(k.had)
		had := t.TempDir()
		save(t, had, repo)
		_, err := killClient(k.template, had, 1).Latest(t.Context())
		require.NoError(t, err)
	}
	k.turn(repo)
	releaseTo(k.news)
	save(t, k.now, repo)
	for range 2 { // the first starts with a cold cache
		dir := k.folder()
		begin := time.Now()
		require.NoError(t, k.child(dir, -1).Run())
		k.took = time.Since(begin)
	}
	return k
}

func save(t *testing.T, dir string, repo *trusttest.Repo) {
	for _, name := range slices.Sorted(maps.Keys(repo.Files())) {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), repo.Files()[name], 0o644))
	}
}

func (k *killing) folder() string {
	dir := filepath.Join(k.TempDir(), "trust")
	require.NoError(k, os.CopyFS(dir, os.DirFS(k.template)))
	return dir
}

func (k *killing) child(dir string, step int) *exec.Cmd {
	cmd := childtest.Command(dir, k.now, fmt.Sprint(k.root), fmt.Sprint(step+1))
	cmd.Stderr = os.Stderr
	return cmd
}

// run kills one process, before the given change of the folder (-1: after a while), and judges what it left. It is false where the process ended first.
func (k *killing) run(step int, after time.Duration) bool {
	dir := k.folder()
	cmd := k.child(dir, step)
	require.NoError(k, cmd.Start())
	if step < 0 {
		time.Sleep(after)
		require.NoError(k, cmd.Process.Kill())
	}
	var exit *exec.ExitError
	err := cmd.Wait()
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != -1) {
		require.NoError(k, err, "the run failed by itself")
	}
	k.judge(dir, fmt.Sprintf("killed at change %d, after %v", step, after))
	return err != nil
}

func (k *killing) judge(dir, when string) {
	attacked := filepath.Join(k.TempDir(), "attacked")
	require.NoError(k, os.CopyFS(attacked, os.DirFS(dir)))
	roots := k.roots(dir)
	require.GreaterOrEqual(k, roots, k.roots(k.template), when)
	own := k.root
	if own > 1 { // the ancient mirror does not have it, the application does
		b, err := os.ReadFile(filepath.Join(k.now, "metadata", metadata.FileName(metadata.RootRole, own)))
		require.NoError(k, err)
		require.NoError(k, os.WriteFile(filepath.Join(k.ancient, "metadata", metadata.FileName(metadata.RootRole, own)), b, 0o644))
	}
	m, err := killClient(attacked, k.ancient, own).Latest(k.Context())
	if k.had > 0 {
		require.Error(k, err, "%s: release %v is believed again", when, m)
		require.Equal(k, true, trustError(err), "%s: %v", when, err)
	}
	require.GreaterOrEqual(k, k.roots(attacked), roots, when)
	for _, left := range []string{dir, attacked} {
		m, err = killClient(left, k.now, own).Latest(k.Context())
		require.NoError(k, err, when)
		require.EqualValues(k, k.news, m.Meta.Sequence, when)
		entries, err := os.ReadDir(left)
		require.NoError(k, err)
		for _, e := range entries {
			require.NotEqual(k, rotatedName, e.Name(), when)
		}
	}
}

// roots is the newest root that a folder keeps.
func (k *killing) roots(dir string) (newest int64) {
	entries, err := os.ReadDir(filepath.Join(dir, historyDir))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(k, err)
	}
	for _, e := range entries {
		var n int64
		if _, err := fmt.Sscanf(e.Name(), "%d.root.json", &n); err == nil && !strings.HasPrefix(e.Name(), ".") {
			newest = max(newest, n)
		}
	}
	return newest
}

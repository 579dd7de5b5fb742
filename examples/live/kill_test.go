//go:build live

package live

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	kills       = flag.Int("live.kills", 40, "TestKills: how many, at least half of them between INTENT and COMMIT; the full run has 200")
	killsReport = flag.String("live.kills.report", "", "TestKills: a file to write what it has seen into")
)

const (
	killerSeed = 20
	renames    = 3 * time.Millisecond // what those of these libraries take, about
)

// TestKills updates a folder to and fro between two releases of the classroom's linux libraries and kills the program. After `recover` alone,
// which has no source to ask, the folder is one of the two releases: every RECORD true, no two .dist-info of one name.
func TestKills(t *testing.T) {
	k := newKiller(t)
	done, midway, completed := 0, 0, 0
	for attempt := 0; done < *kills || midway < *kills/2; attempt++ {
		require.Less(t, attempt, 10*(*kills), "%d kills, %d of them midway", done, midway)
		if !k.interrupt(t, attempt) {
			continue
		}
		done++
		if k.journal(t) {
			midway++
		}
		succeed[json.RawMessage](t, "recover", "--python-dir", k.dir)
		f := readFolder(t, k.dir)
		require.Empty(t, f.problems, "after kill %d", done)
		is := 0
		for ; is < len(k.releases) && !assert.ObjectsAreEqual(expected(k.releases[is], targets[4]), f.versions); is++ {
		}
		require.Less(t, is, len(k.releases), "after kill %d the folder is neither release: %v", done, f.versions)
		if is != k.holds {
			completed++
		}
		k.holds = is
	}
	seen := fmt.Sprintf("seed %d: %d kills, %d of them between INTENT and COMMIT; %d times the folder was the new one after recovery, else the old; 0 mixed", killerSeed, done, midway, completed)
	t.Log(seen)
	if *killsReport != "" {
		text := fmt.Sprintf("# Kills of updates of real libraries\n\nWritten by TestKills (tag live, -live.kills.report; see doc.go) on %s.\n\n%s. After each, `recover` alone, without a source.\n", time.Now().UTC().Format(time.DateOnly), seen)
		require.NoError(t, os.WriteFile(*killsReport, []byte(text), 0o644))
	}
}

// killed are the classroom's libraries but for those with thousands of files, so that 200 updates take minutes.
var killed = []string{"cryptography", "flask", "jinja2", "lxml", "protobuf", "pyserial", "requests", "websocket-client"}

// killer holds an unsigned store, whose releases it makes itself, with two of them, and a folder that has one of them.
type killer struct {
	site, dir string
	releases  [2]*manifest.Manifest
	holds     int // which of them the folder has
	sequence  uint64
	random    *rand.Rand
	whole     time.Duration // of an update that is not interrupted
	switching time.Duration // from the begin of its switch to its end
}

func newKiller(t *testing.T) *killer {
	t.Helper()
	k := &killer{site: filepath.Join(t.TempDir(), "site"), dir: filepath.Join(t.TempDir(), "python"), random: rand.New(rand.NewPCG(killerSeed, killerSeed))}
	for i, specifier := range []func(name string) string{
		func(string) string { return "latest" },
		func(name string) string { return "<" + k.releases[0].Libraries[pep508.Name(name)]["linux"].Version },
	} {
		config := map[string]any{}
		for _, name := range killed {
			config[name] = map[string]any{"expectedVersions": map[string]string{"linux": specifier(name)}}
		}
		succeed[published](t, "publish", "--config", writeJSON(t, config), "--store", k.site, "--insecure-unsigned", "--cache", suite.cache)
		k.releases[i] = released(t, k.site)
	}
	k.sequence = k.releases[1].Meta.Sequence
	update(t, k.site, targets[4], k.dir, "--insecure-unsigned")
	k.holds = 1
	k.measure(t)
	k.holds = 0
	t.Logf("an update takes %v, its switch %v; %d libraries differ", k.whole, k.switching, len(differences(k.releases[0], k.releases[1], targets[4])))
	return k
}

// release makes the other of the two the newest.
func (k *killer) release(t *testing.T) {
	t.Helper()
	k.sequence++
	m := *k.releases[1-k.holds]
	m.Meta.Sequence = k.sequence
	b, err := m.Encode()
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(k.site, "stable", "update.json"), b, 0o600))
}

func (k *killer) command(t *testing.T) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	k.release(t)
	cmd := exec.Command(suite.program, "update", "--source", k.site, "--insecure-unsigned", "--platform", "linux", "--python-dir", k.dir, "--json")
	pipe, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return cmd, bufio.NewScanner(pipe)
}

// measure updates without a kill.
func (k *killer) measure(t *testing.T) {
	t.Helper()
	started := time.Now()
	cmd, lines := k.command(t)
	await(t, lines, "switch started")
	begun := time.Now()
	await(t, lines, "switch finished")
	k.switching = time.Since(begun)
	for lines.Scan() {
	}
	require.NoError(t, cmd.Wait())
	k.whole = time.Since(started)
}

func await(t *testing.T, lines *bufio.Scanner, step string) {
	t.Helper()
	for lines.Scan() {
		if event(t, lines.Bytes()) == step {
			return
		}
	}
	require.Fail(t, "the update did not tell: "+step)
}

// awaitJournal looks for INTENT until the program ends.
func (k *killer) awaitJournal(t *testing.T, ended <-chan struct{}) {
	t.Helper()
	for !k.journal(t) {
		select {
		case <-ended:
			return
		default:
		}
	}
}

func event(t *testing.T, b []byte) string {
	var l struct{ Event, Step string }
	require.NoError(t, json.Unmarshal(b, &l), "%s", b)
	return l.Step + " " + l.Event
}

// interrupt begins an update and kills it at a random moment: of the whole, of the switch, or, in every second attempt, between INTENT and COMMIT. It reports whether the kill came in time.
func (k *killer) interrupt(t *testing.T, attempt int) bool {
	t.Helper()
	cmd, lines := k.command(t)
	longest := k.whole
	if attempt%4 != 0 {
		await(t, lines, "switch started")
		longest = k.switching
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for lines.Scan() {
		}
	}()
	if attempt%4 > 1 {
		k.awaitJournal(t, ended)
		longest = renames
	}
	time.Sleep(time.Duration(k.random.Int64N(int64(longest) + 1)))
	require.NoError(t, ignoreDone(cmd.Process.Kill()))
	<-ended
	if cmd.Wait() == nil {
		k.holds = 1 - k.holds
		return false
	}
	require.Equal(t, -1, cmd.ProcessState.ExitCode(), "the update failed by itself")
	return true
}

func ignoreDone(err error) error {
	if err == os.ErrProcessDone {
		return nil
	}
	return err
}

// journal reports whether the folder's state has a transaction between INTENT and COMMIT.
func (k *killer) journal(t *testing.T) bool {
	t.Helper()
	_, err := os.Lstat(filepath.Join(k.dir, bundle.StateFolder, "journal"))
	require.True(t, err == nil || errors.Is(err, fs.ErrNotExist), err)
	return err == nil
}

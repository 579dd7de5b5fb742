//go:build testbed

package probe

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

var (
	offset = flag.Int("testbed.offset", 2000, "what is added to the testbed's ports")
	glance = flag.String("testbed.glance", "fake", "the testbed's glance: fake or real")
)

// testbed is a real cinder with RabbitMQ and Ceph. The environment variable CHANDLERY_TESTBED names the program that makes one; it needs root.
type testbed struct {
	t       *testing.T
	program string
	dir     string
	doc     struct {
		API      string   `json:"api_url"`
		Glance   string   `json:"glance_url"`
		Project  string   `json:"project"`
		Services []served `json:"services"`
	}
	manage []string

	mu    sync.Mutex
	marks map[string]int64 // where the log of a service's present run begins
}

type served struct {
	Name    string `json:"name"`
	PIDFile string `json:"pidfile"`
	Log     string `json:"log"`
}

func startTestbed(t *testing.T) *testbed {
	t.Helper()
	program := os.Getenv("CHANDLERY_TESTBED")
	require.NotEmpty(t, program, "CHANDLERY_TESTBED must name the testbed's program")
	dir := t.TempDir()
	for d := dir; d != os.TempDir() && len(d) > len(os.TempDir()); d = filepath.Dir(d) { // services run as users of their own
		require.NoError(t, os.Chmod(d, 0o755))
	}
	b := &testbed{t: t, program: program, dir: filepath.Join(dir, "tb"), marks: map[string]int64{}}
	t.Cleanup(func() { b.do("down", "--purge") })
	up := []string{"up", "--port-offset", strconv.Itoa(*offset), "--glance", *glance}
	if _, err := b.try(up...); err != nil { // a new Ceph may lose the race of its monitor and its OSD ("wrong fsid")
		t.Logf("once more: %v", err)
		b.do("down", "--purge")
		b.do(up[0], up[1:]...)
	}
	b.load()
	return b
}

// do runs a verb of the testbed.
func (b *testbed) do(verb string, args ...string) {
	b.t.Helper()
	out, err := b.try(append([]string{verb}, args...)...)
	require.NoError(b.t, err, "testbed %s %q: %s", verb, args, out)
}

func (b *testbed) try(args ...string) ([]byte, error) {
	began := time.Now()
	out, err := exec.Command(b.program, append([]string{args[0], "--dir", b.dir}, args[1:]...)...).CombinedOutput()
	b.t.Logf("%6.1f s  testbed %q", time.Since(began).Seconds(), args)
	return out, err
}

func (b *testbed) load() {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, "services.json"))
	require.NoError(b.t, err)
	require.NoError(b.t, json.Unmarshal(text, &b.doc))
	var more struct {
		Components struct {
			Cinder struct {
				Manage []string `json:"manage"`
			} `json:"cinder"`
		} `json:"components"`
	}
	require.NoError(b.t, json.Unmarshal(text, &more))
	b.manage = more.Components.Cinder.Manage
}

// anew marks the logs: what follows is of the next run.
func (b *testbed) anew() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.doc.Services {
		if st, err := os.Stat(s.Log); err == nil {
			b.marks[s.Name] = st.Size()
		}
	}
}

func (b *testbed) Run(ctx context.Context, _ upgrade.Subject, c upgrade.Command) (upgrade.Result, error) {
	out, err := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...).CombinedOutput()
	return upgrade.Result{Output: out}, err
}

func (b *testbed) Start(context.Context, upgrade.Subject, upgrade.Service) (upgrade.Process, error) {
	return nil, fmt.Errorf("a verifier starts nothing")
}

func (b *testbed) Attach(_ context.Context, _ upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.doc.Services {
		if s.Name != svc.Name {
			continue
		}
		p := &liveProcess{served: s, from: b.marks[s.Name]}
		if st, err := os.Stat(s.PIDFile); err == nil {
			p.began = st.ModTime()
		}
		pid, err := readPID(s.PIDFile)
		if err != nil {
			return nil, err
		}
		if p.id, err = identity(pid); err != nil || p.id == "" {
			return p, fmt.Errorf("%s: %w", s.Name, upgrade.ErrNotRunning)
		}
		p.pid = pid
		return p, nil
	}
	return nil, fmt.Errorf("%s: %w", svc.Name, upgrade.ErrNotRunning)
}

type liveProcess struct {
	served
	from  int64
	pid   int
	id    string
	began time.Time
}

func (p *liveProcess) Started() time.Time         { return p.began }
func (p *liveProcess) Stop(context.Context) error { return fmt.Errorf("a verifier stops nothing") }

func (p *liveProcess) Log(context.Context) (io.ReadCloser, error) {
	f, err := os.Open(p.served.Log)
	if err != nil {
		return nil, err
	}
	_, err = f.Seek(p.from, io.SeekStart)
	return f, err
}

func (p *liveProcess) Wait(ctx context.Context) error {
	for {
		if id, err := identity(p.pid); err != nil || id != p.id {
			return err
		}
		if err := sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// verify runs one verifier and prints what it saw.
func (b *testbed) verify(v upgrade.Verifier) upgrade.Report {
	b.t.Helper()
	began := time.Now()
	r, err := v.Verify(b.t.Context(), subject(false))
	require.NoError(b.t, err)
	b.t.Logf("%6.1f s  %T: %s", time.Since(began).Seconds(), v, r.Verdict)
	for _, c := range r.Checks {
		b.t.Logf("%10.2f s  %s %s: %s %s", c.Took.Seconds(), c.Level, c.Name, c.Verdict, c.Detail)
		for _, e := range c.Evidence {
			b.t.Logf("%16s%s [%s] %s (%s)", "", e.Class, e.Symbol, e.Text, e.Source)
		}
	}
	return r
}

func (b *testbed) pidfiles(names ...string) (all []string) {
	for _, s := range b.doc.Services {
		for _, name := range names {
			if s.Name == name {
				all = append(all, s.PIDFile)
			}
		}
	}
	require.Len(b.t, all, len(names))
	return all
}

// TestLive breaks a real deployment in several ways; each is to be seen for what it is.
func TestTestbed(t *testing.T) {
	b := startTestbed(t)
	api := API{Volume: b.doc.API + "/v3/" + b.doc.Project, Image: b.doc.Glance, Auth: NoAuth("admin", b.doc.Project)}
	l0 := Process{Runner: b, Watch: 7 * time.Second, Ready: readyWord} // report_interval is 3 s there
	l1 := ServiceState{API: api, Runner: b, List: &upgrade.Command{Name: "service list", Argv: append(b.manage, "service", "list")}, RPC: map[string]string{"cinder-volume": "3.18"}}
	l2 := Pools{API: api, Runner: b, Backends: []string{"ceph"}}
	l3 := VolumeOperations{API: api, Runner: b}
	l4 := &Data{API: api, Runner: b, File: filepath.Join(t.TempDir(), "data")}
	l5 := &Unchanged{Folders: []string{"/usr/lib/python3/dist-packages"}, PIDFiles: b.pidfiles("rabbitmq")}
	levels := []upgrade.Verifier{l0, l1, l2, l3, l4, l5}
	wellDown := func(v ...upgrade.Verifier) {
		t.Helper()
		for _, v := range v { // a log may hold the words of a service that was being stopped
			assert.Contains(t, []upgrade.Verdict{upgrade.Pass, upgrade.PassWithFindings}, b.verify(v).Verdict)
		}
	}
	began := time.Now()
	require.NoError(t, upgrade.AllOf(levels...).(upgrade.Preparer).Prepare(t.Context(), subject(false)))
	t.Logf("%6.1f s  Prepare", time.Since(began).Seconds())

	t.Log("== well")
	for _, v := range levels {
		assert.Equal(t, upgrade.Pass, b.verify(v).Verdict)
	}

	t.Log("== scheduler and volume started together")
	b.anew()
	b.do("restart", "cinder-scheduler", "cinder-volume")
	wellDown(l2, l1, l0)

	t.Log("== the vendor's newer driver")
	b.anew()
	b.do("vendor-driver", "rbd", "--replace")
	wellDown(l2, l1, l0) // it starts clean
	got := b.verify(l3)
	assert.Equal(t, upgrade.Fail, got.Verdict)
	for name, symbol := range map[string]string{"create a volume from an image": "fetch_to_raw(disable_sparse=)", "upload a volume to an image": "upload_volume(volume_fd=)"} {
		c := check(t, got, name)
		assert.Equal(t, upgrade.Fail, c.Verdict)
		require.NotEmpty(t, c.Evidence)
		assert.Equal(t, []any{upgrade.MissingAPI, symbol}, []any{c.Evidence[0].Class, c.Evidence[0].Symbol})
	}
	assert.Equal(t, upgrade.Fail, b.verify(l4).Verdict, "it cannot read back")
	fresh := &Data{API: api}
	require.NoError(t, fresh.Prepare(t.Context(), subject(false)))
	assert.Equal(t, upgrade.NotApplicable, b.verify(fresh).Verdict)
	b.anew()
	b.do("vendor-driver", "rbd", "--remove")
	wellDown(l2, l1, l0, l4)

	t.Log("== cinder-volume stopped")
	b.do("stop", "cinder-volume")
	l1.Limit, l2.Limit = 30*time.Second, 5*time.Second
	got = b.verify(l0)
	assert.Equal(t, upgrade.Fail, check(t, got, "cinder-volume").Verdict)
	assert.Equal(t, upgrade.Pass, check(t, got, "cinder-scheduler").Verdict)
	assert.Equal(t, upgrade.Fail, b.verify(until(l1, time.Now())).Verdict)
	b.anew()
	b.do("start", "cinder-volume")
	l1.Limit, l2.Limit = 0, 0
	wellDown(l2, l1, l0)

	t.Log("== Ceph stopped")
	b.do("stop", "ceph-osd")
	l3.Step = 20 * time.Second
	got = b.verify(l3)
	assert.Equal(t, upgrade.Fail, got.Verdict)
	assert.Equal(t, []upgrade.Class{upgrade.Unreachable}, classes(check(t, got, "create a volume")), "never a question of versions")
	b.do("start", "ceph-osd")
	b.anew()
	b.do("restart", "cinder-volume")
	l3.Step = 0
	wellDown(l2, l3, l4)

	t.Log("== the API stopped")
	b.do("stop", "cinder-api")
	l1.Limit = 3 * time.Second
	_, err := l1.Verify(t.Context(), subject(false))
	assert.ErrorIs(t, err, ErrUnreachable)
	_, err = l3.Verify(t.Context(), subject(false))
	assert.ErrorIs(t, err, ErrUnreachable)
	b.do("start", "cinder-api")
	b.do("wait")

	t.Log("== the end")
	wellDown(l5)
	require.NoError(t, l4.Remove(t.Context()))
}

// until demands rows from after a moment.
func until(v ServiceState, since time.Time) ServiceState { v.Since = since; return v }

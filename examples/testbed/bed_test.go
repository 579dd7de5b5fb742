//go:build testbed

package testbed

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bed is a running testbed, and the folder of what the tests make beside it.
type bed struct {
	t    *testing.T
	home string // deploy.yaml, environments, state; the testbed is in tb below it
	dir  string
	doc  described
}

// described is services.json.
type described struct {
	API        string `json:"api_url"`
	Project    string `json:"project"`
	Token      string `json:"token"`
	Glance     string `json:"glance_url"`
	CephConf   string `json:"ceph_conf"`
	Pool       string `json:"pool"`
	Rabbit     rabbit `json:"rabbit"`
	Components map[string]struct {
		Services []string `json:"services"`
		Conf     string   `json:"conf"`
		User     string   `json:"user"`
		DB       database `json:"db"`
	} `json:"components"`
	Manager struct {
		Kind     string   `json:"kind"`
		Ctl      []string `json:"ctl"`
		Programs string   `json:"programs"`
	} `json:"manager"`
	Services []served `json:"services"`
}

type rabbit struct {
	Ctl  []string          `json:"ctl"`
	User string            `json:"user"`
	Env  map[string]string `json:"env"`
}

type database struct {
	Kind   string   `json:"kind"`
	Path   string   `json:"path"`
	Name   string   `json:"name"`
	Client []string `json:"client"`
	Dump   []string `json:"dump"`
}

type served struct {
	Name       string            `json:"name"`
	Argv       []string          `json:"argv"`
	Env        map[string]string `json:"env"`
	Dir        string            `json:"cwd"`
	User       string            `json:"user"`
	PIDFile    string            `json:"pidfile"`
	Output     string            `json:"output"`
	Log        string            `json:"log"`
	Signal     string            `json:"stop_signal"`
	Timeout    int               `json:"stop_timeout_s"`
	Component  string            `json:"component"`
	Supervisor *struct {
		Socket string `json:"socket"`
	} `json:"supervisor"`
}

// startBed starts a testbed; its end is the test's. options are those of `testbed up`.
func startBed(t *testing.T, options ...string) *bed {
	t.Helper()
	home := t.TempDir()
	for d := home; len(d) > len(os.TempDir()); d = filepath.Dir(d) { // services run as users of their own
		require.NoError(t, os.Chmod(d, 0o755))
	}
	b := &bed{t: t, home: home, dir: filepath.Join(home, "tb")}
	t.Cleanup(b.down)
	suite.running.add(b)
	up := append([]string{"up", "--port-offset", strconv.Itoa(*offset), "--objectstore", *objectStore}, options...)
	if out, err := b.try(up...); err != nil { // a new Ceph may lose the race of its monitor and its OSD
		t.Logf("once more: %v\n%s", err, out)
		b.do("down", "--purge")
		b.do(up...)
	}
	b.load()
	return b
}

// down ends the testbed, after it told what a reader of a failure wants to know.
func (b *bed) down() {
	if b.t.Failed() {
		b.tellLogs()
	}
	suite.running.remove(b)
	if out, err := b.end(); err != nil {
		b.t.Errorf("testbed down: %v\n%s", err, out)
	}
}

// end leaves nothing of the testbed, nor of what an upgrade began in it.
func (b *bed) end() ([]byte, error) {
	b.stopTrials()
	b.revoke()
	return b.verb("down", "--purge")
}

// do runs a verb of the testbed.
func (b *bed) do(args ...string) string {
	b.t.Helper()
	out, err := b.try(args...)
	require.NoError(b.t, err, "testbed %q: %s", args, out)
	return string(out)
}

// writeData leaves filled volumes.
func (b *bed) writeData() {
	b.t.Helper()
	b.patiently("data-write", "2")
}

func (b *bed) try(args ...string) ([]byte, error) {
	suite.running.pass()
	return b.verb(args...)
}

func (b *bed) verb(args ...string) ([]byte, error) {
	began := time.Now()
	out, err := exec.Command(suite.testbed, append([]string{args[0], "--dir", b.dir}, args[1:]...)...).CombinedOutput()
	b.t.Logf("%6.1f s  testbed %q", time.Since(began).Seconds(), args)
	return out, err
}

func (b *bed) load() {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, "services.json"))
	require.NoError(b.t, err)
	b.doc = described{}
	require.NoError(b.t, json.Unmarshal(text, &b.doc))
}

func (b *bed) served(name string) served {
	b.t.Helper()
	i := slices.IndexFunc(b.doc.Services, func(s served) bool { return s.Name == name })
	require.GreaterOrEqual(b.t, i, 0, "the testbed has no service %s", name)
	return b.doc.Services[i]
}

// conf is a component's configuration file.
func (b *bed) conf(component string) string { return b.doc.Components[component].Conf }

// smoke is the judge of the function that shares nothing with chandlery.
func (b *bed) smoke(only string) {
	b.t.Helper()
	args := []string{"smoke"}
	if only != "" {
		args = append(args, "--only", only)
	}
	b.t.Logf("%s", b.patiently(args...))
}

// dataEqual demands that what data-write wrote reads back, from Ceph and through the API.
func (b *bed) dataEqual() {
	b.t.Helper()
	b.patiently("data-verify", "--api")
}

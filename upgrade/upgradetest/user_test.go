//go:build unix

package upgradetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
	"github.com/chandlery-go/chandlery/venv"
)

// fault breaks one of the implementations below, so that TestSuites_catch sees whether the suites tell.
var fault = flag.String("fault", "", "what is wrong with the implementation that is checked")

// runner is a Runner as a user may write one: a pid file and a log file for each service.
type runner struct {
	dir     string
	started io.Writer // of the test: process numbers
}

func argv(s upgrade.Subject, template []string) []string {
	var all []string
	for _, a := range template {
		if a == "{config}" {
			for _, f := range s.Config.Files {
				all = append(all, "--config-file="+f)
			}
			continue
		}
		all = append(all, strings.NewReplacer("{bin}", s.Env.Scripts, "{root}", s.Env.Root, "{python}", s.Env.Python.Path).Replace(a))
	}
	return all
}

func environ(s upgrade.Subject, own map[string]string) []string {
	all := map[string]string{"PATH": "/usr/bin:/bin"}
	for _, m := range []map[string]string{own, s.Config.Env} {
		for k, v := range m {
			all[k] = v
		}
	}
	if *fault == "environment" {
		delete(all, "CHANDLERY_SUITE")
	}
	all["PATH"] = s.Env.Scripts + ":" + all["PATH"]
	var list []string
	for k, v := range all {
		list = append(list, k+"="+v)
	}
	return list
}

func (r *runner) Run(ctx context.Context, s upgrade.Subject, c upgrade.Command) (upgrade.Result, error) {
	if c.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Timeout)
		defer cancel()
	}
	args := argv(s, c.Argv)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env, cmd.SysProcAttr, cmd.WaitDelay = environ(s, nil), &syscall.SysProcAttr{Setpgid: true}, time.Second
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if *fault == "group" {
		cmd.Cancel = func() error { return cmd.Process.Kill() }
	}
	began := time.Now()
	out, err := cmd.CombinedOutput()
	result := upgrade.Result{Code: -1, Output: out, Duration: time.Since(began)}
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return result, err
	}
	result.Code = cmd.ProcessState.ExitCode()
	if len(c.OK) == 0 {
		c.OK = []int{0}
	}
	if !slices.Contains(append(c.OK, c.Finding...), result.Code) && *fault != "code" {
		return result, fmt.Errorf("%s: %w", c.Name, err)
	}
	return result, nil
}

func (r *runner) Start(ctx context.Context, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if err := ctx.Err(); err != nil && *fault != "context" {
		return nil, err
	}
	flags := os.O_CREATE | os.O_WRONLY | os.O_APPEND | os.O_TRUNC
	if *fault == "log" {
		flags &^= os.O_TRUNC
	}
	out, err := os.OpenFile(r.file(svc, "log"), flags, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	args := argv(s, svc.Argv)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = environ(s, svc.Env), out, out, &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go cmd.Wait()
	fmt.Fprintln(r.started, cmd.Process.Pid)
	return &process{r, svc, cmd.Process.Pid}, os.WriteFile(r.file(svc, "pid"), []byte(strconv.Itoa(cmd.Process.Pid)), 0o600)
}

func (r *runner) Attach(ctx context.Context, _ upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := os.ReadFile(r.file(svc, "pid"))
	pid, _ := strconv.Atoi(string(b))
	switch {
	case err != nil || *fault == "attach":
		return nil, upgrade.ErrNotRunning
	case !alive(pid):
		return &process{r, svc, pid}, upgrade.ErrNotRunning
	}
	return &process{r, svc, pid}, nil
}

func (r *runner) file(svc upgrade.Service, kind string) string {
	return filepath.Join(r.dir, svc.Name+"."+kind)
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

type process struct {
	r   *runner
	svc upgrade.Service
	pid int
}

func (p *process) Log(context.Context) (io.ReadCloser, error) {
	if *fault == "ended" && !alive(p.pid) {
		return nil, errors.New("no process")
	}
	return os.Open(p.r.file(p.svc, "log"))
}

func (p *process) Wait(ctx context.Context) error {
	for alive(p.pid) {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
	return ctx.Err()
}

func (p *process) Stop(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	syscall.Kill(p.pid, syscall.SIGTERM)
	polite, cancel := context.WithTimeout(ctx, p.svc.StopTimeout)
	defer cancel()
	p.Wait(polite)
	group := -p.pid
	if *fault == "children" {
		group = p.pid
	}
	if *fault != "stubborn" {
		syscall.Kill(group, syscall.SIGKILL)
	}
	return p.Wait(ctx)
}

// TestRunner_user uses the suite as a user would.
func TestRunner_user(t *testing.T) {
	dir := t.TempDir()
	started, err := os.OpenFile(filepath.Join(dir, "started"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	require.NoError(t, err)
	t.Cleanup(func() { // also what a fault let live
		b, _ := os.ReadFile(filepath.Join(dir, "started"))
		for _, word := range strings.Fields(string(b)) {
			if pid, err := strconv.Atoi(word); err == nil && pid > 1 {
				syscall.Kill(-pid, syscall.SIGKILL)
			}
		}
	})
	upgradetest.Runner(t, upgradetest.Running{Open: func(*testing.T) upgrade.Runner { return &runner{dir, started} }})
}

// switcher is a Switcher with one file.
type switcher struct {
	file string
	real upgrade.Subject
	mem  *upgrade.Subject
}

type pointer struct {
	Root    string
	Version pep440.Version
	Config  upgrade.Config
}

func (s *switcher) Current(ctx context.Context, c upgrade.Component) (upgrade.Subject, error) {
	if err := ctx.Err(); err != nil {
		return upgrade.Subject{}, err
	}
	b, err := os.ReadFile(s.file)
	if errors.Is(err, os.ErrNotExist) {
		return s.real, nil
	}
	var p pointer
	if err := errors.Join(err, json.Unmarshal(b, &p)); err != nil {
		return upgrade.Subject{}, err
	}
	return upgrade.Subject{Component: c, Env: &venv.Env{Root: p.Root}, Version: p.Version, Config: p.Config}, nil
}

func (s *switcher) Switch(ctx context.Context, to upgrade.Subject) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if *fault == "forgets" {
		s.mem = &to
		return nil
	}
	if *fault == "config" {
		to.Config.Overrides = ""
	}
	b, err := json.Marshal(pointer{to.Env.Root, to.Version, to.Config})
	if err != nil {
		return err
	}
	if *fault == "torn" {
		return os.WriteFile(s.file, b, 0o600)
	}
	if err := os.WriteFile(s.file+".new", b, 0o600); err != nil {
		return err
	}
	return os.Rename(s.file+".new", s.file)
}

func TestSwitcher_user(t *testing.T) {
	file := filepath.Join(t.TempDir(), "current.json")
	generation := func(root, version string) upgrade.Subject {
		return upgrade.Subject{Component: upgrade.Component{Name: "cinder"}, Env: &venv.Env{Root: root}, Version: pep440.MustParse(version),
			Config: upgrade.Config{Files: []string{"/etc/a", root + "/b"}, Overrides: root + "/b"}}
	}
	real := generation("/usr", "21.3.1")
	upgradetest.Switcher(t, upgradetest.Switching{
		Open: func(*testing.T) upgrade.Switcher { return &switcher{file: file, real: real} },
		Real: real, A: generation("/opt/a", "24.5.0"), B: generation("/opt/b", "26.3.0"),
	})
}

// pick takes the newest version that is admitted.
func pick(_ context.Context, q upgrade.Query) (upgrade.Target, error) {
	refused := func(v pep440.Version) bool {
		return slices.ContainsFunc(q.Refused, func(r upgrade.Refusal) bool { return r.Version.Equal(v) && *fault != "refused" }) ||
			slices.ContainsFunc(q.Requires, func(r pep508.Requirement) bool { return !r.Specifiers.Contains(v) && *fault != "requires" })
	}
	if *fault == "sorts" {
		slices.SortFunc(q.Versions, pep440.Version.Compare)
	}
	best := q.Current
	for _, v := range q.Versions {
		if v.Compare(best) > 0 && !refused(v) {
			best = v
		}
	}
	if best.Equal(q.Current) && *fault != "same" {
		return upgrade.Target{}, fmt.Errorf("nothing above %s: %w", q.Current, upgrade.ErrNoTarget)
	}
	return upgrade.Target{Version: best}, nil
}

func TestPicker_user(t *testing.T) {
	component := upgrade.Component{Name: "cinder", Distribution: "cinder"}
	var versions []pep440.Version
	for _, v := range []string{"28.0.0", "21.3.1", "26.3.0", "24.5.0"} {
		versions = append(versions, pep440.MustParse(v))
	}
	q := upgrade.Query{Component: component, Current: pep440.MustParse("21.3.1"), Versions: versions}
	limited, newest := q, q
	limited.Requires = []pep508.Requirement{pep508.MustParse("cinder<27")}
	newest.Current = pep440.MustParse("28.0.0")
	upgradetest.Picker(t, upgrade.TargetPickerFunc(pick), q, limited, newest)
}

// verify passes where the environment's folder is there.
func verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if err := ctx.Err(); err != nil {
		if *fault == "context" {
			return upgrade.NewReport(upgrade.Check{Level: "L0", Name: "folder", Verdict: upgrade.Fail}), nil
		}
		return upgrade.Report{}, err
	}
	check := upgrade.Check{Level: "L0", Name: "folder", Verdict: upgrade.Pass}
	if _, err := os.Stat(s.Env.Root); err != nil {
		check.Verdict = upgrade.Fail
		check.Evidence = []upgrade.Evidence{{Class: upgrade.BrokenEnvironment, Text: err.Error()}}
	}
	report := upgrade.NewReport(check)
	switch *fault {
	case "passes":
		report.Verdict = upgrade.Pass
	case "level":
		report.Checks[0].Level = "high"
	case "errs":
		if check.Verdict == upgrade.Fail {
			return report, errors.New("the subject is bad")
		}
	}
	return report, nil
}

func TestVerifier_user(t *testing.T) {
	good, bad := upgradetest.Subject(t, "suite"), upgradetest.Subject(t, "suite")
	bad.Env.Root += "/absent"
	upgradetest.Verifier(t, upgrade.VerifierFunc(verify),
		upgradetest.Verifying{Name: "good", Subject: good, Want: upgrade.Pass},
		upgradetest.Verifying{Name: "bad", Subject: bad, Want: upgrade.Fail})
}

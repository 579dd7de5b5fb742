package venvtest

import (
	"context"
	"errors"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Installation is what the suite for Installers works with.
type Installation struct {
	Python     *python.Interpreter // required
	EnvBuilder venv.EnvBuilder     // nil: venv.Builder
	// New makes the Installer under test over a Fetcher. step is to be called before each change of the disk; an error from it is the failure of that change. An installer without such a
	// place leaves it alone, and is not tested for kills. Where a Change holds what only the end of a process gives up, such as a lock, it has a method Abandon() that does: it is called
	// after a kill, in place of an end.
	New func(f dist.Fetcher, step func(string) error) venv.Installer
	// Recover is called after a kill. nil: venv.Recover.
	Recover func(ctx context.Context, root string) error
	// NoKills leaves out the kills, which take the longest.
	NoKills bool
	// Ignore lists slash paths below an environment that the installer keeps for itself. nil: venv.StateFolder.
	Ignore []string
}

// Installer checks an installer: layout, RECORD, scripts, replacement, removal without a trace, rollback byte for byte, refusals that change nothing, one open change at a time, and kills at every step.
func Installer(t *testing.T, in Installation) {
	if in.EnvBuilder == nil {
		in.EnvBuilder = &venv.Builder{}
	}
	if in.Recover == nil {
		in.Recover = venv.Recover
	}
	if in.Ignore == nil {
		in.Ignore = []string{venv.StateFolder}
	}
	for name, test := range map[string]func(*site){
		"install": (*site).testInstall, "replace": (*site).testReplace, "remove": (*site).testRemove, "refuse": (*site).testRefuse, "end": (*site).testEnd, "open": (*site).testOpen, "kill": (*site).testKill,
	} {
		if name == "kill" && in.NoKills {
			continue
		}
		t.Run(name, func(t *testing.T) { test(in.site(t)) })
	}
}

// site is one environment under test.
type site struct {
	*testing.T
	Installation
	env     *venv.Env
	fetcher wheels
	bare    map[string]string // before anything was installed
}

func (in Installation) site(t *testing.T) *site {
	env, err := in.EnvBuilder.Create(t.Context(), venv.Spec{Root: filepath.Join(t.TempDir(), "env"), Python: in.Python})
	if err != nil {
		t.Fatal(err)
	}
	s := &site{T: t, Installation: in, env: env, fetcher: wheels{}}
	s.bare = s.now()
	return s
}

func (s *site) now() map[string]string { return snapshot(s.T, s.env.Root, s.Ignore) }

// wheels is a Fetcher of wheels in memory, by file name.
type wheels map[string][]byte

type blob struct{ *strings.Reader }

func (blob) Close() error { return nil }

// Fetch implements dist.Fetcher.
func (w wheels) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	b, ok := w[a.File]
	if !ok {
		return nil, dist.ErrNotFound
	}
	return blob{strings.NewReader(string(b))}, ctx.Err()
}

// add makes a wheel and gives it as something to install.
func (s *site) add(spec wheelmake.Spec) venv.Install {
	file := spec.Filename()
	s.fetcher[file] = wheelmake.Make(spec)
	name, err := dist.ParseFilename(file)
	if err != nil {
		s.Fatal(err)
	}
	return venv.Install{Name: name.Name, Version: name.Version.String(), File: dist.File{Filename: name, Artifact: dist.Artifact{File: file, Size: int64(len(s.fetcher[file]))}}}
}

func (s *site) apply(step func(string) error, plan *venv.Plan) (venv.Change, error) {
	if step == nil {
		step = func(string) error { return nil }
	}
	return s.New(s.fetcher, step).Apply(s.Context(), s.env, plan)
}

func (s *site) mustCommit(plan *venv.Plan) {
	s.Helper()
	c, err := s.apply(nil, plan)
	if err == nil {
		err = c.Commit(s.Context())
	}
	if err != nil {
		s.Fatal(err)
	}
}

func (s *site) installed() []wheel.Installed {
	s.Helper()
	found, err := s.env.Installed(s.Context())
	if err != nil {
		s.Fatal(err)
	}
	return found
}

func (s *site) find(name string) wheel.Installed {
	s.Helper()
	for _, in := range s.installed() {
		if string(in.Name) == name {
			return in
		}
	}
	s.Fatalf("%s is not installed", name)
	return wheel.Installed{}
}

// The wheels of the suite: space/* is a namespace that both share.
func one(version string) wheelmake.Spec {
	return wheelmake.Spec{
		Name: "One", Version: version,
		Files: map[string]string{
			"one/__init__.py": "def main():\n    print('one " + version + "')\n", "one/of/" + strings.ReplaceAll(version, ".", "_") + ".py": "",
			"space/one.py": "", "One-" + version + ".data/scripts/hand": "#!python\nimport one\none.main()\n",
			"One-" + version + ".data/data/share/one.txt": version, "One-" + version + ".data/headers/one.h": "/* */",
		},
		EntryPoints: "[console_scripts]\none-run = one:main\n",
	}
}

func two() wheelmake.Spec {
	return wheelmake.Spec{Name: "two", Version: "2.0", Files: map[string]string{"two.py": "", "space/two.py": "import two\n"}}
}

func (s *site) testInstall() {
	first, second := s.add(one("1.0")), s.add(two())
	first.Requested, second.Direct = true, `{"url": "https://index.example/two.whl", "archive_info": {}}`
	s.mustCommit(&venv.Plan{Install: []venv.Install{first, second}})
	s.checkRecords()
	for script, want := range map[string]string{"one-run": "one 1.0\n", "hand": "one 1.0\n"} {
		if s.Python.Windows() {
			break // scripts are started by their own means there
		}
		out, err := exec.CommandContext(s.Context(), filepath.Join(s.env.Scripts, script)).CombinedOutput()
		if err != nil || string(out) != want {
			s.Errorf("%s says %q (%v), want %q", script, out, err, want)
		}
	}
	info := path.Join(s.env.Scheme.Purelib, s.find("one").DistInfo)
	now := s.now()
	for name, want := range map[string]bool{
		info + "/INSTALLER": true, info + "/REQUESTED": true, info + "/direct_url.json": false, "share/one.txt": true, path.Join(s.env.Scheme.Headers, "one", "one.h"): true,
		path.Join(s.env.Scheme.Purelib, s.find("two").DistInfo, "REQUESTED"): false, path.Join(s.env.Scheme.Purelib, s.find("two").DistInfo, "direct_url.json"): true,
	} {
		if _, ok := now[name]; ok != want {
			s.Errorf("%s is there: %t, want %t", name, ok, want)
		}
	}
}

// checkRecords asks that RECORDs tell the truth and the whole truth: each file that came is listed once, and is as listed.
func (s *site) checkRecords() {
	s.Helper()
	site, err := s.env.Site()
	if err != nil {
		s.Fatal(err)
	}
	listed := map[string]bool{}
	for _, in := range s.installed() {
		for _, err := range in.Check(s.Context(), site) {
			s.Errorf("%s: %v", in.Name, err)
		}
		if in.Installer == "" {
			s.Errorf("%s has no INSTALLER", in.Name)
		}
		for _, e := range in.Record {
			name := path.Join(s.env.Scheme.Purelib, e.Path)
			if listed[name] {
				s.Errorf("%s is listed twice", name)
			}
			listed[name] = true
		}
	}
	for name, text := range s.now() {
		if _, before := s.bare[name]; !before && !strings.HasPrefix(text, "d") && !listed[name] {
			s.Errorf("%s is in no RECORD", name)
		}
	}
}

func (s *site) testReplace() {
	s.mustCommit(&venv.Plan{Install: []venv.Install{s.add(one("1.0")), s.add(two())}})
	s.litter()
	before := s.now()
	plan := &venv.Plan{Install: []venv.Install{s.add(one("1.1"))}, Remove: []wheel.Installed{s.find("one")}, Keep: []wheel.Installed{s.find("two")}}
	c, err := s.apply(nil, plan)
	if err != nil {
		s.Fatal(err)
	}
	if v := s.find("one").Version.String(); v != "1.1" {
		s.Errorf("applied, one is %s", v)
	}
	if err := c.Rollback(s.Context()); err != nil {
		s.Fatal(err)
	}
	same(s.T, "after Rollback", before, s.now())
	s.mustCommit(plan)
	s.checkRecords()
	if _, ok := s.now()[s.env.Scheme.Purelib+"/one/of/1_0.py"]; ok {
		s.Error("a file of the old version is left")
	}
	if _, err := s.apply(nil, plan); err == nil {
		s.Error("a plan of another state was applied")
	}
}

// litter makes the bytecode that running would.
func (s *site) litter() {
	tag := s.Python.CacheTag
	write(s.T, filepath.Join(s.env.Root, s.env.Scheme.Purelib, "one", "__pycache__", "__init__."+tag+".pyc"), "bytecode")
	write(s.T, filepath.Join(s.env.Root, s.env.Scheme.Purelib, "space", "__pycache__", "one."+tag+".pyc"), "bytecode")
}

func (s *site) testRemove() {
	s.mustCommit(&venv.Plan{Install: []venv.Install{s.add(two())}})
	before := s.now()
	s.mustCommit(&venv.Plan{Install: []venv.Install{s.add(one("1.0"))}})
	s.litter()
	full := s.now()
	remove := &venv.Plan{Remove: []wheel.Installed{s.find("one")}}
	c, err := s.apply(nil, remove)
	if err != nil {
		s.Fatal(err)
	}
	same(s.T, "removed, its namespace shared", before, s.now())
	if err := c.Rollback(s.Context()); err != nil {
		s.Fatal(err)
	}
	same(s.T, "after Rollback", full, s.now())
	s.mustCommit(&venv.Plan{Remove: s.installed()})
	same(s.T, "all removed", s.bare, s.now())
	if _, err := s.apply(nil, remove); err == nil {
		s.Error("what is not there was removed")
	}
}

// testRefuse has plans that must change nothing.
func (s *site) testRefuse() {
	s.mustCommit(&venv.Plan{Install: []venv.Install{s.add(two())}})
	before := s.now()
	rival := wheelmake.Spec{Name: "rival", Version: "1", Files: map[string]string{"two.py": "other"}}
	broken := wheelmake.Spec{Name: "broken", Version: "1", Files: map[string]string{"broken.py": ""}, Edit: wheelmake.Replace("broken.py", "else")}
	absent := s.add(wheelmake.Spec{Name: "absent", Version: "1"})
	delete(s.fetcher, absent.File.File)
	foreign := s.add(wheelmake.Spec{Name: "foreign", Version: "1", Tag: "cp39-cp39-win32"})
	own := wheelmake.Spec{Name: "own", Version: "1", Files: map[string]string{"own-1.data/data/pyvenv.cfg": "home = /evil"}}
	good := s.add(one("1.0"))
	for name, bad := range map[string][]venv.Install{
		"a file of another": {s.add(rival)}, "no true wheel": {s.add(broken)}, "no wheel": {absent}, "another platform's": {foreign}, "the environment's own file": {s.add(own)},
		"installed already": {s.add(two())}, "a file of another that comes": {s.add(wheelmake.Spec{Name: "first", Version: "1", Files: map[string]string{"m.py": "1"}}), s.add(wheelmake.Spec{Name: "last", Version: "1", Files: map[string]string{"m.py": "2"}})},
	} {
		if _, err := s.apply(nil, &venv.Plan{Install: slices.Concat([]venv.Install{good}, bad)}); err == nil {
			s.Fatalf("%s: installed", name)
		}
		same(s.T, name, before, s.now())
	}
	ctx, cancel := context.WithCancel(s.Context())
	cancel()
	if _, err := s.New(s.fetcher, func(string) error { return nil }).Apply(ctx, s.env, &venv.Plan{Install: []venv.Install{good}}); !errors.Is(err, context.Canceled) {
		s.Errorf("with a context that has ended: %v", err)
	}
	same(s.T, "context has ended", before, s.now())
}

// testEnd ends changes twice.
func (s *site) testEnd() {
	plan := &venv.Plan{Install: []venv.Install{s.add(two())}}
	for _, first := range []func(venv.Change) error{
		func(c venv.Change) error { return c.Rollback(s.Context()) },
		func(c venv.Change) error { return c.Commit(s.Context()) },
	} {
		c, err := s.apply(nil, plan)
		if err != nil {
			s.Fatal(err)
		}
		if err := first(c); err != nil {
			s.Fatal(err)
		}
		if err := c.Commit(s.Context()); !errors.Is(err, venv.ErrEnded) {
			s.Errorf("a second end by Commit: %v", err)
		}
		if err := c.Rollback(s.Context()); !errors.Is(err, venv.ErrEnded) {
			s.Errorf("a second end by Rollback: %v", err)
		}
	}
	s.find("two")
}

// patience is how long a second change waits for the first here.
const patience = 300 * time.Millisecond

// testOpen has a second change while one is open.
func (s *site) testOpen() {
	before := s.now()
	first, err := s.apply(nil, &venv.Plan{Install: []venv.Install{s.add(one("1.0"))}})
	if err != nil {
		s.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	second := &venv.Plan{Install: []venv.Install{s.add(two())}}
	if _, err := s.New(s.fetcher, func(string) error { return nil }).Apply(ctx, s.env, second); !errors.Is(err, venv.ErrLocked) && !errors.Is(err, context.DeadlineExceeded) {
		s.Fatalf("a second change while one is open: %v", err)
	}
	s.find("one")
	if err := first.Rollback(s.Context()); err != nil {
		s.Fatal(err)
	}
	same(s.T, "after Rollback", before, s.now())
	s.mustCommit(second)
}

var errKilled = errors.New("killed")

// testKill plays a kill at every step of a replacement that is committed, and of one that is rolled back.
func (s *site) testKill() {
	s.mustCommit(&venv.Plan{Install: []venv.Install{s.add(one("1.0")), s.add(two())}})
	s.litter()
	before, old := s.now(), s.find("one")
	plan := &venv.Plan{Install: []venv.Install{s.add(one("1.1")), s.add(wheelmake.Spec{Name: "three", Version: "3"})}, Remove: []wheel.Installed{old}}
	kills, after := 0, 0
	for _, back := range []bool{true, false} {
		for n := 1; ; n++ {
			steps := 0
			step := func(string) error {
				if steps++; steps >= n {
					return errKilled
				}
				return nil
			}
			committed := s.killed(step, plan, back)
			if err := s.Recover(s.Context(), s.env.Root); err != nil {
				s.Fatalf("kill at step %d: recover: %v", n, err)
			}
			lived := steps < n
			if committed && !back {
				s.checkRecords()
				if !lived {
					after++
				}
				s.mustCommit(&venv.Plan{Install: []venv.Install{s.add(one("1.0"))}, Remove: []wheel.Installed{s.find("one"), s.find("three")}})
				s.litter()
			}
			same(s.T, "after a kill and Recover", before, s.now())
			if s.Failed() {
				s.Fatalf("kill at step %d", n)
			}
			if lived {
				break
			}
			kills++
			s.mustCommit(&venv.Plan{}) // it removes what Recover left to it, so that the next n counts the same steps
		}
	}
	s.Logf("%d kills, of which %d after the commit", kills, after)
}

// killed is a process that is killed when step says so. committed tells whether its Commit answered.
func (s *site) killed(step func(string) error, plan *venv.Plan, back bool) (committed bool) {
	c, err := s.apply(step, plan)
	if err != nil {
		return false
	}
	if back {
		err = c.Rollback(s.Context())
	} else {
		err = c.Commit(s.Context())
	}
	if err != nil {
		abandon(c)
	}
	return err == nil && !back
}

// abandoner is optional on a Change: see Installation.
type abandoner interface{ Abandon() }

func abandon(c venv.Change) {
	if a, ok := c.(abandoner); ok {
		a.Abandon()
	}
}

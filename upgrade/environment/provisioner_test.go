package environment

import (
	"context"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/python"
)

func names(r *resolve.Resolution) (all []string) {
	for _, pin := range r.Pins {
		all = append(all, string(pin.Name)+" "+pin.Version.String())
	}
	return all
}

func TestResolve(t *testing.T) {
	newer := cinder
	newer.Version, newer.Files = "26.3.0+vendor1", nil
	shop := newWorkshop(t, cinder, newer, oslo, wheelmake.Spec{Name: "oslo.config", Version: "9.9"}, wheelmake.Spec{Name: "PyMySQL", Version: "1.1"},
		wheelmake.Spec{Name: "sdk", Version: "3"}, wheelmake.Spec{Name: "learned", Version: "2"}, wheelmake.Spec{Name: "setuptools", Version: "81"}, wheelmake.Spec{Name: "setuptools", Version: "82"})
	conf := write(t, shop.path("cinder.conf"), "[database]\nconnection = mysql+pymysql://u:p@db.example/cinder\n")
	w := shop.wanted("oslo.config===9.0", "unused===1;python_version=='3.8'")
	w.Component.Implied = []upgrade.Implied{{Section: "database", Option: "connection", Prefix: "mysql+pymysql:", Distribution: "pymysql"}}
	w.Current.Config.Files = []string{conf}
	w.Target.Extra = []pep508.Requirement{pep508.MustParse("learned"), pep508.MustParse("setuptools")}
	p := shop.provisioner(t, func(p *Provisioner) { p.Extra = []pep508.Requirement{pep508.MustParse("sdk>=2")} })
	assert.Equal(t, []string{"cinder 26.3.0", "learned 2", "oslo-config 9.0", "pymysql 1.1", "sdk 3", "setuptools 81"}, names(resolved(t, p, w)))

	w.Target.Constraints = append(w.Target.Constraints, pep508.MustParse("setuptools===82"))
	assert.Contains(t, names(resolved(t, p, w)), "setuptools 82", "what the target's constraints name is theirs")
}

func TestResolve_errors(t *testing.T) {
	shop := newWorkshop(t)
	old := interpreter(t)
	old.Version = pep440.MustParse("3.6.15")
	tests := []struct {
		name string
		want func(*upgrade.Wanted)
		with func(*Provisioner)
		as   any
		says []string
	}{
		{"upper-constraints conflict", func(w *upgrade.Wanted) {
			w.Target.Constraints = []pep508.Requirement{pep508.MustParse("oslo.config===0.5")}
		}, nil,
			new(*resolve.NoSolutionError), []string{"cinder 26.3.0 cannot be installed under the 1 upper-constraints of 2025.1", "oslo-config", "===0.5"}},
		{"no interpreter admitted", nil, func(p *Provisioner) { p.Pythons = []*python.Interpreter{old} },
			new(*NoInterpreterError), []string{"no Python at hand can run cinder 26.3.0, which wants Python >=3.7", old.Path, "3.6.15"}},
		{"no interpreter", nil, func(p *Provisioner) { p.Pythons = nil }, new(*NoInterpreterError), []string{"none was given"}},
		{"not on the index", func(w *upgrade.Wanted) { w.Target.Version = pep440.MustParse("27.0.0") }, nil, nil, []string{"the index has no file of cinder 27.0.0"}},
		{"a configuration that cannot be read", func(w *upgrade.Wanted) { w.Current.Config.Files = []string{shop.path("none.conf")} }, nil, nil, []string{"what the live configuration implies"}},
		{"a binding that is no module", func(w *upgrade.Wanted) { w.Component.Host.Bindings = []string{"../rbd"} }, nil, nil, []string{`binding "../rbd"`}},
		{"no index", nil, func(p *Provisioner) { p.Index = nil }, new(*MissingFieldError), []string{"Provisioner.Index"}},
		{"no cache", nil, func(p *Provisioner) { p.Cache = "" }, new(*MissingFieldError), []string{"Provisioner.Cache"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, p := shop.wanted(), shop.provisioner(t)
			if tt.want != nil {
				tt.want(&w)
			}
			if tt.with != nil {
				tt.with(p)
			}
			_, err := p.Resolve(t.Context(), w)
			require.Error(t, err)
			if tt.as != nil {
				assert.ErrorAs(t, err, tt.as)
			}
			for _, text := range tt.says {
				assert.ErrorContains(t, err, text)
			}
		})
	}
}

// TestProvision: made, kept while it is whole and as wanted, made anew where it is not.
func TestProvision(t *testing.T) {
	shop := newWorkshop(t)
	w := shop.wanted("oslo.config===9.0")
	p := shop.provisioner(t, func(p *Provisioner) { p.NoBytecode = false })
	env := provisioned(t, p, w)
	out, err := exec.Command(filepath.Join(env.Scripts, "cinder-manage")).CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, "managed\n", string(out))
	compiled, err := filepath.Glob(site(env, "cinder/__pycache__/*.pyc"))
	require.NoError(t, err)
	assert.Len(t, compiled, 2, "services run as users who cannot write it")
	assert.Empty(t, shop.notes)

	tests := []struct {
		name   string
		break_ func()
		change func(*upgrade.Wanted)
		why    string // "": kept
	}{
		{"as it is", nil, nil, ""},
		{"bytecode gone", func() { require.NoError(t, os.Remove(compiled[0])) }, nil, ""},
		{"a module edited", func() { write(t, site(env, "cinder/cmd.py"), "def main(): pass\n") }, nil, "cinder/cmd.py: changed"},
		{"a script edited", func() { write(t, filepath.Join(env.Scripts, "cinder-manage"), "#!/bin/sh\n") }, nil, "bin/cinder-manage: changed"},
		{"a file of data gone", func() { require.NoError(t, os.Remove(filepath.Join(env.Root, "etc/cinder/api-paste.ini"))) }, nil, "missing"},
		{"a distribution gone", func() { require.NoError(t, os.RemoveAll(site(env, "oslo_config-9.0.dist-info"))) }, nil, "oslo-config is not installed"},
		{"a distribution more", func() {
			write(t, site(env, "more-1.dist-info/METADATA"), "Metadata-Version: 2.1\nName: more\nVersion: 1\n")
		}, nil, "more 1"},
		{"no lock", func() { require.NoError(t, os.Remove(LockPath(env.Root))) }, nil, "no lock"},
		{"no interpreter in it", func() { require.NoError(t, os.RemoveAll(env.Scripts)) }, nil, "no Python"},
		{"another series", nil, func(w *upgrade.Wanted) { w.Target.Series = "2025.2" }, "another resolution"},
		{"in doubt", nil, func(w *upgrade.Wanted) { w.Fresh = true }, "fresh"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			provisioned(t, p, w)
			shop.notes = nil
			mark := write(t, filepath.Join(env.Root, "mark"), "")
			if tt.break_ != nil {
				tt.break_()
			}
			again := w
			if tt.change != nil {
				tt.change(&again)
			}
			got := provisioned(t, shop.provisioner(t, func(p *Provisioner) { p.NoBytecode = false }), again)
			assert.Equal(t, env.Root, got.Root)
			_, err := os.Lstat(mark)
			assert.Equal(t, tt.why == "", err == nil, "kept")
			switch tt.why {
			case "", "fresh":
				assert.Empty(t, shop.notes)
			default:
				require.Len(t, shop.notes, 1)
				assert.Equal(t, Remade, shop.notes[0].Kind)
				assert.Contains(t, shop.notes[0].Text, tt.why)
			}
			require.NoError(t, exec.Command(filepath.Join(env.Scripts, "cinder-manage")).Run())
			assertAlone(t, w.Root)
		})
	}
}

// assertAlone: beside an environment lie its lock and its guard, and nothing else.
func assertAlone(t testing.TB, root string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(root))
	require.NoError(t, err)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	base := filepath.Base(root)
	assert.Equal(t, []string{"." + base + guardSuffix, base, base + lockSuffix}, left)
}

// What is no environment, or runs now, is never removed.
func TestProvision_occupied(t *testing.T) {
	shop := newWorkshop(t)
	w, p := shop.wanted(), shop.provisioner(t)
	r := resolved(t, p, w)
	var occupied *OccupiedError
	write(t, filepath.Join(w.Root, "precious"), "data")
	_, err := p.Provision(t.Context(), w, r)
	require.ErrorAs(t, err, &occupied)
	assert.FileExists(t, filepath.Join(w.Root, "precious"))

	require.NoError(t, os.RemoveAll(w.Root))
	write(t, w.Root, "a file")
	_, err = p.Provision(t.Context(), w, r)
	require.ErrorAs(t, err, &occupied)

	require.NoError(t, os.RemoveAll(w.Root))
	running := provisioned(t, p, w)
	again := w
	again.Current.Env, again.Fresh = running, true
	_, err = p.Provision(t.Context(), again, r)
	require.ErrorAs(t, err, &occupied)
	assert.ErrorContains(t, err, "runs now")
	assert.FileExists(t, LockPath(w.Root))

	again.Root = ""
	_, err = p.Provision(t.Context(), again, r)
	var missing *MissingFieldError
	assert.ErrorAs(t, err, &missing)
	again.Root = "/"
	_, err = p.Provision(t.Context(), again, r)
	assert.ErrorAs(t, err, &occupied)
}

// A resolution of something else is refused before anything is touched.
func TestProvision_otherResolution(t *testing.T) {
	shop := newWorkshop(t)
	w, p := shop.wanted(), shop.provisioner(t)
	r := resolved(t, p, w)
	other := *r
	other.Platform.Python = pep440.MustParse("3.7.1")
	_, err := p.Provision(t.Context(), w, &other)
	assert.ErrorContains(t, err, "resolve again")
	_, err = p.Provision(t.Context(), w, &resolve.Resolution{Platform: r.Platform})
	assert.ErrorContains(t, err, "resolve again")
	assert.NoDirExists(t, w.Root)
}

// A failure, and a context that ends, leave nothing.
func TestProvision_fails(t *testing.T) {
	shop := newWorkshop(t)
	w := shop.wanted()
	down := errors.New("the index is down")
	p := shop.provisioner(t)
	r := resolved(t, p, w)
	p.Fetcher = dist.FetcherFunc(func(context.Context, dist.Artifact) (dist.Blob, error) { return nil, down })
	p.Store = ""
	_, err := p.Provision(t.Context(), w, r)
	require.ErrorIs(t, err, down)
	assert.NoDirExists(t, w.Root)
	assert.NoFileExists(t, LockPath(w.Root))

	ctx, cancel := context.WithCancel(t.Context())
	p = shop.provisioner(t, func(p *Provisioner) {
		p.Step = func(step string) error {
			if step == "settle" {
				cancel()
			}
			return nil
		}
	})
	_, err = p.Provision(ctx, w, r)
	require.ErrorIs(t, err, context.Canceled)
	assert.NoDirExists(t, w.Root)
	assert.NoFileExists(t, LockPath(w.Root))
}

// Two at once make one; who waits finds it whole.
func TestProvision_atOnce(t *testing.T) {
	shop := newWorkshop(t)
	w, p := shop.wanted(), shop.provisioner(t, func(p *Provisioner) { p.Observer = nil })
	r := resolved(t, p, w)
	errs := make(chan error)
	for range 4 {
		go func() {
			_, err := p.Provision(context.Background(), w, r)
			errs <- err
		}()
	}
	for range 4 {
		assert.NoError(t, <-errs)
	}
	assertAlone(t, w.Root)
}

// The lock tells everything, and no secret.
func TestProvision_lock(t *testing.T) {
	server := &resolvetest.Server{}
	site := httptest.NewServer(server)
	defer site.Close()
	for _, spec := range []wheelmake.Spec{cinder, oslo} {
		f := resolvetest.ServerFile{Name: spec.Filename(), Content: wheelmake.Make(spec), RequiresPython: spec.RequiresPython}
		f.URL = site.URL + "/files/" + f.Name + "?signature=SECRET#frag"
		server.AddFile(string(pep508.NormalizeName(spec.Name)), f)
	}
	address, err := url.Parse(site.URL)
	require.NoError(t, err)
	address.User, address.Path = url.UserPassword("user", "SECRET"), "/simple/"
	shop := newWorkshop(t)
	p := shop.provisioner(t, func(p *Provisioner) {
		p.Index = &index.Client{URLs: []string{address.String()}}
		local := p.Fetcher
		p.Fetcher = dist.FetcherFunc(func(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
			path, err := index.FileURL(shop.path("index/" + a.File))
			if err != nil {
				return nil, err
			}
			a.URL = path
			return local.Fetch(ctx, a)
		})
	})
	w := shop.wanted("oslo.config===9.0")
	provisioned(t, p, w)
	text, err := os.ReadFile(LockPath(w.Root))
	require.NoError(t, err)
	assert.NotContains(t, string(text), "SECRET")
	lock, err := pylock.Parse(text)
	require.NoError(t, err)
	require.Len(t, lock.Packages, 2)
	assert.Equal(t, site.URL+"/files/"+cinder.Filename(), lock.Packages[0].Wheels[0].URL)
	assert.Equal(t, site.URL+"/simple/", strings.TrimSuffix(lock.Packages[0].Index, "/")+"/")
	assert.Len(t, lock.Packages[0].Wheels[0].Hashes["sha256"], 64)
	table := lock.Tool[lockTool].(map[string]any)
	assert.Equal(t, "26.3.0", table["target"])
	assert.Equal(t, "2025.1", table["series"])
	assert.Equal(t, interpreter(t).Version.String(), table["interpreter"].(map[string]any)["version"])
	fi, err := os.Stat(LockPath(w.Root))
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o644), fi.Mode().Perm())
}

func TestVersions(t *testing.T) {
	shop := newWorkshop(t)
	for _, v := range []string{"20.0.0", "28.0.0.0rc1", "28.0.0"} {
		s := wheelmake.Spec{Name: "cinder", Version: v, RequiresPython: ">=3.7"}
		if v == "28.0.0" {
			s.RequiresPython = ">=3.99"
		}
		_, err := wheelmake.Write(shop.path("index"), s)
		require.NoError(t, err)
	}
	newer := interpreter(t)
	newer.Version, newer.BaseExecutable = pep440.MustParse("3.99.1"), "/newer"
	dead := interpreter(t)
	dead.Implementation = "pypy"
	ctx, c := t.Context(), upgrade.Component{Distribution: "cinder"}
	ask := func(pythons ...*python.Interpreter) ([]string, pep440.Version, error) {
		// An index.Dir tells no Requires-Python of a page: the wheels' own is asked for by the solver alone.
		all, with, err := shop.provisioner(t, func(p *Provisioner) { p.Pythons, p.Index = pythons, pages{p.Index} }).Versions(ctx, c)
		var text []string
		for _, v := range all {
			text = append(text, v.String())
		}
		return text, with, err
	}
	all, with, err := ask(dead, interpreter(t))
	require.NoError(t, err)
	assert.Equal(t, []string{"26.3.0", "20.0.0"}, all)
	assert.Equal(t, interpreter(t).Version, with)
	all, with, err = ask(interpreter(t), newer)
	require.NoError(t, err)
	assert.Equal(t, []string{"28.0.0", "26.3.0", "20.0.0"}, all)
	assert.Equal(t, newer.Version, with)
	var none *NoInterpreterError
	_, _, err = ask(dead)
	assert.ErrorAs(t, err, &none)
	_, _, err = shop.provisioner(t).Versions(ctx, upgrade.Component{Distribution: "other"})
	assert.ErrorIs(t, err, dist.ErrNotFound)
}

// pages tells Requires-Python on its pages, as real indexes do.
type pages struct{ resolve.Index }

func (x pages) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	p, err := x.Index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	out := &dist.Project{Name: p.Name}
	for _, f := range p.Files {
		m, err := x.Metadata(ctx, f)
		if err != nil {
			return nil, err
		}
		f.RequiresPython = m.RequiresPython
		out.Files = append(out.Files, f)
	}
	return out, nil
}

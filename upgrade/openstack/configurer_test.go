package openstack

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

const liveConf = `[DEFAULT]
transport_url = rabbit://u:s3cret@h1:5672,u:s3cret@h2:5672/prod?ssl=1
api_paste_config = ETC/api-paste.ini
rootwrap_config = ETC/rootwrap.conf
enabled_backends = ceph
host = node1
[ceph]
backend_host = shared
[database]
connection = sqlite:////nowhere
[oslo_messaging_notifications]
transport_url = rabbit://u:s3cret@h3/
`

// host is a host with a live cinder configuration and an environment of a newer one.
type host struct {
	t   *testing.T
	dir string
	old upgrade.Subject
	env *venv.Env
	c   *Configurer
}

func newHost(t *testing.T) *host {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	h := &host{t: t, dir: dir}
	h.write("etc/cinder.conf", strings.ReplaceAll(liveConf, "ETC", filepath.Join(h.dir, "etc")))
	h.write("etc/api-paste.ini", "old\n")
	h.write("etc/rootwrap.conf", "# mine\n[DEFAULT]\nfilters_path="+h.path("etc/rootwrap.d")+",/usr/share/absent\nexec_dirs=/sbin,/usr/bin\n")
	h.write("etc/rootwrap.d/volume.filters", "old filters")
	h.write("share/api-paste.ini", "old\n")
	h.write("venv/etc/cinder/api-paste.ini", "old\n")
	h.write("venv/etc/cinder/rootwrap.conf", "[DEFAULT]\n")
	h.write("venv/etc/cinder/rootwrap.d/volume.filters", "new filters")
	h.write("venv/etc/os-brick/rootwrap.d/os-brick.filters", "brick")
	h.write("venv/site/cinder-26.3.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: cinder\nVersion: 26.3.0\n")
	h.write("venv/bin/python", "")
	h.write("bin/cinder-rootwrap", "")
	h.write("bin/visudo", "#!/bin/sh\nfor last; do :; done\ngrep -q NOPASSWD \"$last\"\n")
	for _, name := range []string{"bin/cinder-rootwrap", "bin/visudo"} {
		require.NoError(t, os.Chmod(h.path(name), 0o755))
	}
	require.NoError(t, os.Mkdir(h.path("sudoers.d"), 0o750))
	me, err := user.Current()
	require.NoError(t, err)
	d, err := Lookup("cinder")
	require.NoError(t, err)
	d.Packaged, d.User = []string{h.path("share")}, ""
	h.old = upgrade.Subject{Component: d.Component, Config: upgrade.Config{Files: []string{h.path("etc/cinder.conf")}, Host: "node1"}}
	h.env = &venv.Env{Root: h.path("venv"), Virtual: true, Scheme: wheel.Scheme{Purelib: "site", Platlib: "site"}, Scripts: h.path("venv/bin"), Python: &python.Interpreter{Path: h.path("venv/bin/python")}}
	h.c = &Configurer{Root: h.path("root"), Description: &d, SudoersDir: h.path("sudoers.d"), Visudo: h.path("bin/visudo"), SecurePath: []string{h.path("bin")}, User: me.Username}
	return h
}

func (h *host) path(name string) string { return filepath.Join(h.dir, filepath.FromSlash(name)) }
func (h *host) write(name, text string) { write(h.t, h.path(name), text) }
func (h *host) read(path string) string {
	b, err := os.ReadFile(path)
	require.NoError(h.t, err)
	return string(b)
}
func (h *host) parse(p string) *oslo.File { return parse(h.t, h.read(p)) }

func (h *host) configure(trial bool) upgrade.Config {
	h.t.Helper()
	cfg, err := h.c.Configure(h.t.Context(), h.old, h.env, trial)
	require.NoError(h.t, err)
	return cfg
}

// tree lists the files of a folder with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			all[name] = string(b)
		}
		return err
	}))
	return all
}

func TestConfigure(t *testing.T) {
	h := newHost(t)
	before := tree(t, h.path("etc"))
	cfg := h.configure(false)
	assert.Equal(t, h.path("root/generations/cinder-26.3.0"), cfg.Dir)
	assert.Equal(t, []string{h.path("etc/cinder.conf"), cfg.Overrides}, cfg.Files)
	assert.Equal(t, "node1", cfg.Host)
	assert.Equal(t, before, tree(t, h.path("etc")), "the live configuration is untouched")

	override := h.parse(cfg.Overrides)
	assert.Equal(t, []string{"DEFAULT"}, override.Sections())
	assert.Equal(t, []string{"rootwrap_config"}, override.Keys("DEFAULT"))
	got, _ := override.Get("DEFAULT", "rootwrap_config")
	assert.Equal(t, filepath.Join(cfg.Dir, "rootwrap.conf"), got)

	conf := h.parse(got)
	exec, _ := conf.Get("DEFAULT", "exec_dirs")
	assert.Equal(t, h.env.Scripts+",/sbin,/usr/bin", exec)
	filters, _ := conf.Get("DEFAULT", "filters_path")
	assert.Equal(t, strings.Join([]string{h.path("venv/etc/cinder/rootwrap.d"), h.path("venv/etc/os-brick/rootwrap.d"), h.path("etc/rootwrap.d"), "/usr/share/absent"}, ","), filters)
	assert.True(t, strings.HasPrefix(h.read(got), "# mine\n"), "comments are kept")
	assert.Equal(t, "Defaults:"+h.c.User+" !requiretty\n"+h.c.User+" ALL = (root) NOPASSWD: "+h.path("bin/cinder-rootwrap")+" "+got+" *\n", h.read(filepath.Join(cfg.Dir, "sudoers")))
	for name := range tree(t, cfg.Dir) {
		st, err := os.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o640), st.Mode().Perm(), name)
	}
	assert.Empty(t, tree(t, h.path("sudoers.d")), "no grant is in force yet")

	h.write("etc/rootwrap.d/volume.filters", "new filters")
	h.old.Config = cfg // the next generation is made from the operator's files again, not from this one's
	again := h.configure(false)
	assert.Equal(t, cfg, again)
	filters, _ = h.parse(got).Get("DEFAULT", "filters_path")
	assert.NotContains(t, filters, h.path("etc/rootwrap.d"), "what the new version brings just so is not the operator's")
	exec, _ = h.parse(got).Get("DEFAULT", "exec_dirs")
	assert.Equal(t, h.env.Scripts+",/sbin,/usr/bin", exec)
	entries, err := os.ReadDir(h.path("root/generations"))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")
}

func TestConfigure_trial(t *testing.T) {
	h := newHost(t)
	h.c.Options = []Setting{{Section: "oslo_policy", Option: "enforce_new_defaults", Value: "false"}}
	cfg := h.configure(true)
	assert.Equal(t, "cinder-26.3.0-trial", filepath.Base(cfg.Dir))
	assert.Equal(t, "chandlery-trial", cfg.Host)
	override := h.parse(cfg.Overrides)
	want := map[[2]string]string{
		{"DEFAULT", "transport_url"}:                      "rabbit://u:s3cret@h1:5672,u:s3cret@h2:5672/chandlery_trial?ssl=1",
		{"oslo_messaging_notifications", "transport_url"}: "rabbit://u:s3cret@h3/chandlery_trial",
		{"DEFAULT", "host"}:                               "chandlery-trial",
		{"ceph", "backend_host"}:                          "chandlery-trial",
		{"DEFAULT", "state_path"}:                         filepath.Join(cfg.Dir, "state"),
		{"DEFAULT", "image_conversion_dir"}:               filepath.Join(cfg.Dir, "state/conversion"),
		{"oslo_concurrency", "lock_path"}:                 filepath.Join(cfg.Dir, "state/lock"),
		{"DEFAULT", "report_interval"}:                    "2",
		{"DEFAULT", "log_file"}:                           "",
		{"DEFAULT", "osapi_volume_listen"}:                "127.0.0.1",
		{"oslo_policy", "enforce_new_defaults"}:           "false",
	}
	for at, value := range want {
		got, ok := override.Get(at[0], at[1])
		assert.True(t, ok, "%v", at)
		assert.Equal(t, value, got, "%v", at)
	}
	port, _ := override.Get("DEFAULT", "osapi_volume_listen_port")
	assert.NotEmpty(t, port)
	_, ok := override.Get("coordination", "backend_url")
	assert.False(t, ok, "only where the operator sets it")
	assert.NotContains(t, h.read(cfg.Overrides), "{")
	st, err := os.Stat(filepath.Join(cfg.Dir, "state/lock"))
	require.NoError(t, err)
	assert.True(t, st.IsDir())
}

func TestConfigure_refuses(t *testing.T) {
	t.Run("nova", func(t *testing.T) {
		h := newHost(t)
		h.c.Description, h.old.Component = nil, Nova()
		_, err := h.c.Configure(t.Context(), h.old, h.env, true)
		require.ErrorIs(t, err, upgrade.ErrNoTrial)
	})
	t.Run("no transport", func(t *testing.T) {
		h := newHost(t)
		h.write("etc/cinder.conf", "[DEFAULT]\n")
		_, err := h.c.Configure(t.Context(), h.old, h.env, true)
		require.ErrorIs(t, err, ErrNoTransport)
		assert.NoDirExists(t, h.path("root/generations/cinder-26.3.0-trial"))
	})
	t.Run("not installed", func(t *testing.T) {
		h := newHost(t)
		require.NoError(t, os.RemoveAll(h.path("venv/site/cinder-26.3.0.dist-info")))
		_, err := h.c.Configure(t.Context(), h.old, h.env, false)
		require.ErrorIs(t, err, ErrNotInstalled)
	})
	t.Run("real environment", func(t *testing.T) {
		h := newHost(t)
		h.env.Virtual = false
		_, err := h.c.Configure(t.Context(), h.old, h.env, false)
		require.ErrorContains(t, err, "virtual environment")
	})
	t.Run("no configuration", func(t *testing.T) {
		h := newHost(t)
		h.old.Config.Files = []string{h.path("etc/absent.conf")}
		_, err := h.c.Configure(t.Context(), h.old, h.env, false)
		var bad *ConfigError
		require.ErrorAs(t, err, &bad)
		require.ErrorIs(t, err, fs.ErrNotExist)
	})
	t.Run("no rootwrap", func(t *testing.T) {
		h := newHost(t)
		h.c.SecurePath = []string{h.path("etc")}
		_, err := h.c.Configure(t.Context(), h.old, h.env, false)
		require.ErrorIs(t, err, ErrNoRootwrap)
	})
	t.Run("visudo", func(t *testing.T) {
		h := newHost(t)
		h.configure(false)
		before := tree(t, h.c.Root)
		h.write("bin/visudo", "#!/bin/sh\necho no >&2\nexit 1\n")
		h.write("etc/rootwrap.conf", "[DEFAULT]\nexec_dirs=/changed\n")
		_, err := h.c.Configure(t.Context(), h.old, h.env, false)
		require.ErrorContains(t, err, "visudo: no")
		assert.Equal(t, before, tree(t, h.c.Root), "the generation of before stands")
	})
	t.Run("no plain path", func(t *testing.T) {
		h := newHost(t)
		h.c.Root = h.path("ro ot")
		_, err := h.c.Configure(t.Context(), h.old, h.env, false)
		require.ErrorContains(t, err, "sudoers")
	})
}

func TestConfigure_afterKill(t *testing.T) {
	h := newHost(t)
	h.write("root/generations/"+durable.TempPrefix+"cinder-26.3.0/half", "x")
	h.configure(false)
	entries, err := os.ReadDir(h.path("root/generations"))
	require.NoError(t, err)
	assert.Len(t, entries, 1)
}

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "staging/f"), "new")
	write(t, filepath.Join(dir, "name/f"), "old")
	write(t, filepath.Join(dir, "staging.old/f"), "left")
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	defer root.Close()
	require.NoError(t, replace(root, "staging", "name"))
	assert.Equal(t, map[string]string{filepath.Join(dir, "name/f"): "new", filepath.Join(dir, "staging/f"): "old"}, tree(t, dir))
}

func TestGrant(t *testing.T) {
	h := newHost(t)
	s := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(false)}
	installed := h.c.sudoersFile(s)
	assert.Regexp(t, `/sudoers\.d/chandlery-cinder-26_3_0-[0-9a-f]{8}$`, installed)
	elsewhere := s
	elsewhere.Config.Dir = "/elsewhere/" + filepath.Base(s.Config.Dir)
	assert.NotEqual(t, installed, h.c.sudoersFile(elsewhere), "another root on the same host")
	require.NoError(t, h.c.Grant(t.Context(), s))
	require.NoError(t, h.c.Grant(t.Context(), s))
	assert.Equal(t, h.read(filepath.Join(s.Config.Dir, "sudoers")), h.read(installed))
	st, err := os.Stat(installed)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o440), st.Mode().Perm())
	require.NoError(t, h.c.Revoke(t.Context(), s))
	require.NoError(t, h.c.Revoke(t.Context(), s))
	assert.Empty(t, tree(t, h.path("sudoers.d")))

	require.NoError(t, os.Chmod(h.path("venv/site"), 0o775))
	err = h.c.Grant(t.Context(), s)
	var untrusted *UntrustedError
	require.ErrorAs(t, err, &untrusted)
	assert.Equal(t, h.path("venv/site"), untrusted.Path)
	require.NoError(t, os.Chmod(h.path("venv/site"), 0o755))

	require.NoError(t, os.Chmod(h.path("root"), 0o777))
	require.ErrorAs(t, h.c.Grant(t.Context(), s), &untrusted)
	require.NoError(t, os.Chmod(h.path("root"), 0o755))

	h.write("bin/visudo", "#!/bin/sh\nexit 1\n")
	require.Error(t, h.c.Grant(t.Context(), s))
	assert.Empty(t, tree(t, h.path("sudoers.d")))
}

func TestGrant_sideBySide(t *testing.T) {
	h := newHost(t)
	production := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(false)}
	trial := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(true), Trial: true}
	grant := func(s upgrade.Subject) string { return h.read(filepath.Join(s.Config.Dir, "sudoers")) }
	require.NotEqual(t, grant(production), grant(trial))
	require.NoError(t, h.c.Grant(t.Context(), production))
	require.NoError(t, h.c.Grant(t.Context(), trial))
	assert.Equal(t, map[string]string{
		h.c.sudoersFile(production): grant(production),
		h.c.sudoersFile(trial):      grant(trial),
	}, tree(t, h.path("sudoers.d")))
	require.NoError(t, h.c.Revoke(t.Context(), trial))
	assert.Equal(t, map[string]string{h.c.sudoersFile(production): grant(production)}, tree(t, h.path("sudoers.d")))

	real := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.old.Config}
	require.NoError(t, h.c.Grant(t.Context(), real), "the real environment needs no grant")
	require.NoError(t, h.c.Revoke(t.Context(), real))
	assert.Len(t, tree(t, h.path("sudoers.d")), 1)
}

func TestCompareFiles(t *testing.T) {
	const absent = "-"
	tests := []struct {
		name              string
		base, live, fresh string
		want              Choice
	}{
		{"nothing changed", "a", "a", "a", Same},
		{"only upstream", "a", "a", "b", Take},
		{"only the operator", "a", "b", "a", Keep},
		{"both alike", "a", "b", "b", Same},
		{"both", "a", "b", "c", Conflict},
		{"no base but alike", absent, "a", "a", Same},
		{"no base and different", absent, "a", "b", Conflict},
		{"none of the operator", "a", absent, "b", Take},
		{"none new", "a", "b", absent, Same},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := newHost(t)
			for name, text := range map[string]string{"share/api-paste.ini": tt.base, "etc/api-paste.ini": tt.live, "venv/etc/cinder/api-paste.ini": tt.fresh} {
				if text == absent {
					require.NoError(t, os.Remove(h.path(name)))
				} else {
					h.write(name, text)
				}
			}
			changes, err := h.c.CompareFiles(t.Context(), h.old, h.env)
			require.NoError(t, err)
			require.Len(t, changes, 1)
			assert.Equal(t, tt.want, changes[0].Choice)
			assert.NotEmpty(t, changes[0].Reason)
			cfg, err := h.c.Configure(t.Context(), h.old, h.env, false)
			if tt.want == Conflict {
				var conflict *ConflictError
				require.ErrorAs(t, err, &conflict)
				h.c.Choices = map[string]Choice{"api-paste.ini": Take}
				cfg, err = h.c.Configure(t.Context(), h.old, h.env, false)
			}
			require.NoError(t, err)
			paste, ok := h.parse(cfg.Overrides).Get("DEFAULT", "api_paste_config")
			taken := tt.want == Take || tt.want == Conflict
			assert.Equal(t, taken, ok)
			if taken {
				assert.Equal(t, tt.fresh, h.read(paste))
			}
		})
	}
	h := newHost(t)
	h.write("venv/etc/cinder/api-paste.ini", "b")
	h.write("etc/api-paste.ini", "c")
	h.c.Choices = map[string]Choice{"api-paste.ini": "merge"}
	_, err := h.c.CompareFiles(t.Context(), h.old, h.env)
	require.ErrorContains(t, err, "neither keep nor take")
}

func TestWithVirtualHost(t *testing.T) {
	tests := []struct{ url, want string }{
		{"rabbit://guest:guest@127.0.0.1:5672/", "rabbit://guest:guest@127.0.0.1:5672/v"},
		{"rabbit://u:p%2F@h", "rabbit://u:p%2F@h/v"},
		{"rabbit://u:p@[::1]:5672,u:p@h2/a/b?x=1&y=/2", "rabbit://u:p@[::1]:5672,u:p@h2/v?x=1&y=/2"},
		{"rabbit:///", "rabbit:///v"},
		{"nonsense", ""},
		{"://x", ""},
	}
	for _, tt := range tests {
		got, err := withVirtualHost(tt.url, "v")
		assert.Equal(t, tt.want, got)
		assert.Equal(t, tt.want == "", err != nil)
	}
}

func TestExpand(t *testing.T) {
	stack := oslo.Stack{parse(t, "[DEFAULT]\nstate_path = /var/lib/cinder\nmy_ip = 10.0.0.1\n[database]\nname = db\n")}
	tests := []struct{ text, want string }{
		{"sqlite:///$state_path/cinder.sqlite", "sqlite:////var/lib/cinder/cinder.sqlite"},
		{"${state_path}x", "/var/lib/cinderx"},
		{"$name", "db"},
		{"${database.name}", "db"},
		{"pa$$word", "pa$word"},
		{`pa\$word`, "pa$word"},
		{"$unknown ${x", "$unknown ${x"},
		{"100$", "100$"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, expand(stack, "database", tt.text), tt.text)
	}
}

func TestReadConfig(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "cinder.conf"), "[DEFAULT]\na = 1\n")
	write(t, filepath.Join(dir, "cinder.conf.d/x.conf"), "[DEFAULT]\na = 2\nb = 2\n")
	stack, err := ReadConfig(upgrade.Config{Files: []string{filepath.Join(dir, "cinder.conf")}})
	require.NoError(t, err)
	a, _ := stack.Get("DEFAULT", "a")
	b, _ := stack.Get("DEFAULT", "b")
	assert.Equal(t, "1 2", a+" "+b)
	write(t, filepath.Join(dir, "bad.conf"), "secret value")
	_, err = ReadConfig(upgrade.Config{Files: []string{filepath.Join(dir, "bad.conf")}})
	require.ErrorContains(t, err, "line 1")
	assert.NotContains(t, err.Error(), "secret")
}

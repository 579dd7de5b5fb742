package supervise

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func TestExpand(t *testing.T) {
	s := upgrade.Subject{
		Env:    &venv.Env{Root: "/opt/e", Scripts: "/opt/e/bin", Python: &python.Interpreter{Path: "/opt/e/bin/python3"}},
		Config: upgrade.Config{Files: []string{"/etc/a.conf", "/etc/b.conf"}},
	}
	spaced := s
	spaced.Config.Files = []string{"/etc/a b.conf"}
	tests := []struct {
		name string
		s    upgrade.Subject
		argv []string
		want []string
		err  string
	}{
		{"alone", s, []string{"{bin}", "{root}", "{python}"}, []string{"/opt/e/bin", "/opt/e", "/opt/e/bin/python3"}, ""},
		{"within", s, []string{"{bin}/cinder-volume", "--x={root}/{bin}"}, []string{"/opt/e/bin/cinder-volume", "--x=/opt/e//opt/e/bin"}, ""},
		{"files", s, []string{"p", "{config}", "db"}, []string{"p", "--config-file=/etc/a.conf", "--config-file=/etc/b.conf", "db"}, ""},
		{"files within", s, []string{"p", "--pyargv={config}"}, []string{"p", "--pyargv=--config-file=/etc/a.conf --config-file=/etc/b.conf"}, ""},
		{"no files", upgrade.Subject{Env: s.Env}, []string{"p", "{config}"}, []string{"p"}, ""},
		{"a space", spaced, []string{"p", "{config}"}, []string{"p", "--config-file=/etc/a b.conf"}, ""},
		{"a space within", spaced, []string{"p", "--pyargv={config}"}, nil, "white space"},
		{"not a template", s, []string{"p", `{"a":1}`, "{}", "{A}"}, []string{"p", `{"a":1}`, "{}", "{A}"}, ""},
		{"unknown", s, []string{"p", "{conf}"}, nil, "{conf} is no template"},
		{"unknown within", s, []string{"p", "-{conf}-"}, nil, "{conf} is no template"},
		{"of a service only", s, []string{"p", "{wsgi}"}, nil, "{wsgi} is no template"},
		{"no program", s, nil, nil, "names no program"},
		{"files alone", upgrade.Subject{Env: s.Env}, []string{"{config}"}, nil, "names no program"},
		{"no environment", upgrade.Subject{}, []string{"{bin}/x"}, nil, "no environment"},
		{"no interpreter", upgrade.Subject{Env: &venv.Env{Root: "/e"}}, []string{"{python}"}, nil, "no interpreter"},
		{"no scripts", upgrade.Subject{Env: &venv.Env{Root: "/e"}}, []string{"{bin}/x"}, nil, "does not say it"},
		{"zero byte", s, []string{"p", "a\x00b"}, nil, "zero byte"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Expand(tt.s, tt.argv)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestArgv_wsgi: 24.x brings a console script, 26 and later a module, 25 and 26 both (openstack-pypi.md 8).
func TestArgv_wsgi(t *testing.T) {
	svc := upgrade.Service{Name: "cinder-api", Argv: []string{"uwsgi", "{wsgi}", "--pyargv={config}"}, WSGI: "cinder.wsgi.api:application", WSGIScript: "cinder-wsgi"}
	make := func(files ...string) string {
		root := t.TempDir()
		for _, f := range files {
			require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, f)), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(root, f), nil, 0o755))
		}
		return root
	}
	const script, module, folder = "bin/cinder-wsgi", "lib/python3.11/site-packages/cinder/wsgi/api.py", "lib/python3.11/site-packages/cinder/wsgi/api/__init__.py"
	tests := []struct {
		name    string
		root    string
		virtual bool
		want    func(root string) []string
	}{
		{"a script", make(script), true, func(r string) []string { return []string{"--virtualenv", r, "--wsgi-file", r + "/" + script} }},
		{"a module", make(module), true, func(r string) []string { return []string{"--virtualenv", r, "--module", svc.WSGI} }},
		{"a package", make(folder), true, func(r string) []string { return []string{"--virtualenv", r, "--module", svc.WSGI} }},
		{"both", make(script, module), true, func(r string) []string { return []string{"--virtualenv", r, "--module", svc.WSGI} }},
		{"the real environment", make(script), false, func(r string) []string { return []string{"--wsgi-file", r + "/" + script} }},
		{"the real environment's module", make(module), false, func(r string) []string { return []string{"--module", svc.WSGI} }},
		{"neither", make(), true, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := &venv.Env{Root: tt.root, Scripts: tt.root + "/bin", Virtual: tt.virtual}
			if tt.virtual {
				env.Scheme = wheel.Scheme{Purelib: "lib/python3.11/site-packages", Platlib: "lib/python3.11/site-packages"}
			} else {
				env.Python = &python.Interpreter{SiteDirs: []string{tt.root + "/absent", tt.root + "/lib/python3.11/site-packages"}}
			}
			got, err := Argv(upgrade.Subject{Env: env}, svc)
			if tt.want == nil {
				require.ErrorContains(t, err, `neither the module "cinder.wsgi.api" nor the script "cinder-wsgi"`)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, append(append([]string{"uwsgi"}, tt.want(tt.root)...), "--pyargv="), got)
		})
	}
}

func TestEnviron(t *testing.T) {
	tests := []struct {
		name    string
		env     *venv.Env
		service map[string]string
		config  map[string]string
		want    map[string]string
	}{
		{"nothing", nil, nil, nil, map[string]string{"PATH": DefaultPath}},
		{"scripts first", &venv.Env{Scripts: "/e/bin", Virtual: true}, map[string]string{"PATH": "/bin"}, nil, map[string]string{"PATH": "/e/bin:/bin"}},
		{"scripts first though they are in it", &venv.Env{Scripts: "/e/bin", Virtual: true}, map[string]string{"PATH": "/bin:/e/bin"}, nil, map[string]string{"PATH": "/e/bin:/bin:/e/bin"}},
		{"scripts are first", &venv.Env{Scripts: "/e/bin", Virtual: true}, map[string]string{"PATH": "/e/bin:/bin"}, nil, map[string]string{"PATH": "/e/bin:/bin"}},
		{"the real one has it", &venv.Env{Scripts: "/usr/bin"}, map[string]string{"PATH": "/usr/sbin:/usr/bin"}, nil, map[string]string{"PATH": "/usr/sbin:/usr/bin"}},
		{"the real one has it not", &venv.Env{Scripts: "/usr/local/x"}, map[string]string{"PATH": "/bin"}, nil, map[string]string{"PATH": "/usr/local/x:/bin"}},
		{"the generation's wins", nil, map[string]string{"A": "1", "B": "2"}, map[string]string{"B": "3"}, map[string]string{"A": "1", "B": "3", "PATH": DefaultPath}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(tt.service)
			got := Environ(upgrade.Subject{Env: tt.env, Config: upgrade.Config{Env: tt.config}}, upgrade.Service{Env: tt.service})
			assert.Equal(t, tt.want, got)
			assert.Len(t, tt.service, before, "the service's own map is not written to")
		})
	}
}

func TestLaunchOf(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"first", "second"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, name), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "first", "p"), nil, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "second", "p"), nil, 0o755))
	path := map[string]string{"PATH": "relative:" + dir + "/first:" + dir + "/second"}
	s := upgrade.Subject{}
	tests := []struct {
		name string
		svc  upgrade.Service
		want string
		err  string
	}{
		{"found on its own PATH", upgrade.Service{Name: "a", Argv: []string{"p"}, Env: path}, dir + "/second/p", ""},
		{"absolute", upgrade.Service{Name: "a", Argv: []string{"/x/p"}, Env: path}, "/x/p", ""},
		{"not there", upgrade.Service{Name: "a", Argv: []string{"q"}, Env: path}, "", "q: no such program on relative:"},
		{"relative", upgrade.Service{Name: "a", Argv: []string{"./p"}, Env: path}, "", "absolute path"},
		{"a name that leads away", upgrade.Service{Name: "../a", Argv: []string{"/p"}}, "", "no name"},
		{"a variable's name", upgrade.Service{Name: "a", Argv: []string{"/p"}, Env: map[string]string{"A=B": ""}}, "", `"A=B" cannot be given`},
		{"a variable's value", upgrade.Service{Name: "a", Argv: []string{"/p"}, Env: map[string]string{"A": "\x00"}}, "", `"A" cannot be given`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := launchOf(s, tt.svc)
			if tt.err != "" {
				require.ErrorContains(t, err, tt.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tt.want, got.Argv[0])
		})
	}
}

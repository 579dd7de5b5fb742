package openstack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func TestLookup(t *testing.T) {
	for _, name := range Names() {
		d, err := Lookup(name)
		require.NoError(t, err, name)
		c := d.Component
		assert.Equal(t, name, c.Name)
		assert.NotEmpty(t, c.Deliverable)
		assert.NotEmpty(t, c.Config.Files)
		assert.Equal(t, "database", c.Database.Section)
		assert.True(t, strings.HasPrefix(c.Database.Revisions, name+"/"))
		assert.NotEmpty(t, c.Database.Sync)
		assert.NotEmpty(t, c.Check)
		assert.NotEmpty(t, c.Implied)
		assert.NotEmpty(t, d.Tables)
		assert.Equal(t, c.Config.Rootwrap, c.Config.Rootwrap && len(d.Rootwrap.Programs) > 0 && len(d.Rootwrap.Set) > 0, "rootwrap needs its programs")
		drivers := 0
		for _, s := range c.Services {
			assert.Equal(t, d.User, s.User)
			assert.True(t, len(s.Argv) > 0 || s.WSGI != "", "%s: nothing to run", s.Name)
			if s.Driver {
				drivers++
			}
		}
		assert.Positive(t, drivers, "%s: nothing to try", name)
		for _, list := range [][]upgrade.Command{c.Database.Sync, c.Database.Online, c.Check, {*c.Database.Version}} {
			for _, command := range list {
				assert.Equal(t, d.User, command.User)
				assert.Equal(t, "{config}", command.Argv[1], "%s", command.Name)
			}
		}
		for _, q := range d.Queries {
			_, known := judges[q.Judge]
			assert.True(t, known, q.Judge)
		}
	}
	_, err := Lookup("../cinder")
	require.ErrorIs(t, err, ErrUnknownComponent)
}

func TestLookup_copies(t *testing.T) {
	a := Cinder()
	a.Services[0].Argv[0] = "changed"
	assert.Equal(t, "{bin}/cinder-scheduler", Cinder().Services[0].Argv[0])
	assert.Equal(t, "cinder-scheduler", a.Services[0].Name, "the scheduler starts first")
	for _, c := range []upgrade.Component{Glance(), Nova(), Neutron(), Keystone()} {
		assert.NotEmpty(t, c.Name)
	}
}

func TestParseDescription(t *testing.T) {
	tests := map[string]string{
		"unknown key":  `{"component": {"name": "x", "nmae": "y"}}`,
		"wrong type":   `{"component": []}`,
		"two values":   `{"component": {"name": "x"}} {}`,
		"garbage ends": `{"component": {"name": "x"}} ]`,
		"empty":        ``,
	}
	for name, text := range tests {
		_, err := ParseDescription([]byte(text))
		assert.Error(t, err, name)
	}
	d, err := ParseDescription([]byte(`{"component": {"name": "swift", "services": [{"name": "proxy", "argv": ["{bin}/x"], "user": "own"}, {"name": "b"}]}, "user": "swift"}`))
	require.NoError(t, err)
	assert.Equal(t, "own", d.Component.Services[0].User)
	assert.Equal(t, "swift", d.Component.Services[1].User)
}

func TestImplied(t *testing.T) {
	tests := []struct {
		conf string
		want []pep508.Name
	}{
		{"[database]\nconnection = mysql+pymysql://u:p@h/cinder\n", []pep508.Name{"pymysql"}},
		{"[database]\nconnection = mysql://u:p@h/cinder\n", []pep508.Name{"mysqlclient"}},
		{"[database]\nconnection = sqlite:////x\n", nil},
		{"[keystone_authtoken]\nmemcached_servers = h:11211\n[coordination]\nbackend_url = etcd3+http://h:2379\n", []pep508.Name{"etcd3gw", "python-memcached"}},
		{"[keystone_authtoken]\nmemcached_servers =\n", nil},
		{"[cache]\nbackend = dogpile.cache.redis\n[coordination]\nbackend_url = redis://h\n", []pep508.Name{"redis"}},
		{"[oslo_messaging_notifications]\ntransport_url = kafka://h\n", []pep508.Name{"confluent-kafka"}},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, Implied(Cinder(), oslo.Stack{parse(t, tt.conf)}), tt.conf)
	}
}

func parse(t *testing.T, conf string) *oslo.File {
	t.Helper()
	f, err := oslo.Parse([]byte(conf))
	require.NoError(t, err)
	return f
}

func TestWSGI(t *testing.T) {
	api := Cinder().Services[1]
	tests := []struct {
		name           string
		files          []string
		module, script string
	}{
		{"24", []string{"bin/cinder-wsgi"}, "", "bin/cinder-wsgi"},
		{"26", []string{"bin/cinder-wsgi", "site/cinder/wsgi/api.py"}, "cinder.wsgi.api:application", ""},
		{"28", []string{"site/cinder/wsgi/api/__init__.py"}, "cinder.wsgi.api:application", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			write(t, filepath.Join(root, "site", "x.py"), "")
			for _, f := range tt.files {
				write(t, filepath.Join(root, f), "")
			}
			module, script, err := WSGI(&venv.Env{Root: root, Python: &python.Interpreter{}, Virtual: true, Scheme: wheel.Scheme{Purelib: "site"}, Scripts: filepath.Join(root, "bin")}, api)
			require.NoError(t, err)
			assert.Equal(t, tt.module, module)
			if tt.script != "" {
				tt.script = filepath.Join(root, tt.script)
			}
			assert.Equal(t, tt.script, script)
		})
	}
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "site"), 0o755))
	_, _, err := WSGI(&venv.Env{Root: root, Python: &python.Interpreter{}, Virtual: true, Scheme: wheel.Scheme{Purelib: "site"}}, api)
	require.ErrorIs(t, err, ErrNoWSGI)
}

// write writes a file and the folders above it.
func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

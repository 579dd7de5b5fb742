package openstack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// pluginFolder has files with such names, which are no ELF files, as the names alone tell. python3_plugin.so leads to the first.
func pluginFolder(t *testing.T, names ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	for _, name := range names {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("no ELF file"), 0o644))
	}
	if len(names) > 0 {
		require.NoError(t, os.Symlink(names[0], filepath.Join(dir, "python3_plugin.so")))
	}
	return dir
}

func withPython(version string) *venv.Env {
	return &venv.Env{Root: "/opt/cinder-26.3.0", Virtual: true, Python: &python.Interpreter{Version: pep440.MustParse(version)}}
}

func TestServers(t *testing.T) {
	both := []string{"python311_plugin.so", "python313_plugin.so", "cache_plugin.so", "python_plugin.so", "pythonic_plugin.so"}
	tests := []struct {
		name    string
		argv    []string
		python  string
		plugins []string
		found   string   // "": a need that is not found
		embeds  []string // nil: not refused
	}{
		{"the one that is installed", []string{"/absent/uwsgi", "{wsgi}"}, "3.11.2", both[:1], "python311_plugin.so", nil},
		{"within an argument", []string{"/absent/uwsgi", "--x={wsgi}"}, "3.11.2", both[:1], "python311_plugin.so", nil},
		{"for another Python", []string{"/absent/uwsgi", "{wsgi}"}, "3.13.1", both[:1], "", []string{"3.11"}},
		{"one of two", []string{"/absent/uwsgi", "{wsgi}"}, "3.13.1", both, "python313_plugin.so", nil},
		{"none of two", []string{"/absent/uwsgi", "{wsgi}"}, "3.1", both, "", []string{"3.11", "3.13"}},
		{"asked for by the program's name", []string{"/absent/uwsgi_python3", "{wsgi}"}, "3.13.1", both, "", []string{"3.11"}},
		{"by an option", []string{"/absent/uwsgi", "--plugin", "http,python311", "{wsgi}"}, "3.13.1", both, "", []string{"3.11"}},
		{"by an option with =", []string{"/absent/uwsgi", "--plugins=python313", "{wsgi}"}, "3.13.1", both, "python313_plugin.so", nil},
		{"an option that ends the argv", []string{"/absent/uwsgi", "{wsgi}", "--plugin"}, "3.11.2", both, "python311_plugin.so", nil},
		{"Python 2", []string{"/absent/uwsgi", "{wsgi}"}, "3.7", []string{"python27_plugin.so"}, "", []string{"2.7"}},
		{"nothing tells", []string{"/absent/uwsgi", "{wsgi}"}, "3.11.2", nil, "", nil},
		{"a name without a version", []string{"/absent/uwsgi", "{wsgi}"}, "3.11.2", []string{"python_plugin.so"}, "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := pluginFolder(t, tt.plugins...)
			needs, refused := servers([]upgrade.Service{{Name: "cinder-api", Argv: tt.argv}, {Name: "cinder-volume", Argv: []string{"{bin}/cinder-volume"}}}, withPython(tt.python), []string{"/absent", dir})
			require.Len(t, needs, 1)
			assert.Equal(t, "uwsgi plugin", needs[0].Kind)
			assert.Equal(t, needs[0].Found == "", needs[0].Text != "", "advice where it is missing")
			if tt.found != "" {
				assert.Equal(t, filepath.Join(dir, tt.found), needs[0].Found)
			}
			if tt.embeds == nil {
				assert.Empty(t, refused)
				return
			}
			require.Len(t, refused, 1)
			var known *ServerError
			require.ErrorAs(t, refused[0], &known)
			assert.Equal(t, tt.embeds, known.Embeds)
			assert.ErrorContains(t, refused[0], "cinder-api")
			assert.ErrorContains(t, refused[0], "has Python "+strings.Join(tt.embeds, ", "))
		})
	}
}

// TestServers_none: what no server of the host loads needs none.
func TestServers_none(t *testing.T) {
	dir := pluginFolder(t, "python311_plugin.so")
	for _, argv := range [][]string{nil, {"{bin}/cinder-api", "{config}"}, {"{bin}/uwsgi", "{wsgi}"}, {"/usr/bin/uwsgi", "--ini", "api.ini"}} {
		needs, refused := servers([]upgrade.Service{{Name: "cinder-api", Argv: argv}}, withPython("3.13.1"), []string{dir})
		assert.Empty(t, needs, "%q", argv)
		assert.Empty(t, refused, "%q", argv)
	}
}

// TestConfigure_server: an environment that uwsgi could not serve is refused before anything is written, for a trial and for production.
func TestConfigure_server(t *testing.T) {
	h := newHost(t)
	h.env.Python = withPython("3.13.1").Python
	h.old.Component.Services[0].Argv = []string{"/absent/uwsgi", "--plugin=python27", "--plugin-dir", pluginFolder(t, "python27_plugin.so"), "{wsgi}"}
	for _, trial := range []bool{true, false} {
		_, err := h.c.Configure(t.Context(), h.old, h.env, trial)
		var refused *ServerError
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, []string{"2.7"}, refused.Embeds)
		assert.NoDirExists(t, filepath.Join(h.c.Root, "generations"))
	}
}

package supervise

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
)

// TestSupervisor_conformance is the Switcher alone, with no supervisord that answers; the Runner is checked with a real one (tag slow).
func TestSupervisor_conformance(t *testing.T) {
	real, a, b := generations()
	dir := t.TempDir()
	upgradetest.Switcher(t, upgradetest.Switching{
		Open: func(*testing.T) upgrade.Switcher {
			return &Supervisor{Socket: filepath.Join(dir, "socket"), Overrides: filepath.Join(dir, "zz-cinder.conf"), Real: real, Open: openAny}
		},
		Real: real, A: a, B: b,
	})
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left, "back in the real environment nothing is left")
}

func TestSupervisor_Switch(t *testing.T) {
	real, a, _ := generations()
	dir := t.TempDir()
	s := &Supervisor{Socket: filepath.Join(dir, "socket"), Overrides: filepath.Join(dir, "zz-cinder.conf"), Real: real, Open: openAny}
	require.NoError(t, s.Switch(t.Context(), a))
	got, err := os.ReadFile(s.Overrides)
	require.NoError(t, err)
	record, sections, _ := strings.Cut(string(got), "\n")
	assert.True(t, strings.HasPrefix(record, recordPrefix+`{"schema":1,`))
	assert.Equal(t, `[program:cinder-scheduler]
command = /opt/venvs/cinder-24.5.0/bin/cinder-scheduler --config-file=/etc/cinder/cinder.conf
environment = PATH="/opt/venvs/cinder-24.5.0/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
user = cinder
killasgroup = true
[program:cinder-volume]
command = /opt/venvs/cinder-24.5.0/bin/cinder-volume --config-file=/etc/cinder/cinder.conf
environment = PATH="/opt/venvs/cinder-24.5.0/bin:/usr/bin:/bin",QUOTED='a "b" c'
user = cinder
stopwaitsecs = 2
killasgroup = true
`, sections)

	for name, edited := range map[string]string{
		"a section": strings.Replace(string(got), "24.5.0/bin/cinder-volume", "24.5.0/bin/cinder-other", 1), "more": string(got) + "[program:x]\n", "no record": sections, "empty": "",
	} {
		require.NoError(t, os.WriteFile(s.Overrides, []byte(edited), 0o600))
		_, err := s.Current(t.Context(), real.Component)
		assert.ErrorIs(t, err, ErrEdited, name)
	}
	require.NoError(t, s.Switch(t.Context(), a), "a Switch mends it")
	_, err = s.Current(t.Context(), real.Component)
	assert.NoError(t, err)
	_, err = (&Supervisor{Real: real}).Current(t.Context(), real.Component)
	assert.ErrorContains(t, err, "Supervisor.Overrides")
}

func TestLaunch_override_refused(t *testing.T) {
	tests := []struct {
		name string
		l    launch
		err  string
	}{
		{"a comment", launch{Argv: []string{"/p", "a ;b"}}, "comment"},
		{"a comment of another kind", launch{Argv: []string{"/p", "#b"}}, ""},
		{"a comment at a word's begin", launch{Argv: []string{"/p", "x", "a #b"}}, "comment"},
		{"a line", launch{Argv: []string{"/p", "a\n[program:x]"}}, "cannot take the character"},
		{"a line of Unicode's", launch{Argv: []string{"/p", "a\u2028b"}}, "cannot take the character"},
		{"both quotes", launch{Argv: []string{"/p"}, Env: map[string]string{"A": `'x"y`}}, "cannot take the variable A"},
		{"a quote at the end", launch{Argv: []string{"/p"}, Env: map[string]string{"A": `x"`}}, "cannot take the variable A"},
		{"a name", launch{Argv: []string{"/p"}, Env: map[string]string{"A.B": "x"}}, "cannot take the variable A.B"},
		{"a comment in a value", launch{Argv: []string{"/p"}, Env: map[string]string{"A": "x ;y"}}, "comment"},
		{"its own template", launch{Argv: []string{"/p", "%(here)s"}}, "%(here)s"},
		{"a line in a user", launch{Argv: []string{"/p"}, User: "a\nb"}, "cannot take the character"},
	}
	for _, tt := range tests {
		l := tt.l
		l.Name = "x"
		_, err := generation{Component: "c", Services: []launch{l}}.overrides()
		if tt.err == "" {
			assert.NoError(t, err, tt.name)
			continue
		}
		assert.ErrorContains(t, err, tt.err, tt.name)
	}
}

package supervise

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
)

var cinderServices = []upgrade.Service{
	{Name: "cinder-scheduler", Argv: []string{"{bin}/cinder-scheduler", "{config}"}, User: "cinder"},
	{Name: "cinder-volume", Argv: []string{"{bin}/cinder-volume", "{config}"}, User: "cinder", StopTimeout: 1500e6, Env: map[string]string{"PATH": "/usr/bin:/bin", "QUOTED": `a "b" c`}},
}

// generations are the real one and two more.
func generations() (real, a, b upgrade.Subject) {
	real = generationIn("/usr", "21.3.1", cinderServices...)
	a, b = generationIn("/opt/venvs/cinder-24.5.0", "24.5.0", cinderServices...), generationIn("/opt/venvs/cinder-26.3.0", "26.3.0", cinderServices...)
	b.Config = upgrade.Config{Files: []string{"/etc/cinder/cinder.conf", "/var/lib/x/overrides.conf"}, Overrides: "/var/lib/x/overrides.conf", Dir: "/var/lib/x", Env: map[string]string{"HOST": "100%"}, Host: "other"}
	return real, a, b
}

func TestStateFile_conformance(t *testing.T) {
	real, a, b := generations()
	dir := filepath.Join(t.TempDir(), "state")
	upgradetest.Switcher(t, upgradetest.Switching{
		Open: func(*testing.T) upgrade.Switcher { return &StateFile{Dir: dir, Real: real, Open: openAny} },
		Real: real, A: a, B: b,
	})
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left, "back in the real environment nothing is left")
}

func TestStateFile_Switch(t *testing.T) {
	real, a, _ := generations()
	f := &StateFile{Dir: t.TempDir(), Real: real, Open: openAny}
	trial, bare, other, leading, template := a, a, a, a, a
	trial.Trial = true
	bare.Env = nil
	other.Component.Name = "glance"
	leading.Component.Name = "../cinder"
	template.Component.Services = []upgrade.Service{{Name: "cinder-api", Argv: []string{"{nothing}"}}}
	for name, to := range map[string]upgrade.Subject{"trial": trial, "no environment": bare, "another component": other, "a name that leads away": leading, "a template": template} {
		assert.Error(t, f.Switch(t.Context(), to), name)
	}
	left, err := os.ReadDir(f.Dir)
	require.NoError(t, err)
	require.Empty(t, left, "what was refused left nothing")

	require.NoError(t, f.Switch(t.Context(), a))
	b, err := os.ReadFile(filepath.Join(f.Dir, "cinder.json"))
	require.NoError(t, err)
	var g generation
	require.NoError(t, g.unmarshal(b))
	require.Len(t, g.Services, 2)
	assert.Equal(t, []string{"/opt/venvs/cinder-24.5.0/bin/cinder-volume", "--config-file=/etc/cinder/cinder.conf"}, g.Services[1].Argv)
	assert.Equal(t, "/opt/venvs/cinder-24.5.0/bin:/usr/bin:/bin", g.Services[1].Env["PATH"])
}

// TestStateFile_Current: a file that cannot be trusted is never taken for the real environment.
func TestStateFile_Current(t *testing.T) {
	real, a, _ := generations()
	f := &StateFile{Dir: t.TempDir(), Real: real, Open: openAny}
	require.NoError(t, f.Switch(t.Context(), a))
	path := filepath.Join(f.Dir, "cinder.json")
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, bad := range map[string][]byte{"empty": {}, "cut": good[:len(good)/2], "changed": []byte(string(good[:len(good)-3]) + " }\n")} {
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		_, err := f.Current(t.Context(), real.Component)
		assert.ErrorIs(t, err, durable.ErrDamaged, name)
	}
	require.NoError(t, os.WriteFile(path, good, 0o600))
	_, err = f.Current(t.Context(), upgrade.Component{Name: "glance"})
	assert.ErrorContains(t, err, `not of "glance"`)
	glance := real
	glance.Component.Name = "glance"
	require.NoError(t, os.Rename(path, filepath.Join(f.Dir, "glance.json")))
	_, err = (&StateFile{Dir: f.Dir, Real: glance, Open: openAny}).Current(t.Context(), glance.Component)
	assert.ErrorContains(t, err, `holds a generation of "cinder"`)
}

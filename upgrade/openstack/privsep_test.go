package openstack

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

func TestPrivsepProbe(t *testing.T) {
	d, err := Lookup("cinder")
	require.NoError(t, err)
	c, err := PrivsepProbe(d, upgrade.Config{Dir: "/g"})
	require.NoError(t, err)
	assert.Equal(t, []string{"/usr/bin/sudo", "-n", "cinder-rootwrap", filepath.Join("/g", "rootwrap.conf"), "privsep-helper", "--privsep_context", "cinder.privsep.sys_admin_pctxt", "--privsep_sock_path", "/nonexistent/chandlery-probe.sock"}, c.Argv)
	d, err = Lookup("keystone")
	require.NoError(t, err)
	_, err = PrivsepProbe(d, upgrade.Config{})
	require.ErrorIs(t, err, ErrNoPrivsep)
}

func TestJudgePrivsep(t *testing.T) {
	env := &venv.Env{Root: "/opt/venvs/cinder-28.0.0"}
	traceback := func(script, library string) string {
		return "CRITICAL privsep [-] Unhandled error: FileNotFoundError\nERROR privsep Traceback (most recent call last):\nERROR privsep   File \"" + script + "\", line 10, in <module>\nERROR privsep   File \"" + library + "/oslo_privsep/daemon.py\", line 563, in helper_main\n"
	}
	tests := []struct {
		name, output string
		verdict      upgrade.Verdict
		class        upgrade.Class
	}{
		{"the environment's", traceback("/opt/venvs/cinder-28.0.0/bin/privsep-helper", "/opt/venvs/cinder-28.0.0/lib/python3.11/site-packages"), upgrade.Pass, ""},
		{"the distribution's", traceback("/bin/privsep-helper", "/usr/lib/python3/dist-packages"), upgrade.Fail, upgrade.OldHelper},
		{"the library counts, not the program", traceback("/opt/venvs/cinder-28.0.0/bin/privsep-helper", "/usr/lib/python3/dist-packages"), upgrade.Fail, upgrade.OldHelper},
		{"a neighbour with the same beginning", traceback("x", "/opt/venvs/cinder-28.0.0-trial/lib"), upgrade.Fail, upgrade.OldHelper},
		{"no grant", "sudo: a password is required\n", upgrade.Fail, upgrade.Misconfigured},
		{"no filter", "/usr/bin/cinder-rootwrap: Unauthorized command: privsep-helper (no filter matched)\n", upgrade.Fail, upgrade.Misconfigured},
		{"nothing", "", upgrade.Unknown, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := JudgePrivsep(upgrade.Result{Output: []byte(tt.output)}, env)
			assert.Equal(t, tt.verdict, c.Verdict)
			assert.NotEmpty(t, c.Detail)
			if tt.class == "" {
				assert.Empty(t, c.Evidence)
				return
			}
			require.Len(t, c.Evidence, 1)
			assert.Equal(t, tt.class, c.Evidence[0].Class)
		})
	}
}

package deploy

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
)

// least is the shortest deploy.yaml.
const least = `root: opt
components:
  - name: cinder
    real: {sites: [site]}
    manager: {kind: process}
    verify: {off: [L1, L2, L3, L4]}
`

// example is the deploy.yaml of the package's text, without one of each two keys that exclude each other.
func example(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var lines []string
	for line := range strings.Lines(string(b)) {
		text, indented := strings.CutPrefix(line, "//\t")
		if indented && !regexp.MustCompile(`^ *(want|token|source):`).MatchString(text) {
			lines = append(lines, text)
		}
	}
	all := strings.Join(lines, "")
	from, to := strings.Index(all, "root: "), strings.Index(all, "L0  the services")
	require.Positive(t, from)
	require.Greater(t, to, from)
	return all[from:to]
}

func TestParse(t *testing.T) {
	base := t.TempDir()
	c, err := Parse([]byte(least), base)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(base, "opt"), c.Root)
	assert.Equal(t, filepath.Join(base, "opt", "state"), c.State)
	part := c.Components[0]
	assert.Equal(t, Real{Sites: []string{filepath.Join(base, "site")}, Scripts: "/usr/bin"}, part.Real)
	assert.Equal(t, filepath.Join(base, "opt", "state", "cinder", "snapshots"), part.Database.Dir)
}

// TestParse_doc reads what the package's text shows.
func TestParse_doc(t *testing.T) {
	base := t.TempDir()
	c, err := Parse([]byte(example(t)), base)
	require.NoError(t, err)
	assert.Equal(t, "3.11", c.Python)
	part := c.Components[0]
	assert.Equal(t, filepath.Join(base, "swift.json"), part.Description)
	assert.Equal(t, 6, part.Target.Window)
	assert.Equal(t, filepath.Join(base, "vendor/rbd.py"), part.Target.Driver)
	assert.Equal(t, []string{"cinder.volume.drivers.rbd.RBDDriver", "release", filepath.Join(base, "cinder.api")}, []string{part.Target.Class, part.Target.Else, part.Target.API})
	assert.Equal(t, "26.3.0+vendor1", part.SourceVersion)
	assert.Equal(t, Duration(20*time.Second), part.Services["cinder-api"].StopTimeout)
	assert.Equal(t, "false", part.Options["DEFAULT"]["debug"], "as it is written")
	assert.Equal(t, openstack.Take, part.Choices["api-paste.ini"])
	assert.Equal(t, []File{{filepath.Join(base, "vendor/rbd.py"), "cinder/volume/drivers/rbd.py"}}, part.Files)
	require.Len(t, part.Trial.Before, 2)
	assert.Equal(t, []string{"rabbitmqctl", "add_vhost", "chandlery_trial"}, part.Trial.Before[0].Argv)
	assert.Equal(t, Command{Argv: []string{"…"}, OK: []int{0, 70}, Timeout: Duration(30 * time.Second), User: "rabbitmq"}, part.Trial.Before[1])
	require.Len(t, part.Verify.Commands, 2)
	assert.Equal(t, Check{Argv: []string{filepath.Join(base, "check.sh")}, Level: "L3", Dir: base}, part.Verify.Commands[0])
	assert.True(t, part.Verify.Commands[1].Trial)
	assert.Equal(t, "3.20", part.Verify.RPC["cinder-volume"])
}

func TestParse_short(t *testing.T) {
	tests := []struct {
		verify string
		want   [][]string
	}{
		{"[./check.sh]", [][]string{{"/base/check.sh"}}},
		{"[check.sh, one, two]", [][]string{{"check.sh", "one", "two"}}},
		{"[[a], [b, c], {argv: [d]}]", [][]string{{"a"}, {"b", "c"}, {"d"}}},
	}
	for _, tt := range tests {
		c, err := Parse([]byte(strings.Replace(least, "{off: [L1, L2, L3, L4]}", tt.verify, 1)), "/base")
		require.NoError(t, err, tt.verify)
		var got [][]string
		for _, command := range c.Components[0].Verify.Commands {
			got = append(got, command.Argv)
		}
		assert.Equal(t, tt.want, got, tt.verify)
	}
}

func TestParse_errors(t *testing.T) {
	with := func(line string) string { return least + "    " + line + "\n" } // of the component
	instead := func(old, new string) string { return strings.Replace(least, old, new, 1) }
	tests := []struct{ name, text, want string }{
		{"empty", "", "it is empty"},
		{"no mapping", "- a\n", "no mapping"},
		{"no YAML", "root: [\n", "line "},
		{"two documents", least + "---\nroot: x\n", "follows the first document"},
		{"unknown key", "rot: x\n", `line 1: unknown key "rot"`},
		{"unknown key within", with("database: {dri: x}"), `line 7: components.0.database: unknown key "dri"`},
		{"unknown key of a short form", with("trial: {before: [{argv: [a], okay: 1}]}"), `line 7: components.0.trial.before.0: unknown key "okay"`},
		{"unknown key of verify", instead("{off: [L1, L2, L3, L4]}", "{levels: [L1]}"), `components.0.verify: unknown key "levels"`},
		{"twice", with("user: a\n    user: b"), "already defined"},
		{"anchor", with("user: &a b"), "anchors"},
		{"alias", with("user: *a"), "anchors"},
		{"merge", with("<<: {user: a}"), "anchors"},
		{"list for word", with("user: [a]"), "line 7: cannot unmarshal !!seq into a word"},
		{"word for number", with("target: {window: many}"), "line 7: cannot unmarshal !!str into a number"},
		{"no duration", with("services: {cinder-api: {stop_timeout: 20}}"), "line 7: no duration"},
		{"negative duration", with("services: {cinder-api: {stop_timeout: -20s}}"), "no duration"},
		{"no root", instead("root: opt\n", ""), "root: is missing"},
		{"no components", "root: opt\n", "components: are missing"},
		{"name", instead("cinder", "../x"), `components.0.name: "../x" is no component's name`},
		{"not built in", instead("cinder", "swift"), "no built-in component"},
		{"name twice", least + strings.TrimPrefix(least, "root: opt\ncomponents:\n"), `line 7: components.1.name: "cinder" stands twice`},
		{"policy", with("target: {policy: newest}"), "components.0.target.policy: no policy"},
		{"policy and want", with("target: {policy: newest-slurp, want: 2025.1}"), "in place of the policy"},
		{"window", with("target: {window: -1}"), "number of series"},
		{"releases with a password", with("target: {releases: https://me:hunter2@releases.example/}"), "without user"},
		{"driver and source", with("target: {driver: rbd.py}\n    source: a.whl"), "line 7: components.0.target.driver: chooses among the releases of the index"},
		{"class without driver", with("target: {class: a.B}"), "components.0.target.class: is said of a driver"},
		{"else without driver", with("target: {else: release}"), "components.0.target.else: is said of a driver"},
		{"api without driver", with("target: {api: cinder.api}"), "components.0.target.api: is said of a driver"},
		{"class of a driver", with("target: {driver: rbd.py, class: rbd.py}"), "components.0.target.class: is no class"},
		{"else", with("target: {driver: rbd.py, else: newest}"), "components.0.target.else: is release"},
		{"sites", instead("{sites: [site]}", "{}"), "components.0.real.sites: are missing"},
		{"no real", instead("    real: {sites: [site]}\n", ""), "components.0.real.sites: are missing"},
		{"manager", instead("kind: process", "kind: upstart"), "line 5: components.0.manager.kind"},
		{"no manager", instead("    manager: {kind: process}\n", ""), "line 3: components.0.manager.kind"},
		{"supervisor's keys", instead("kind: process", "kind: supervisor"), "socket and overrides"},
		{"another's keys", instead("kind: process", "kind: process, units: /x"), "components.0.manager.units: is for the kind systemd"},
		{"umask", with(`services: {cinder-api: {umask: "0999"}}`), "no umask"},
		{"signal", with("services: {cinder-api: {stop_signal: KILL}}"), "one of HUP"},
		{"argv", with(`services: {cinder-api: {argv: [""]}}`), "names no program"},
		{"requirement", with(`requirements: ["a >"]`), "components.0.requirements.0"},
		{"file's place", with("files: [{from: a, to: ../b}]"), "components.0.files.0"},
		{"file twice", with("files: [{from: a, to: b}, {from: c, to: b}]"), "components.0.files.1"},
		{"option", with(`options: {"a]": {b: c}}`), "no section and option"},
		{"choice", with("choices: {api-paste.ini: merge}"), "is keep or take"},
		{"port", with("trial: {port: 65536}"), "no port"},
		{"before", with("trial: {before: [[]]}"), "names no program"},
		{"no verify", instead("    verify: {off: [L1, L2, L3, L4]}\n", ""), "no verifier"},
		{"null verify", instead(" {off: [L1, L2, L3, L4]}", ""), "no verifier"},
		{"all off", instead("[L1, L2, L3, L4]", "[L0, L1, L2, L3, L4, L5]"), "no verifier"},
		{"level", instead("[L1, L2, L3, L4]", "[L9]"), "is one of L0"},
		{"command's level", instead("{off: [L1, L2, L3, L4]}", "{commands: [{argv: [a], level: L9}]}"), "is one of L0"},
		{"API", instead("{off: [L1, L2, L3, L4]}", "{api: {volume: 192.0.2.1}}"), "components.0.verify.api.volume"},
		{"noauth and token", instead("{off: [L1, L2, L3, L4]}", "{api: {noauth: {user: a}, token: [b]}}"), "exclude each other"},
		{"too long", strings.Repeat("#", MaxFile+1), "more than 1048576 bytes"},
		{"too many keys", with("options: {a: {" + manyKeys(MaxKeys+1) + "}}"), "more than 1000 keys"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text), "/base")
			require.ErrorContains(t, err, tt.want)
			var bad *ConfigError
			assert.ErrorAs(t, err, &bad)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
	_, err := Parse([]byte(instead("    verify: {off: [L1, L2, L3, L4]}\n", "")), "/base")
	assert.ErrorIs(t, err, upgrade.ErrNoVerifier)
	_, err = Parse([]byte(least), "base")
	assert.ErrorContains(t, err, "no absolute path")
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: 1, ", i)
	}
	return b.String()
}

// TestParse_secrets: what may be a secret stands in no error, wherever the error is.
func TestParse_secrets(t *testing.T) {
	for _, line := range []string{
		"manager: {kind: supervisor, password: [hunter2]}", "options: hunter2", "options: {DEFAULT: hunter2}", "target: {window: hunter2}", "database: {elsewhere: hunter2}",
		"manager: {kind: process, password: hunter2}", "manager: {kind: supervisor, password: *hunter2}", "trial: {port: !!int hunter2}", "verify: hunter2", "services: {a: {stop_timeout: hunter2}}",
	} {
		_, err := Parse([]byte("root: opt\ncomponents:\n  - name: cinder\n    "+line+"\n"), "/base")
		require.Error(t, err, line)
		assert.NotContains(t, err.Error(), "hunter2", line)
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "deploy.yaml")
	require.NoError(t, os.WriteFile(file, []byte(least), 0o600))
	c, err := Read(file)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, "opt"), c.Root)

	require.NoError(t, os.WriteFile(file, []byte("rot: x\n"), 0o600))
	_, err = Read(file)
	assert.EqualError(t, err, file+`: line 1: unknown key "rot"`)
	_, err = Read(filepath.Join(dir, "absent.yaml"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// FuzzParse: any text is read or refused with a *ConfigError, and what was read is checked: paths are absolute, and each component can be judged.
func FuzzParse(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte(example(f)))
	f.Add([]byte("a: &a [*a, *a]\n"))
	f.Add([]byte("? {a: b}\n: c\n"))
	f.Add([]byte("components: [{name: cinder, verify: [[]]}]"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b, "/base")
		if err != nil {
			var bad *ConfigError
			if !errors.As(err, &bad) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		if !filepath.IsAbs(c.Root) || !filepath.IsAbs(c.State) || len(c.Components) == 0 {
			t.Fatalf("%+v", c)
		}
		for _, part := range c.Components {
			if part.Verify == nil || !part.Verify.judges() || !filepath.IsAbs(part.Database.Dir) || len(part.Real.Sites) == 0 {
				t.Fatalf("%+v", part)
			}
		}
	})
}

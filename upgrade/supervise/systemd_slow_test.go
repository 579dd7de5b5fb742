//go:build slow && linux

package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// unitFolder has a unit as a package brings it, and a Systemd whose drop-ins go beside it.
func unitFolder(t *testing.T) (dir string, s *Systemd) {
	t.Helper()
	dir, err := os.MkdirTemp("", "units")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	text := "[Unit]\nDescription=the package's\n[Service]\nUser=root\nExecStart=/etc/init.d/nonesuch systemd-start\nEnvironment=PACKAGE=1 PATH=/package\nTimeoutStopSec=15\n"
	units := filepath.Join(dir, "units")
	require.NoError(t, os.Mkdir(units, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(units, "witness.service"), []byte(text), 0o644))
	return dir, &Systemd{State: filepath.Join(dir, "state"), Units: units, Real: generationIn("/usr", "0.1"), Open: openAny}
}

// readable lets every user read the state, as systemd refuses to run its own test as root.
func readable(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("chmod", "-R", "a+rX", dir).CombinedOutput()
	require.NoError(t, err, string(out))
}

// dump is what systemd itself makes of the unit: systemd --test prints every unit that it loads.
func dump(t *testing.T, units string) string {
	t.Helper()
	cmd := exec.Command("/lib/systemd/systemd", "--test", "--system", "--unit=witness.service")
	cmd.Env = []string{"PATH=" + DefaultPath, "LC_ALL=C.UTF-8", "SYSTEMD_UNIT_PATH=" + units + ":"}
	attr, err := attributes(someone(t).Username)
	require.NoError(t, err)
	cmd.SysProcAttr = attr
	out, _ := cmd.CombinedOutput() // that it could not enumerate what runs is no matter here
	_, unit, ok := strings.Cut(string(out), "-> Unit witness.service:")
	require.True(t, ok, string(out))
	unit, _, _ = strings.Cut(unit, "-> Unit ")
	return unit
}

// TestSystemd_dropIn: what arguments and values become is what systemd reads.
func TestSystemd_dropIn(t *testing.T) {
	words := []string{"", "a b", `"`, "'", `\`, `\n`, "$HOME", "${HOME}", "$$", "`x`", "%h", "100%", "%%", "é", "#x", ";", ";x", "a ;b", "*", "~", " leading", "trailing ", "line\nend", "tab\tin", "-", "@", "\x7f", "{A}"}
	dir, s := unitFolder(t)
	argv := append(as(t, "witness"), words...)
	env := map[string]string{"PATH": "/bin"}
	var values []string
	for i, w := range words {
		name := fmt.Sprintf("W%d", i)
		if !strings.ContainsAny(w, "\n\x7f") { // the dump would hold a line end as it is, which cannot be told from its own
			env[name] = w
			values = append(values, name+"="+w)
		}
	}
	svc := upgrade.Service{Name: "witness", Argv: argv, Env: env, User: "daemon", StopTimeout: 21e9}
	require.NoError(t, s.Switch(t.Context(), generationIn("/opt/a", "1.0", svc)))
	readable(t, dir)
	unit := dump(t, s.Units)
	assert.Contains(t, unit, "DropIn Path: "+s.link("witness"))
	line := regexp.MustCompile(`(?m)^\s*Command Line: (.*)$`).FindAllStringSubmatch(unit, -1)
	require.Len(t, line, 1, "the package's own ExecStart is gone")

	// $$ stays in the dump, as systemd makes it $ when it starts the process.
	got := unquoted(strings.TrimPrefix(line[0][1], argv[0]+" "))
	var want []string
	for _, a := range argv[1:] {
		want = append(want, escaped(strings.ReplaceAll(a, "$", "$$")))
	}
	assert.Equal(t, want, got)
	for _, v := range append(values, "PATH=/opt/a/bin:/bin", "PACKAGE=1") {
		assert.Contains(t, unit, "Environment: "+v+"\n")
	}
	assert.NotContains(t, unit, "Environment: PATH=/package\n")
	assert.Regexp(t, `(?m)^\s*User: daemon$`, unit)
	assert.Regexp(t, `(?m)^\s*TimeoutStopSec: 21s$`, unit)
	t.Logf("%d words as arguments, %d as values", len(words), len(values))
}

// unquoted splits a line of the dump into its words: those with blanks or signs stand in double quotes, where \ keeps the sign behind it.
func unquoted(line string) (all []string) {
	var word strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && quoted && strings.ContainsRune("\"\\$`", rune(line[i+1])):
			i++
			word.WriteByte(line[i])
		case c == '"':
			quoted = !quoted
		case c == ' ' && !quoted:
			all = append(all, word.String())
			word.Reset()
		default:
			word.WriteByte(c)
		}
	}
	return append(all, word.String())
}

// escaped is how the dump shows control characters.
func escaped(s string) string {
	return strings.NewReplacer("\n", `\n`, "\t", `\t`, "\x7f", `\177`).Replace(s)
}

// TestSystemd_verify: systemd-analyze takes the drop-ins, sees through the links, and after the way back the unit is the package's.
func TestSystemd_verify(t *testing.T) {
	dir, s := unitFolder(t)
	verify := func() (string, error) {
		readable(t, dir)
		cmd := exec.Command("systemd-analyze", "verify", "--man=no", filepath.Join(s.Units, "witness.service"))
		cmd.Env = []string{"PATH=" + DefaultPath, "LC_ALL=C.UTF-8"}
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	before := dump(t, s.Units)
	out, err := verify()
	require.Error(t, err, "the package's program is not here")
	require.Contains(t, out, "/etc/init.d/nonesuch is not executable")

	generation := func(version, program string) upgrade.Subject {
		return generationIn("/opt/a", version, upgrade.Service{Name: "witness", Argv: []string{program, "{config}"}, StopTimeout: 20e9, User: "daemon", Env: map[string]string{"A": "%"}})
	}
	require.NoError(t, s.Switch(t.Context(), generation("1.0", "/bin/true")))
	out, err = verify()
	require.NoError(t, err, out)
	assert.Empty(t, out)
	require.NoError(t, s.Switch(t.Context(), generation("2.0", "/bin/nonesuch")))
	out, err = verify()
	require.Error(t, err)
	require.Contains(t, out, "/bin/nonesuch is not executable")

	require.NoError(t, s.Switch(t.Context(), s.Real))
	readable(t, dir)
	assert.Equal(t, lines(before), lines(dump(t, s.Units)))
	_, err = os.Stat(filepath.Join(s.Units, "witness.service.d"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// lines are those of a dump, sorted, without its times: systemd prints relations in the order of a hash.
func lines(dump string) []string {
	all := strings.Split(regexp.MustCompile(`(?m)^.*(Timestamp|Invocation).*$`).ReplaceAllString(dump, ""), "\n")
	slices.Sort(all)
	return all
}

// TestSystemd_dangling: links without a current generation are no drop-ins.
func TestSystemd_dangling(t *testing.T) {
	dir, s := unitFolder(t)
	require.NoError(t, s.lead(filepath.Join(s.State, "cinder"), "witness.service"))
	readable(t, dir)
	assert.Contains(t, dump(t, s.Units), "Command Line: /etc/init.d/nonesuch systemd-start")
}

//go:build unix

package probe

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
)

func TestExternal(t *testing.T) {
	tests := []struct {
		name, script string
		want         upgrade.Verdict
		detail       string
		checks       int
	}{
		{"exit code 0", "echo all is well", upgrade.Pass, "all is well", 1},
		{"silent", "true", upgrade.Pass, "", 1},
		{"fails", "echo checking; echo the array is odd >&2; exit 3", upgrade.Fail, "exit code 3: the array is odd", 1},
		{"fails, says it on its output", "echo odd; exit 1", upgrade.Fail, "exit code 1: odd", 1},
		{"JSON", `echo '{"verdict": "pass with findings", "name": "orphans", "detail": "2 images", "evidence": [{"class": "regression", "text": "left"}]}'`, upgrade.PassWithFindings, "2 images", 1},
		{"JSON of several", `echo '[{"verdict": "pass"}, {"verdict": "fail", "detail": "odd"}]'; exit 1`, upgrade.Fail, "odd", 2},
		{"JSON that is none of a check", `echo '{"a": 1}'`, upgrade.Pass, `{"a": 1}`, 1},
		{"JSON of no verdict", `echo '{"verdict": "good"}'`, upgrade.Pass, `{"verdict": "good"}`, 1},
		{"JSON and an exit code that differ", `echo '{"verdict": "pass"}'; exit 1`, upgrade.Fail, "although its output says otherwise", 2},
		{"much output", "head -c 1000000 /dev/zero | tr '\\0' x", upgrade.Pass, "xxx", 1},
		{"a secret", "echo http://u:s3cr3t@h/", upgrade.Pass, "http://***@h/", 1},
		{"its environment", `echo "$CHANDLERY_COMPONENT $CHANDLERY_VERSION $CHANDLERY_HOST $CHANDLERY_TRIAL $CHANDLERY_CONFIG $MINE $FOREIGN"`, upgrade.Pass, "cinder 26.3.0 testbed false /a:/b 1", 1},
	}
	t.Setenv("FOREIGN", "seen")
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := subject(false)
			s.Version, s.Config.Files = pep440.MustParse("26.3.0"), []string{"/a", "/b"}
			got, err := External{Argv: []string{"sh", "-c", tt.script}, Env: []string{"MINE=1"}}.Verify(t.Context(), s)
			require.NoError(t, err)
			require.Len(t, got.Checks, tt.checks)
			assert.Equal(t, tt.want, got.Verdict)
			last := got.Checks[len(got.Checks)-1]
			assert.Contains(t, last.Detail, tt.detail)
			assert.NotContains(t, last.Detail, "s3cr3t")
			assert.NotContains(t, last.Detail, "seen")
			assert.LessOrEqual(t, len(last.Detail), MaxText+3)
			assert.Equal(t, "L3", last.Level)
		})
	}
}

func TestExternal_cannotJudge(t *testing.T) {
	tests := []struct {
		name string
		argv []string
		text string
	}{
		{"no command", nil, "Argv is missing"},
		{"not there", []string{filepath.Join(t.TempDir(), "check.sh")}, "no such file"},
		{"not there, says the shell", []string{"sh", "-c", "no-such-command"}, "127"},
		{"killed", []string{"sh", "-c", "kill -9 $$"}, "killed"},
		{"too long, and its child", []string{"sh", "-c", "sleep 60 & sleep 60"}, "still ran after"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			began := time.Now()
			_, err := External{Argv: tt.argv, Limit: 200 * time.Millisecond}.Verify(t.Context(), subject(false))
			assert.ErrorContains(t, err, tt.text)
			assert.Less(t, time.Since(began), 4*time.Second)
		})
	}
}

func TestExternal_trial(t *testing.T) {
	for _, v := range []External{{}, {Trial: true}} {
		for _, trial := range []bool{true, false} {
			file := filepath.Join(t.TempDir(), "ran")
			v.Argv = []string{"touch", file}
			got, err := v.Verify(t.Context(), subject(trial))
			require.NoError(t, err)
			if v.Trial == trial {
				assert.Equal(t, upgrade.Pass, got.Verdict)
				assert.FileExists(t, file)
			} else {
				assert.Equal(t, upgrade.NotApplicable, got.Verdict)
				assert.NoFileExists(t, file)
			}
		}
	}
}

func FuzzParseChecks(f *testing.F) {
	f.Add(`{"verdict": "pass", "evidence": [{"class": "x"}]}`)
	f.Add(`[{"verdict": "fail"}, {}]`)
	f.Fuzz(func(t *testing.T, s string) {
		checks, ok := parseChecks(s)
		if ok != (len(checks) > 0) {
			t.Fatal(checks, ok)
		}
		r := report(checks...)
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
	})
}

func TestUnchanged(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, dir string)
		want   upgrade.Verdict
		text   string
	}{
		{"nothing", func(*testing.T, string) {}, upgrade.Pass, ""},
		{"its time alone", func(t *testing.T, dir string) {
			require.NoError(t, os.Chtimes(filepath.Join(dir, "pkg", "a.py"), time.Now(), time.Unix(0, 0)))
		}, upgrade.Pass, ""},
		{"a byte", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "pkg", "a.py"), "b") }, upgrade.Fail, "a.py is -rw-r--r-- sha256"},
		{"permissions", func(t *testing.T, dir string) { require.NoError(t, os.Chmod(filepath.Join(dir, "pkg", "a.py"), 0o755)) }, upgrade.Fail, "-rwxr-xr-x"},
		{"one more", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "new.py"), "") }, upgrade.Fail, "new.py is new"},
		{"one fewer", func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "pkg", "a.py"))) }, upgrade.Fail, "a.py is gone"},
		{"a link's target", func(t *testing.T, dir string) {
			require.NoError(t, os.Remove(filepath.Join(dir, "link")))
			require.NoError(t, os.Symlink("elsewhere", filepath.Join(dir, "link")))
		}, upgrade.Fail, "link to elsewhere, was link to pkg"},
		{"what is excluded", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "__pycache__", "x.pyc"), "b") }, upgrade.Pass, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir, file := t.TempDir(), filepath.Join(t.TempDir(), "found")
			write(t, filepath.Join(dir, "pkg", "a.py"), "a")
			write(t, filepath.Join(dir, "__pycache__", "x.pyc"), "a")
			write(t, filepath.Join(dir, "no\xffUTF-8"), "a")
			require.NoError(t, os.Symlink("pkg", filepath.Join(dir, "link")))
			v := &Unchanged{Folders: []string{dir}, Exclude: []string{"__pycache__"}, File: file}
			_, err := v.Verify(t.Context(), subject(true))
			assert.ErrorContains(t, err, "call Prepare")
			require.NoError(t, v.Prepare(t.Context(), subject(false)))
			tt.change(t, dir)
			resumed := &Unchanged{Folders: v.Folders, Exclude: v.Exclude, File: file}
			require.NoError(t, resumed.Prepare(t.Context(), subject(false)), "a resumed upgrade is compared with its begin")
			for _, v := range []*Unchanged{v, resumed} {
				got, err := v.Verify(t.Context(), subject(false))
				require.NoError(t, err)
				assert.Equal(t, tt.want, got.Verdict)
				if tt.text != "" {
					require.NotEmpty(t, got.Checks[0].Evidence)
					assert.Contains(t, got.Checks[0].Evidence[0].Text, tt.text)
				}
			}
		})
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o644))
}

func TestUnchanged_processes(t *testing.T) {
	dir := t.TempDir()
	self := filepath.Join(dir, "self.pid")
	write(t, self, fmt.Sprintln(os.Getpid()))
	v := &Unchanged{PIDFiles: []string{self, filepath.Join(dir, "none.pid")}}
	require.NoError(t, v.Prepare(t.Context(), subject(false)))
	got, err := v.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Pass, got.Verdict)

	write(t, self, fmt.Sprintln(os.Getppid()))
	got, err = v.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.Fail, got.Verdict, "another process")

	require.NoError(t, os.Remove(self))
	got, err = v.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Contains(t, got.Checks[0].Evidence[0].Text, "runs no more")

	write(t, self, "nonsense")
	_, err = v.Verify(t.Context(), subject(false))
	assert.ErrorContains(t, err, "no process number")
}

func TestUnchanged_limits(t *testing.T) {
	got, err := (&Unchanged{}).Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Equal(t, upgrade.NotApplicable, got.Verdict)
	assert.Error(t, (&Unchanged{Folders: []string{filepath.Join(t.TempDir(), "none")}}).Prepare(t.Context(), subject(false)))
	assert.Error(t, (&Unchanged{Exclude: []string{"["}}).Prepare(t.Context(), subject(false)))

	dir := t.TempDir()
	file := filepath.Join(dir, "found")
	v := &Unchanged{Folders: []string{t.TempDir()}, File: file}
	require.NoError(t, v.Prepare(t.Context(), subject(false)))
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	write(t, file, strings.Replace(string(b), "files", "filez", 1))
	_, err = (&Unchanged{Folders: v.Folders, File: file}).Verify(t.Context(), subject(false))
	assert.ErrorContains(t, err, "damaged")

	many := t.TempDir()
	for i := range 3 * maxNamed {
		write(t, filepath.Join(many, fmt.Sprint(i)), "")
	}
	w := &Unchanged{Folders: []string{many}, kept: &found{}}
	got, err = w.Verify(t.Context(), subject(false))
	require.NoError(t, err)
	assert.Len(t, got.Checks[0].Evidence, maxNamed)
	assert.Equal(t, "61 changed", got.Checks[0].Detail)
}

func BenchmarkFingerprints(b *testing.B) {
	dir := b.TempDir()
	for i := range 1000 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), make([]byte, 16<<10), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(1000 * 16 << 10)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := fingerprints(b.Context(), []string{dir}, nil); err != nil {
			b.Fatal(err)
		}
	}
}

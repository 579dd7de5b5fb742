package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// faulty has targets that do what soak is there to find, on the input which says so.
const faulty = `package faulty

import (
	"bytes"
	"testing"
)

var kept [][]byte

func FuzzGood(f *testing.F) { f.Fuzz(func(*testing.T, []byte) {}) }

func FuzzWrong(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { if len(b) > 1 { t.Fatal("wrong") } }) }

func FuzzHang(f *testing.F) { f.Fuzz(func(_ *testing.T, b []byte) { for len(b) > 1 {} }) }

func FuzzGrow(f *testing.F) {
	f.Fuzz(func(_ *testing.T, b []byte) {
		for len(b) > 1 && len(kept) < 300 {
			kept = append(kept, bytes.Repeat([]byte("x"), 1<<20))
		}
	})
}
`

func build(t *testing.T) string {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module faulty.example\n\ngo 1.25.0\n"), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "faulty_test.go"), []byte(faulty), 0o644))
	cmd := exec.Command("go", "test", "-c", "-o", "faulty.test")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	return filepath.Join(dir, "faulty.test")
}

func TestWatch(t *testing.T) {
	binary := build(t)
	for name, want := range map[string]struct {
		verdict string // a regular expression
		kept    int    // inputs
	}{
		"FuzzGood":  {"^passed$", 0},
		"FuzzWrong": {"^FAILED: testdata/fuzz/FuzzWrong/[0-9a-f]+$", 1},
		"FuzzHang":  {"^FAILED, nothing new for 8s: testdata/fuzz/FuzzHang/[0-9a-f]+$", 1},
		"FuzzGrow":  {"^FAILED, more than 200 MiB", -1}, // it may be between two inputs when it is aborted
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &watch{binary: binary, target: target{Package: "p", Name: name, Dir: t.TempDir(), cache: t.TempDir()}, executions: 50_000_000, parallel: 1, maxMemory: 200 << 20, patience: 8 * time.Second}
			if name == "FuzzGood" {
				w.executions = 2000
			}
			r, err := w.run(t.Context())
			require.NoError(t, err)
			require.Regexp(t, want.verdict, r.Verdict, w.output.printed.String())
			if name == "FuzzGood" {
				require.Equal(t, int64(2000), r.Executions, w.output.printed.String())
			}
			if want.kept >= 0 {
				inputs, err := filepath.Glob(filepath.Join(w.target.Dir, "testdata", "fuzz", name, "*"))
				require.NoError(t, err)
				require.Len(t, inputs, want.kept)
			}
		})
	}
}

// TestWatchInterrupted: what ran until then counts.
func TestWatchInterrupted(t *testing.T) {
	binary := build(t)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	w := &watch{binary: binary, target: target{Name: "FuzzGood", Dir: t.TempDir(), cache: t.TempDir()}, executions: 1 << 30, parallel: 1, maxMemory: 1 << 30, patience: time.Minute}
	r, err := w.run(ctx)
	require.NoError(t, err)
	require.Equal(t, stopped, r.Verdict, w.output.printed.String())
	require.Positive(t, r.Executions)
}

func TestParsePeak(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmHWM:\t  112912 kB\nVmRSS:\t 1 kB\n": 112912 << 10,
		"VmHWM:\t99999999999999999 kB\n":                 0,
		"VmHWM:\tmuch\n":                                 0,
		"Name:\tzombie\n":                                0,
	} {
		require.Equal(t, want, parsePeak(status), status)
	}
	require.Positive(t, peak(os.Getpid()))
}

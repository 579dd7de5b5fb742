package venv

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// syntheticPlan has 40 wheels of 100 files.
func syntheticPlan(b *testing.B, wheels *testWheels) *Plan {
	p := &Plan{}
	for n := range 40 {
		files := map[string]string{}
		for f := range 100 {
			files[fmt.Sprintf("p%02d/s%d/m%02d.py", n, f%8, f)] = strings.Repeat(fmt.Sprintf("x = %d\n", f), 400)
		}
		p.Install = append(p.Install, wheels.install(b, wheelmake.Spec{Name: fmt.Sprintf("p%02d", n), Version: "1.0", Files: files, Deflate: true}))
	}
	return p
}

func benchmarkApply(b *testing.B, w WheelInstaller, cold bool) {
	wheels := &testWheels{dir: b.TempDir()}
	plan := syntheticPlan(b, wheels)
	w.Fetcher = wheels
	store := b.TempDir()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		b.StopTimer()
		w.Store = store
		if cold {
			w.Store = filepath.Join(store, fmt.Sprint(n))
		}
		env := testEnv(b)
		b.StartTimer()
		c, err := w.Apply(b.Context(), env, plan)
		require.NoError(b, err)
		require.NoError(b, c.Commit(b.Context()))
		b.StopTimer()
		require.NoError(b, os.RemoveAll(env.Root))
		b.StartTimer()
	}
}

func BenchmarkApplyCold(b *testing.B)     { benchmarkApply(b, WheelInstaller{}, true) }
func BenchmarkApplyWarm(b *testing.B)     { benchmarkApply(b, WheelInstaller{Link: LinkHard}, false) }
func BenchmarkApplyWarmCopy(b *testing.B) { benchmarkApply(b, WheelInstaller{Link: LinkCopy}, false) }

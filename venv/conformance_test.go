package venv_test

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/venvtest"
)

func onPath(t testing.TB) *python.Interpreter {
	t.Helper()
	name, err := exec.LookPath("python3")
	require.NoError(t, err, "this test needs a python3 on PATH")
	i, err := python.Probe(t.Context(), name)
	require.NoError(t, err)
	return i
}

func TestBuilder(t *testing.T) { venvtest.EnvBuilder(t, onPath(t), &venv.Builder{}) }

// TestWheelInstaller runs the suite for each way in which files come.
func TestWheelInstaller(t *testing.T) {
	i := onPath(t)
	for name, w := range map[string]venv.WheelInstaller{
		"no store": {}, "store": {Store: t.TempDir()}, "hard links": {Store: t.TempDir(), Link: venv.LinkHard}, "copies": {Store: t.TempDir(), Link: venv.LinkCopy}, "compiled": {Store: t.TempDir(), Compile: true},
	} {
		t.Run(name, func(t *testing.T) {
			venvtest.Installer(t, venvtest.Installation{Python: i, NoKills: w.Compile || w.Link != venv.LinkAuto, New: func(f dist.Fetcher, step func(string) error) venv.Installer {
				w.Fetcher, w.Step = f, step
				return &w
			}})
		})
	}
}

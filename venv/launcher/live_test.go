//go:build live

package launcher_test

import (
	"archive/zip"
	"bytes"
	"debug/pe"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/launcher"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

var liveIndex = flag.String("index", os.Getenv("CHANDLERY_INDEX"), "the index for live tests, .../simple/")

// newest is the newest wheel of a project.
func newest(t *testing.T, project pep508.Name) (file string, content []byte) {
	t.Helper()
	client := &index.Client{URLs: []string{*liveIndex}}
	t.Cleanup(func() { client.Close() })
	python, err := pep440.Parse("3.11.2")
	require.NoError(t, err)
	platform, err := resolve.NewPlatform("here", python, "manylinux_2_17_x86_64")
	require.NoError(t, err)
	solver := &resolve.Solver{Index: client}
	r, err := solver.Resolve(t.Context(), &resolve.Request{Requirements: []pep508.Requirement{{Name: project}}, Platform: platform})
	require.NoError(t, err)
	artifact := r.Pin(project).Files[0].Artifact
	blob, err := (&index.Fetcher{}).Fetch(t.Context(), artifact)
	require.NoError(t, err)
	defer blob.Close()
	content, err = io.ReadAll(io.NewSectionReader(blob, 0, blob.Size()))
	require.NoError(t, err)
	return artifact.File, content
}

// asTheirs is a program that has the wheel's own library make a launcher.
const asTheirs = `import os, struct, sys
import distlib.compat, distlib.resources, distlib.util
os.name = "nt" # what makes launchers is there on Windows alone
from distlib.scripts import ScriptMaker
os.name = "posix"
maker = ScriptMaker(None, sys.argv[1], add_launchers=True)
maker._is_nt = True
maker.variants = {""}
maker.executable = "<launcher_dir>\\..\\..\\python.exe"
assert struct.calcsize("P") == 8
print(maker.make("run = pack.age:Main.start")[0])
`

// TestLive makes launchers with the stubs of the real wheels that have them, of all kinds. Windows is not at hand: the programs themselves are only read.
func TestLive(t *testing.T) {
	require.NotEmpty(t, *liveIndex, "live tests need an index: set CHANDLERY_INDEX or -args -index to its address (.../simple/)")
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "set CHANDLERY_TOOLS to a virtual environment")
	python := filepath.Join(tools, "bin", "python")
	for _, project := range []pep508.Name{"distlib", "pip"} {
		file, content := newest(t, project)
		stubs, err := launcher.ReadStubs(t.Context(), bytes.NewReader(content), int64(len(content)), file)
		require.NoError(t, err)
		all := points(t, "[console_scripts]\nrun = pack.age:Main.start\n[gui_scripts]\nwindow = pack:main\n")
		for tag, machine := range map[string]uint16{"win32": pe.IMAGE_FILE_MACHINE_I386, "win_amd64": pe.IMAGE_FILE_MACHINE_AMD64, "win_arm64": pe.IMAGE_FILE_MACHINE_ARM64} {
			target, err := launcher.NewTarget("../python.exe", tag)
			require.NoError(t, err)
			files, err := target.Make(all, wheel.FlatScheme(), stubs)
			require.NoError(t, err, "%s of %s", tag, file)
			require.Len(t, files, 2)
			for _, f := range files {
				p, err := pe.NewFile(bytes.NewReader(f.Body))
				require.NoError(t, err)
				assert.Equal(t, machine, p.Machine)
				z, err := zip.NewReader(bytes.NewReader(f.Body), int64(len(f.Body)))
				require.NoError(t, err)
				assert.Len(t, z.File, 1)
			}
			t.Logf("%s, %s: %d bytes", file, tag, len(files[0].Body))
		}
		if project == "distlib" {
			sameAsTheirs(t, python, content, stubs)
		}
	}
}

// sameAsTheirs holds what stands before the zip to a launcher that the library makes for the same interpreter, and runs the zip.
func sameAsTheirs(t *testing.T, python string, content []byte, stubs *launcher.Stubs) {
	t.Helper()
	dir := t.TempDir()
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(filepath.Join(dir, "library"), z))
	cmd := exec.Command(python, "-c", asTheirs, dir)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(dir, "library"))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	theirs, err := os.ReadFile(strings.TrimSpace(string(out)))
	require.NoError(t, err)

	target, err := launcher.NewTarget("../python.exe", "win_amd64")
	require.NoError(t, err)
	files, err := target.Make(points(t, "[console_scripts]\nrun = pack.age:Main.start\n"), wheel.FlatScheme(), stubs)
	require.NoError(t, err)
	before := func(b []byte) string { return string(b[:bytes.LastIndex(b, []byte("PK\x03\x04"))]) }
	assert.True(t, before(theirs) == before(files[0].Body), "stub and line: %q and %q", before(theirs)[len(before(theirs))-60:], before(files[0].Body)[len(before(files[0].Body))-60:])
}

package launcher_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/venv/launcher"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// made are the stubs of a wheel.
func made(t testing.TB, spec wheelmake.Spec) (*launcher.Stubs, error) {
	t.Helper()
	b := wheelmake.Make(spec)
	return launcher.ReadStubs(t.Context(), bytes.NewReader(b), int64(len(b)), spec.Filename())
}

func points(t testing.TB, text string) []wheel.EntryPoint {
	t.Helper()
	all, err := wheel.ParseEntryPoints([]byte(text))
	require.NoError(t, err)
	return all
}

func TestNewTarget(t *testing.T) {
	for _, tt := range []struct{ python, tags, err string }{
		{"python.exe", "win32", ""},
		{"../python.exe", "win_amd64", ""},
		{"../../My Python 3.12/python3+x.exe", "win_arm64", ""},
		{"../python.exe", "win32 win_amd64", ""},
		{"../.venv/bin/python3", "macosx_11_0_arm64", ""},
		{"python3", "manylinux_2_17_x86_64", ""},
		{"python3", "manylinux2014_x86_64 musllinux_1_2_x86_64 linux_x86_64", ""},
		{"python3", "any", `no launchers for "any"`},
		{"python3", "", "give platform tags"},
		{"python.exe", "win32 macosx_11_0_arm64", "another system at once"},
		{"python.exe", "macosx_11_0_arm64 win32", "another system at once"},
		{"python3", "win32", "must end in .exe"},
		{"a.exe b/python.exe", "win32", "must end in .exe"},
		{"a.EXE/python.exe", "win32", "must end in .exe"},
		{"", "win32", "must be a program's path"},
		{"..", "linux_x86_64", "must be a program's path"},
		{"../..", "linux_x86_64", "must be a program's path"},
		{"/usr/bin/python3", "linux_x86_64", "must be a program's path"},
		{"bin/../python3", "linux_x86_64", "must be a program's path"},
		{"./python3", "linux_x86_64", "must be a program's path"},
		{"bin//python3", "linux_x86_64", "must be a program's path"},
		{"bin/python3/", "linux_x86_64", "must be a program's path"},
		{`..\python.exe`, "win32", "must be a program's path"},
		{"C:/python.exe", "win32", "must be a program's path"},
		{" python.exe", "win32", "must be a program's path"},
		{"a. /python.exe", "win32", "must be a program's path"},
		{`$(id)/python3`, "linux_x86_64", "must be a program's path"},
		{"`id`/python3", "linux_x86_64", "must be a program's path"},
		{`"""/python3`, "linux_x86_64", "must be a program's path"},
		{"a\n/python3", "linux_x86_64", "must be a program's path"},
		{"#!/python.exe", "win32", "must be a program's path"},
	} {
		_, err := launcher.NewTarget(tt.python, strings.Fields(tt.tags)...)
		if tt.err == "" {
			assert.NoError(t, err, tt.python)
		} else {
			assert.ErrorContains(t, err, tt.err, tt.python)
		}
	}
}

// TestTargetsAreEqual: what has the same launchers is one target.
func TestTargetsAreEqual(t *testing.T) {
	of := func(tags ...string) launcher.Target {
		target, err := launcher.NewTarget("../python.exe", tags...)
		require.NoError(t, err)
		return target
	}
	assert.Equal(t, of("macosx_11_0_arm64"), of("manylinux_2_17_x86_64", "linux_aarch64"))
	assert.Equal(t, of("win32"), of("win_amd64", "win32"))
	assert.Equal(t, of("win32"), of("win_amd64", "win_arm64"))
	assert.NotEqual(t, of("win32"), of("win_amd64"))
	assert.NotEqual(t, of("win32"), of("macosx_11_0_arm64"))
}

func TestMakeForWindows(t *testing.T) {
	stubs, err := made(t, wheelmake.Stubs())
	require.NoError(t, err)
	all := points(t, "[console_scripts]\nrun = pack.age:Main.start\n[gui_scripts]\nwindow = pack:w [x]\n[other]\nno = script\n")
	for _, tt := range []struct {
		tag, python   string
		machine       uint16
		console, quit string // the lines
	}{
		{"win32", "../python.exe", 0x14c, `<launcher_dir>\..\..\python.exe`, `<launcher_dir>\..\..\pythonw.exe`},
		{"win_amd64", "python/python.exe", 0x8664, `<launcher_dir>\..\python\python.exe`, `<launcher_dir>\..\python\pythonw.exe`},
		{"win_arm64", "../My Python/own.exe", 0xaa64, `"<launcher_dir>\..\..\My Python\own.exe"`, `"<launcher_dir>\..\..\My Python\own.exe"`},
	} {
		target, err := launcher.NewTarget(tt.python, tt.tag)
		require.NoError(t, err)
		files, err := target.Make(all, wheel.FlatScheme(), stubs)
		require.NoError(t, err)
		require.Len(t, files, 2)
		for i, want := range []struct {
			name, line, last string
			subsystem        uint16
		}{
			{"bin/run.exe", tt.console, "    from pack.age import Main\n    sys.exit(Main.start())\n", 3},
			{"bin/window.exe", tt.quit, "    from pack import w\n    sys.exit(w())\n", 2},
		} {
			assert.Equal(t, want.name, files[i].Name)
			body := string(files[i].Body)
			stub := wheelmake.Stub(tt.machine, want.subsystem, `<launcher_dir>\`)
			rest, ok := strings.CutPrefix(body, stub+"#!"+want.line+"\n")
			require.True(t, ok, "%q", body)
			z, err := zip.NewReader(strings.NewReader(rest), int64(len(rest))) // addresses count from its own beginning
			require.NoError(t, err)
			require.Len(t, z.File, 1)
			h := z.File[0].FileHeader
			assert.Equal(t, "__main__.py", h.Name)
			assert.Equal(t, zip.Store, h.Method)
			assert.Equal(t, "1980-01-01 00:00:00", h.Modified.Format("2006-01-02 15:04:05"))
			assert.Zero(t, h.Flags)
			assert.Empty(t, h.Extra)
			program, err := z.Open("__main__.py")
			require.NoError(t, err)
			text, err := io.ReadAll(program)
			require.NoError(t, err)
			assert.True(t, strings.HasSuffix(string(text), want.last), "%s", text)
			assert.Contains(t, string(text), `os.path.join(here, "..")`)
			again, err := zip.NewReader(bytes.NewReader(files[i].Body), int64(len(body)))
			require.NoError(t, err, "the whole is a zip with something before it")
			assert.Len(t, again.File, 1)
		}
	}
}

func TestMakeForOthers(t *testing.T) {
	target, err := launcher.NewTarget("../../bin/python3", "macosx_11_0_arm64")
	require.NoError(t, err)
	files, err := target.Make(points(t, "[console_scripts]\nrun = pack:main\n[gui_scripts]\nwindow = pack:main\n"), wheel.Scheme{Purelib: "lib/site", Platlib: "lib/site", Scripts: "bin"}, nil)
	require.NoError(t, err)
	require.Len(t, files, 2)
	for i, name := range []string{"bin/run", "bin/window"} {
		assert.Equal(t, name, files[i].Name)
		assert.True(t, files[i].Executable)
		body := string(files[i].Body)
		assert.True(t, strings.HasPrefix(body, "#!/bin/sh\n"))
		assert.Contains(t, body, `exec "$(dirname -- "$p")/../bin/python3" "$0" "$@"`, "as seen from bin")
		assert.Contains(t, body, `os.path.join(here, "../lib/site")`)
		assert.NotContains(t, body, `\`, "Python would take it for an escape")
	}
}

func TestMakeRefuses(t *testing.T) {
	stubs, err := made(t, wheelmake.Stubs())
	require.NoError(t, err)
	one := points(t, "[console_scripts]\nrun = pack:main\n")
	many := "[console_scripts]\n"
	for i := range launcher.MaxScripts + 1 {
		many += fmt.Sprintf("run%d = pack:main\n", i)
	}
	for _, tt := range []struct {
		name, python string
		points       []wheel.EntryPoint
		stubs        *launcher.Stubs
		err          string
	}{
		{"no stubs", "python.exe", one, nil, "run: there are no stubs"},
		{"a long way", strings.Repeat("folder/", 40) + "python.exe", one, stubs, "has 311 bytes, at most 250 (L5)"},
		{"many", "python.exe", points(t, many), stubs, "more than 500 scripts"},
	} {
		target, err := launcher.NewTarget(tt.python, "win_amd64")
		require.NoError(t, err)
		_, err = target.Make(tt.points, wheel.FlatScheme(), tt.stubs)
		assert.ErrorContains(t, err, tt.err, tt.name)
	}
}

// TestMakeLongestLine: stubs read 260 bytes.
func TestMakeLongestLine(t *testing.T) {
	stubs, err := made(t, wheelmake.Stubs())
	require.NoError(t, err)
	accepted := 0
	for n := 1; n < 300; n++ {
		target, err := launcher.NewTarget(strings.Repeat("f", n)+".exe", "win32")
		require.NoError(t, err)
		files, err := target.Make(points(t, "[console_scripts]\nrun = pack:main\n"), wheel.FlatScheme(), stubs)
		if err != nil {
			assert.ErrorContains(t, err, "(L5)")
			continue
		}
		accepted++
		line, _, _ := bytes.Cut(files[0].Body[bytes.Index(files[0].Body, []byte("#!")):], []byte("\n"))
		assert.LessOrEqual(t, len(line)+1, launcher.MaxShebang)
	}
	assert.Equal(t, launcher.MaxShebang-len("#!<launcher_dir>\\..\\.exe\n"), accepted)
}

package launcher

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// FuzzCheckStub: what is taken for a stub says in its headers which, and ends where they say.
func FuzzCheckStub(f *testing.F) {
	const sign = `<launcher_dir>\`
	f.Add([]byte(wheelmake.Stub(machineAMD64, console, sign)))
	f.Add([]byte(wheelmake.Stub(machineI386, gui, "x")))
	f.Add([]byte("MZ"))
	f.Add([]byte(wheelmake.Stub(machineARM64, console, sign)[:0x180]))
	f.Fuzz(func(t *testing.T, b []byte) {
		taken := 0
		for name := range kinds {
			if checkStub(name, b) != nil {
				continue
			}
			taken++
			p, ok := readPE(b)
			require.True(t, ok)
			require.EqualValues(t, len(b), p.end)
			require.Equal(t, kinds[name].machine, p.machine)
			require.True(t, strings.HasPrefix(string(b), "MZ"))
		}
		require.LessOrEqual(t, taken, 1, "no program is of two kinds")
	})
}

// FuzzNewTarget: an interpreter that is taken stands for itself in the shell, in Python and in a stub's line.
func FuzzNewTarget(f *testing.F) {
	f.Add("../python.exe")
	f.Add("../../run time/bin/python3")
	f.Add("a/../b")
	f.Add("$(id)/python.exe")
	f.Fuzz(func(t *testing.T, python string) {
		for _, tag := range []string{"win_amd64", "macosx_11_0_arm64"} {
			if _, err := NewTarget(python, tag); err != nil {
				continue
			}
			require.NotContains(t, strings.TrimLeft(python, "./"), "../")
			require.False(t, strings.ContainsAny(python, "\"'`$\\#!<>|&;*?\n\r\t\x00:"), "%q", python)
			require.False(t, strings.HasPrefix(python, "/") || strings.HasSuffix(python, "/"), "%q", python)
		}
	})
}

package interpreter

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

func TestFind(t *testing.T) {
	for _, c := range []struct{ file, dir string }{
		{"app/python/python.exe", "app/python"},
		{"app/python/bin/python3", "app/python"},
		{"app/bin/python", "app/python"},
		{"v/bin/python3", "v/lib/python3.9/site-packages"},
		{"v/python.exe", "v/Lib/site-packages"},
		{"v/Scripts/python.exe", "v/Lib/site-packages"},
	} {
		root := t.TempDir()
		file := filepath.Join(root, filepath.FromSlash(c.file))
		dir := filepath.Join(root, filepath.FromSlash(c.dir))
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.MkdirAll(dir, 0o755))
		_, err := Find(dir)
		require.ErrorIs(t, err, ErrNone, c.file)
		require.NoError(t, os.WriteFile(file, nil, 0o755))
		got, err := Find(dir)
		require.NoError(t, err)
		assert.Equal(t, file, got)
	}
}

func TestTag(t *testing.T) {
	for _, c := range []struct {
		a    Answer
		want string
	}{
		{Answer{Platform: "win32", Machine: "AMD64", Bits: 32}, "win32"},
		{Answer{Platform: "win-amd64", Machine: "AMD64", Bits: 64}, "win_amd64"},
		{Answer{Platform: "macosx-10.9-x86_64", Machine: "x86_64", MacOS: "10.15.7"}, "macosx_10_15_x86_64"},
		{Answer{Platform: "macosx-11.0-arm64", Machine: "arm64", MacOS: "13.6"}, "macosx_13_0_arm64"},
		{Answer{Platform: "macosx-10.9-universal2", Machine: "arm64", MacOS: "26"}, "macosx_26_0_arm64"},
		{Answer{Platform: "linux-x86_64", Machine: "x86_64", Bits: 64, Libc: "glibc 2.36"}, "manylinux_2_36_x86_64"},
		{Answer{Platform: "linux-x86_64", Machine: "x86_64", Bits: 32, Libc: "glibc 2.36"}, "manylinux_2_36_i686"},
		{Answer{Platform: "linux-x86_64", Machine: "x86_64", Bits: 64}, "linux_x86_64"},
	} {
		got, err := c.a.Tag()
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
	_, err := Answer{Platform: "plan9-amd64"}.Tag()
	assert.ErrorContains(t, err, "--platform")
}

var released = map[string]manifest.Platform{
	"windows":      {Python: "3.7.4", Tags: []string{"win32", "win_amd64"}},
	"darwin":       {Python: "3.7.4", Tags: []string{"macosx_10_13_x86_64"}},
	"darwinbigsur": {Python: "3.9.0", Tags: []string{"macosx_11_0_arm64"}},
	"linux":        {Python: "3.9.18", Tags: []string{"manylinux_2_17_x86_64"}},
	"linux-old":    {Python: "3.9.2", Tags: []string{"manylinux_2_17_x86_64"}},
}

func TestMatch(t *testing.T) {
	cpython := func(version, platform, machine, macos, libc string) Answer {
		return Answer{Implementation: "cpython", Version: version, Platform: platform, Machine: machine, Bits: 64, MacOS: macos, Libc: libc}
	}
	for _, c := range []struct {
		a         Answer
		name, tag string
	}{
		{cpython("3.7.4", "win32", "AMD64", "", ""), "windows", "win32"},
		{cpython("3.7.9", "win-amd64", "AMD64", "", ""), "windows", "win_amd64"},
		{cpython("3.7.4", "macosx-10.9-x86_64", "x86_64", "12.3", ""), "darwin", "macosx_10_13_x86_64"},
		{cpython("3.9.0", "macosx-11.0-arm64", "arm64", "14.0", ""), "darwinbigsur", "macosx_11_0_arm64"},
		{cpython("3.9.18", "linux-x86_64", "x86_64", "", "glibc 2.36"), "linux", "manylinux_2_17_x86_64"},
		{cpython("3.9.10", "linux-x86_64", "x86_64", "", "glibc 2.17"), "linux-old", "manylinux_2_17_x86_64"},
		{cpython("3.9.1", "linux-x86_64", "x86_64", "", "glibc 2.17"), "linux-old", "manylinux_2_17_x86_64"},
		{cpython("3.9.30", "linux-x86_64", "x86_64", "", "glibc 2.17"), "linux", "manylinux_2_17_x86_64"},
	} {
		name, tag, err := Match(c.a, released)
		require.NoError(t, err, c.a)
		assert.Equal(t, c.name+" "+c.tag, name+" "+tag, c.a)
	}
	for _, a := range []Answer{
		cpython("3.8.1", "win-amd64", "AMD64", "", ""),
		cpython("3.7.4", "macosx-10.9-x86_64", "x86_64", "10.12.6", ""),
		cpython("3.9.18", "linux-x86_64", "x86_64", "", "glibc 2.12"),
		cpython("3.9.18", "linux-x86_64", "x86_64", "", ""),
	} {
		_, _, err := Match(a, released)
		assert.ErrorContains(t, err, "darwinbigsur (CPython 3.9.0; macosx_11_0_arm64)", a)
	}
	_, _, err := Match(Answer{Implementation: "pypy", Version: "3.9.18", Platform: "win32"}, released)
	assert.ErrorContains(t, err, "only CPython")
}

// TestAsk has a script stand in for Python, as these tests need none.
func TestAsk(t *testing.T) {
	fake := fakePython(t, `{"implementation":"cpython","version":"3.9.18","platform":"linux-x86_64","machine":"x86_64","bits":64,"macos":"","libc":"glibc 2.36"}`)
	got, err := Ask(t.Context(), fake)
	require.NoError(t, err)
	assert.Equal(t, Answer{Implementation: "cpython", Version: "3.9.18", Platform: "linux-x86_64", Machine: "x86_64", Bits: 64, Libc: "glibc 2.36"}, got)
	_, err = Ask(t.Context(), fakePython(t, "no JSON"))
	assert.ErrorContains(t, err, "what it is")
	_, err = Ask(t.Context(), filepath.Join(t.TempDir(), "absent"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Ask(ctx, fake)
	assert.ErrorIs(t, err, context.Canceled)
}

func fakePython(t *testing.T, says string) string {
	t.Helper()
	name, text := "python", "#!/bin/sh\necho '"+says+"'\n"
	if runtime.GOOS == "windows" {
		name, text = "python.bat", "@echo "+says+"\r\n"
	}
	file := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o755))
	return file
}

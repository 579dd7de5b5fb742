package pylock

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

func platform(t *testing.T, python string, tags ...string) resolve.Platform {
	t.Helper()
	v, err := pep440.Parse(python)
	require.NoError(t, err)
	pl, err := resolve.NewPlatform("target", v, tags...)
	require.NoError(t, err)
	return pl
}

func file(t *testing.T, name, address string) dist.File {
	t.Helper()
	parsed, err := dist.ParseFilename(name)
	require.NoError(t, err)
	return dist.File{
		Filename: parsed, Index: "https://index.example/simple/", Uploaded: time.Date(2026, 1, 2, 3, 4, 5, 6000, time.UTC),
		Artifact: dist.Artifact{File: name, URL: address, Size: 10, Hashes: map[string]string{"sha256": strings.Repeat("a", 64)}},
	}
}

// resolution is app with lib (an sdist in a folder of this machine) on a CPython 3.11.
func resolution(t *testing.T) *resolve.Resolution {
	t.Helper()
	app := file(t, "app-1.0-py3-none-any.whl", "https://user:secret@files.example/app-1.0-py3-none-any.whl?token=secret#sha256=aa")
	app.Index = "https://user:secret@index.example/simple/"
	app.RequiresPython = pep440.MustParseSpecifiers(">=3.8")
	lib := file(t, "lib-2.0.tar.gz", "file:///wheels/lib-2.0.tar.gz")
	lib.Index, lib.Uploaded, lib.Size = "", time.Time{}, -1
	return &resolve.Resolution{Platform: platform(t, "3.11.2", "manylinux_2_28_x86_64"), Pins: []resolve.Pin{
		{Name: "app", Version: app.Version, Files: []dist.File{app}, RequiredBy: []resolve.Reason{{Requirement: pep508.MustParse("app")}}},
		{Name: "lib", Version: lib.Version, Files: []dist.File{lib}, RequiredBy: []resolve.Reason{
			{By: "app", Requirement: pep508.MustParse("lib>1")}, {By: "app", Requirement: pep508.MustParse("lib[x]")}, {Requirement: pep508.MustParse("lib<3"), Constraint: true},
		}},
	}}
}

const locked = `lock-version = '1.0'
environments = [
  'implementation_name == "cpython" and platform_machine == "x86_64" and python_version == "3.11" and sys_platform == "linux"'
]
requires-python = '==3.11.*'
created-by = 'chandlery'

[[packages]]
name = 'app'
version = '1.0'
requires-python = '>=3.8'
index = 'https://index.example/simple/'

[[packages.dependencies]]
name = 'lib'

[[packages.wheels]]
name = 'app-1.0-py3-none-any.whl'
upload-time = 2026-01-02T03:04:05.000006Z
url = 'https://files.example/app-1.0-py3-none-any.whl'
size = 10
hashes = {sha256 = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}

[[packages]]
name = 'lib'
version = '2.0'

[packages.sdist]
name = 'lib-2.0.tar.gz'
path = '/wheels/lib-2.0.tar.gz'
hashes = {sha256 = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'}
`

func TestMarshal(t *testing.T) {
	b, err := New(resolution(t)).Marshal()
	require.NoError(t, err)
	assert.Equal(t, locked, string(b))
	lock, err := Parse(b)
	require.NoError(t, err)
	again, err := lock.Marshal()
	require.NoError(t, err)
	assert.Equal(t, locked, string(again))
}

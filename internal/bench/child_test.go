package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain lets the tests run this program as a child: with "burn" it uses memory and processor, with "fail" it fails; and it watches.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "watch" {
		main()
		return
	}
	switch os.Getenv("BENCH_TEST_CHILD") {
	case "burn":
		b := make([]byte, 64<<20)
		for begin := time.Now(); time.Since(begin) < 50*time.Millisecond; {
			for i := range b {
				b[i]++
			}
		}
		runtime.KeepAlive(b)
		os.Exit(0)
	case "fail":
		os.Stderr.WriteString("no such thing\n")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func child(t *testing.T, what string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(t, err)
	return command(t.Context(), []string{"BENCH_TEST_CHILD=" + what}, self)
}

func TestMeasure(t *testing.T) {
	var log bytes.Buffer
	self, err := os.Executable()
	require.NoError(t, err)
	s := &site{ctx: t.Context(), work: t.TempDir(), log: &log, tools: tools{self: self}}
	mine := bytes.Repeat([]byte{1}, 256<<20) // of which nothing may be counted to a child
	one, err := s.measure(child(t, "burn"))
	require.NoError(t, err)
	assert.Greater(t, one.Wall, 0.05)
	assert.Greater(t, one.CPU, 0.02)
	if runtime.GOOS != "windows" {
		assert.Greater(t, one.Peak, int64(64<<20))
		assert.Less(t, one.Peak, int64(128<<20))
	}
	runtime.KeepAlive(mine)
	two, err := s.measure(child(t, "burn"), child(t, "burn"))
	require.NoError(t, err)
	assert.Greater(t, two.Wall, 0.1, "one after the other")
	_, err = s.measure(child(t, "fail"), child(t, "burn"))
	assert.ErrorContains(t, err, "no such thing")
	assert.Contains(t, log.String(), "no such thing")
}

func TestDoor(t *testing.T) {
	d := &door{}
	d.open(http.NotFoundHandler())
	assert.True(t, d.take().IsZero())
	before := time.Now()
	for range 2 {
		d.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	}
	first := d.take()
	assert.False(t, first.Before(before))
	assert.True(t, d.take().IsZero(), "taken")
}

// TestCache: a cold cache is empty, a warm one stays.
func TestCache(t *testing.T) {
	s := &site{work: t.TempDir()}
	for _, c := range []cache{{"multi5", cold}, {"multi5", warm}} {
		require.NoError(t, s.cache("uv", c))
		file := filepath.Join(s.cachePath("uv", c), "x")
		require.NoError(t, os.WriteFile(file, nil, 0o644))
		require.NoError(t, s.cache("uv", c))
		_, err := os.Stat(file)
		assert.Equal(t, c.temperature == warm, err == nil)
	}
	assert.NotEqual(t, s.cachePath("uv", cache{"trio", warm}), s.cachePath("uv", cache{"multi5", warm}))
}

// TestUnwritten: no older list is there.
func TestUnwritten(t *testing.T) {
	s := &site{work: t.TempDir()}
	written, err := s.write("list.txt", nil)
	require.NoError(t, err)
	for range 2 {
		path, err := s.unwritten("list.txt")
		require.NoError(t, err)
		assert.Equal(t, written, path)
		assert.NoFileExists(t, path)
	}
}

func TestServe(t *testing.T) {
	_, _, err := serve(http.NotFoundHandler(), ":0")
	assert.ErrorContains(t, err, "not on the loopback interface")
	address, stop, err := serve(http.NotFoundHandler(), "127.0.0.1:0")
	require.NoError(t, err)
	resp, err := http.Get(address)
	require.NoError(t, err)
	resp.Body.Close()
	require.NoError(t, stop())
}

// TestInputs: what is embedded can be asked for.
func TestInputs(t *testing.T) {
	names, err := requirements("multi5.in")
	require.NoError(t, err)
	assert.Len(t, names, 12)
	s := &site{ctx: t.Context(), work: t.TempDir()}
	require.NoError(t, s.configure())
	for _, set := range []string{"trio", "jupyter", "cinder"} {
		asked, err := s.asked(set)
		require.NoError(t, err)
		assert.FileExists(t, asked[0])
	}
	b, err := os.ReadFile(s.path("inputs", "constraints.txt"))
	require.NoError(t, err)
	assert.NotContains(t, string(b), "\ncinder=")
	assert.Greater(t, bytes.Count(b, []byte("===")), 400)
}

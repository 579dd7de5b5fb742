package main

import (
	"bytes"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
)

// TestMakeKeys: several at once make one set of keys, which nobody else can read; a file that is lost is made anew, and no other changes.
func TestMakeKeys(t *testing.T) {
	f := founding{dir: filepath.Join(t.TempDir(), "keys"), channels: []string{"stable", "beta"}}
	var made atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			n, err := f.makeKeys(t.Context())
			assert.NoError(t, err)
			made.Add(int64(n))
		})
	}
	wg.Wait()
	assert.EqualValues(t, 5, made.Load())
	before := map[string]string{}
	for _, role := range f.roles() {
		b, err := os.ReadFile(filepath.Join(f.dir, role+".pem"))
		require.NoError(t, err)
		before[role] = string(b)
		signer, err := keys.Read(b, nil)
		require.NoError(t, err)
		pub, err := readPublic(filepath.Join(f.dir, role+".pub"))
		require.NoError(t, err)
		assert.Equal(t, keyID(signer.Public()), keyID(pub), role)
		info, err := os.Stat(filepath.Join(f.dir, role+".pem"))
		require.NoError(t, err)
		if runtime.GOOS != "windows" {
			assert.EqualValues(t, 0o600, info.Mode().Perm())
		}
	}
	require.NoError(t, os.Remove(filepath.Join(f.dir, "online.pem")))
	n, err := f.makeKeys(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	for role, was := range before {
		b, err := os.ReadFile(filepath.Join(f.dir, role+".pem"))
		require.NoError(t, err)
		assert.Equal(t, role != "online", string(b) == was, role)
	}
	c, err := f.ceremony()
	require.NoError(t, err)
	assert.Len(t, c.Channels, 2)
	held, err := heldKeys(f.dir, true, program{stdin: strings.NewReader("")})
	require.NoError(t, err)
	assert.Len(t, held, 5)
}

// TestBegunAndKilled: a publish that was killed after its first files goes on with the same keys.
func TestBegunAndKilled(t *testing.T) {
	site := publishOne(t)
	root := filepath.Join(site+"-keys", rootFile)
	was, err := os.ReadFile(root)
	require.NoError(t, err)
	publish := []string{"publish", "--config", filepath.Join(filepath.Dir(site), "dev.json"), "--store", site, "--index", filepath.Dir(site), "--cache", filepath.Join(filepath.Dir(site), "cache")}

	require.NoError(t, os.Remove(root)) // the last file that is written
	var stderr bytes.Buffer
	assert.Equal(t, 36, run(t.Context(), publish, io.Discard, &stderr))
	assert.Contains(t, stderr.String(), "chandlery keys init --store "+site)
	require.Zero(t, run(t.Context(), []string{"keys", "init", "--store", site}, io.Discard, &stderr), stderr.String())
	now, err := os.ReadFile(root)
	require.NoError(t, err)
	assert.Equal(t, string(was), string(now))
	require.Zero(t, run(t.Context(), publish, io.Discard, &stderr), stderr.String())

	require.NoError(t, os.Remove(root))
	require.NoError(t, os.RemoveAll(site)) // only the keys were made
	require.Zero(t, run(t.Context(), publish, io.Discard, &stderr), stderr.String())
	python := filepath.Join(t.TempDir(), "python")
	require.Zero(t, run(t.Context(), []string{"update", "--source", site, "--root", root, "--platform", "linux", "--python-dir", python}, io.Discard, &stderr), stderr.String())
}

// TestCheck: a release that clients of the public address do not see is told so.
func TestCheck(t *testing.T) {
	site := publishOne(t)
	old := filepath.Join(t.TempDir(), "old")
	require.NoError(t, os.CopyFS(old, os.DirFS(site)))
	behind, current := httptest.NewServer(&store.Handler{Path: old}), httptest.NewServer(&store.Handler{Path: site})
	defer behind.Close()
	defer current.Close()
	dir := filepath.Dir(site)
	publish := func(address string, more ...string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := program{strings.NewReader(""), &stdout, &stderr, time.Now}.run(t.Context(), append([]string{"publish", "--config", filepath.Join(dir, "dev.json"), "--store", site, "--index", dir,
			"--cache", filepath.Join(dir, "cache"), "--check", address}, more...))
		return code, stdout.String() + stderr.String()
	}
	code, text := publish(behind.URL, "--min-client", "1.0.0")
	assert.Equal(t, 43, code, text)
	assert.Contains(t, text, "release 2 of stable is live in the store, but clients do not see it yet: they get 1")
	code, text = publish(current.URL, "--min-client", "2.0.0")
	assert.Zero(t, code, text)
	code, text = publish("ftp://store.example")
	assert.Equal(t, 64, code, text)
}

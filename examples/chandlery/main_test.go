package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	return program{strings.NewReader(""), stdout, stderr, time.Now}.run(ctx, args)
}

func TestExitCodes(t *testing.T) {
	seen := map[int]kind{}
	for _, k := range append(bundle.Kinds(), bundle.KindNone) {
		code := exitCode(k)
		other, taken := seen[code]
		assert.False(t, taken, "%s and %s have one exit code", k, other)
		seen[code] = kind(k.String())
	}
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	for _, e := range exitCodes {
		assert.Contains(t, string(readme), fmt.Sprintf("| %d | `%s` | %s |", e.code, e.kind, e.meaning))
	}
	for _, e := range slices.Concat(upgradeCodes, trustCodes) {
		other, taken := seen[e.code]
		assert.False(t, taken, "%s and %s have one exit code", e.kind, other)
		seen[e.code] = e.kind
		assert.Contains(t, string(readme), fmt.Sprintf("| %d | `%s` | %s |", e.code, e.kind, e.meaning))
		assert.Contains(t, exitTable(), fmt.Sprintf("\n  %3d  %s", e.code, e.meaning))
	}
}

// store publishes one wheel and gives the store's folder.
func publishOne(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, wheelmake.Folder(dir, wheelmake.Spec{Name: "lib", Version: "1.0"}))
	config, site := filepath.Join(dir, "dev.json"), filepath.Join(dir, "site")
	require.NoError(t, os.WriteFile(config, []byte(`{"lib": {"expectedVersions": {"linux": "latest"}}}`), 0o600))
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"publish", "--config", config, "--store", site, "--index", dir, "--cache", filepath.Join(dir, "cache")}, io.Discard, &stderr)
	require.Zero(t, code, stderr.String())
	return site
}

// TestServe serves a store on the loopback interface, updates from it twice, and ends when the user interrupts it.
func TestServe(t *testing.T) {
	site, log := publishOne(t), filepath.Join(t.TempDir(), "log")
	ctx, interrupt := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"serve", site, "--addr", "127.0.0.1:0", "--log", log, "--json"}, writer, io.Discard)
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	require.True(t, lines.Scan())
	var listening line
	require.NoError(t, json.Unmarshal(lines.Bytes(), &listening))

	python := filepath.Join(t.TempDir(), "python")
	for range 2 {
		var stderr bytes.Buffer
		code := run(t.Context(), []string{"update", "--source", listening.Message, "--root", site + "-keys/root.json", "--platform", "linux", "--python-dir", python}, io.Discard, &stderr)
		require.Zero(t, code, stderr.String())
	}
	assert.FileExists(t, filepath.Join(python, "lib.py"))
	response, err := http.Get(listening.Message + "stable/../../" + filepath.Base(log))
	require.NoError(t, err)
	response.Body.Close()
	assert.Equal(t, http.StatusNotFound, response.StatusCode)

	interrupt()
	select {
	case code := <-ended:
		assert.Zero(t, code)
	case <-time.After(30 * time.Second):
		require.Fail(t, "serve does not end")
	}
	b, err := os.ReadFile(log)
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(b), `"Path":"/metadata/timestamp.json"`), "%s", b)
	assert.Equal(t, 1, strings.Count(string(b), `.update.json"`), "%s", b)
	assert.Equal(t, 1, strings.Count(string(b), `"Path":"/sha256/`), "%s", b)
}

// TestInterrupt: an interrupt ends a command with 130, and says so.
func TestInterrupt(t *testing.T) {
	site := publishOne(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var stdout bytes.Buffer
	python := filepath.Join(t.TempDir(), "python")
	code := run(ctx, []string{"update", "--source", site, "--root", site + "-keys/root.json", "--platform", "linux", "--python-dir", python, "--json"}, &stdout, io.Discard)
	assert.Equal(t, 130, code)
	assert.Contains(t, stdout.String(), `"kind":"canceled"`)
	assert.NoFileExists(t, filepath.Join(python, "lib.py"))
}

// TestSecrets: user and password of an index stand in no output, no log and no file of the cache.
func TestSecrets(t *testing.T) {
	dir := t.TempDir()
	var out bytes.Buffer
	code := run(t.Context(), []string{"resolve", "lib", "--platform", "linux", "--index", "http://me:hunter2@127.0.0.1:1/simple/?token=hunter2",
		"--cache", filepath.Join(dir, "cache"), "--trace", filepath.Join(dir, "trace"), "--json"}, &out, &out)
	assert.Equal(t, 40, code, out.String())
	assert.NotContains(t, out.String(), "hunter2")
	assert.Contains(t, out.String(), "127.0.0.1:1")
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		assert.NotContains(t, string(b)+p, "hunter2")
		return err
	})
	require.NoError(t, err)
	assert.FileExists(t, filepath.Join(dir, "trace"))
}

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// TestResolve_again: a second run says the same in every form and reads no metadata; where more than the request and the index decides, it looks again.
func TestResolve_again(t *testing.T) {
	alone(t)
	index := &resolvetest.Server{Metadata: true, ETags: true, CacheControl: "max-age=600"}
	index.AddWheel(resolvetest.Wheel{Name: "app", Version: "1.0", RequiresDist: []string{"lib>=1", `win; sys_platform == "win32"`, `extra; extra == "x"`}, ProvidesExtra: []string{"x"}})
	lib := index.AddWheel(resolvetest.Wheel{Name: "lib", Version: "1.0"})
	app, digest := "app[x,y]", sha256.Sum256(lib.Content)
	for _, name := range []string{"win", "extra"} {
		index.AddWheel(resolvetest.Wheel{Name: name, Version: "2.0"})
	}
	server := httptest.NewServer(index)
	t.Cleanup(server.Close)
	dir := t.TempDir()
	lines := filepath.Join(dir, "lines.txt")
	require.NoError(t, os.WriteFile(lines, []byte("lib==1.0 --hash=sha256:"+hex.EncodeToString(digest[:])+"\n"), 0o644))
	direct := "lib @ " + server.URL + "/files/" + lib.Name
	tests := map[string]struct {
		args  []string
		again bool
	}{
		"table":        {[]string{app}, true},
		"requirements": {[]string{app, "--format", "requirements"}, true},
		"with hashes":  {[]string{app, "--format", "requirements", "--hashes"}, true},
		"a lock":       {[]string{app, "--format", "pylock"}, true},
		"a report":     {[]string{app, "--format", "inspect"}, true},
		"json":         {[]string{app, "--json"}, true},
		"explained":    {[]string{app, "--explain"}, true},
		"sdists":       {[]string{app, "--sdists"}, true},
		"fresh":        {[]string{app, "--fresh"}, false},
		"hashes given": {[]string{"-r", lines}, false},
		"by address":   {[]string{app, direct}, false},
		"no binary":    {[]string{app, "--sdists", "--no-binary", "other"}, false},
		"two indexes":  {[]string{app, "--index", server.URL + "/simple/"}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			cache := t.TempDir()
			args := append([]string{"resolve", "--platform", "linux", "--platform", "windows", "--index", server.URL + "/simple", "--cache", cache}, tt.args...)
			var first, firstErr, second, secondErr bytes.Buffer
			require.Zero(t, run(t.Context(), args, &first, &firstErr), firstErr.String())
			require.NoError(t, os.RemoveAll(filepath.Join(cache, "metadata-3")))
			index.ClearRequests()
			require.Zero(t, run(t.Context(), args, &second, &secondErr), secondErr.String())
			assert.Equal(t, first.String(), second.String())
			assert.Equal(t, firstErr.String(), secondErr.String())
			assert.Equal(t, tt.again, index.Count(".metadata") == 0, "%d requests", len(index.Requests()))
		})
	}
}

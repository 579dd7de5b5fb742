package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// TestRequirementsAtAddresses: they are fetched as pages of an index are, with what names their host only, and nothing of that is told.
func TestRequirementsAtAddresses(t *testing.T) {
	home := alone(t)
	index := &resolvetest.Server{}
	for _, version := range []string{"1.0", "2.0", "3.0"} {
		index.AddWheel(resolvetest.Wheel{Name: "lib", Version: version})
	}
	texts := http.NewServeMux()
	texts.HandleFunc("/r.txt", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("lib\n-c sub/c.txt\n")) })
	texts.HandleFunc("/sub/c.txt", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("lib<3\n")) })
	texts.HandleFunc("/variable.txt", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("--index-url https://index.example/${HOME}\n"))
	})
	pages, files := httptest.NewServer(index), httptest.NewServer(behind("me", indexSecret, texts))
	defer pages.Close()
	defer files.Close()
	t.Setenv("PIP_INDEX_URL", pages.URL+"/simple")

	dir := t.TempDir()
	resolve := func(args ...string) (code int, text string) {
		var written bytes.Buffer
		ctx := transport.WithPatience(t.Context(), transport.Patience{MaxWait: time.Millisecond})
		args = append(args, "--platform", "linux", "--format", "requirements", "--cache", filepath.Join(dir, "cache"), "--trace", filepath.Join(dir, "trace"))
		code = run(ctx, append([]string{"resolve"}, args...), &written, &written)
		trace, err := os.ReadFile(filepath.Join(dir, "trace"))
		if err == nil {
			assert.NotContains(t, string(trace), indexSecret)
		}
		assert.NotContains(t, written.String(), indexSecret)
		return code, written.String()
	}
	code, text := resolve("-r", withUser(files.URL, "me:"+indexSecret)+"/r.txt")
	assert.Equal(t, "lib==2.0\n", text)
	require.Zero(t, code)

	code, text = resolve("-r", files.URL+"/r.txt")
	assert.Equal(t, 40, code)
	assert.Contains(t, text, files.URL+"/r.txt: get "+files.URL+"/r.txt: 401 Unauthorized: check the credentials for this host")

	require.NoError(t, os.WriteFile(filepath.Join(home, ".netrc"), []byte("machine 127.0.0.1 login me password "+indexSecret), 0o600))
	code, text = resolve("lib", "-c", files.URL+"/sub/c.txt")
	assert.Equal(t, "lib==2.0\n", text)
	require.Zero(t, code)

	code, text = resolve("-r", files.URL+"/none.txt")
	assert.Equal(t, 65, code)
	assert.Contains(t, text, "404")
	code, text = resolve("-r", files.URL+"/variable.txt")
	assert.Equal(t, 65, code)
	assert.Contains(t, text, "variable.txt:1: a file that was fetched is told no environment variables")
	code, text = resolve("-r", files.URL+"/r.txt", "--offline")
	assert.Equal(t, 65, code)
	assert.Contains(t, text, "nothing is fetched while offline: give a file")
}

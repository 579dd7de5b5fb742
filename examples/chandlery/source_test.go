package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store"
)

// updateFrom runs update with what says where from, and gives its exit code and all that it printed.
func updateFrom(t *testing.T, site, python string, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := run(t.Context(), append([]string{"update", "--root", site + "-keys/root.json", "--platform", "linux", "--python-dir", python}, args...), &out, &out)
	return code, out.String()
}

// TestMirrors: a mirror that serves rubbish, one that lacks the libraries and one that is not there do not keep a client from a good one.
func TestMirrors(t *testing.T) {
	site := publishOne(t)
	part := filepath.Join(t.TempDir(), "part")
	require.NoError(t, os.CopyFS(part, os.DirFS(site)))
	require.NoError(t, os.RemoveAll(filepath.Join(part, "sha256")))
	rubbish := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>please log in</html>")) }))
	defer rubbish.Close()
	lacking, good := httptest.NewServer(&store.Handler{Path: part}), httptest.NewServer(&store.Handler{Path: site})
	defer lacking.Close()
	defer good.Close()
	python := filepath.Join(t.TempDir(), "python")

	code, out := updateFrom(t, site, python, "--source", rubbish.URL)
	assert.Equal(t, 34, code, out)
	code, out = updateFrom(t, site, python, "--source", rubbish.URL, "--mirror", lacking.URL)
	assert.NotZero(t, code, out)
	assert.NoFileExists(t, filepath.Join(python, "lib.py"))
	code, out = updateFrom(t, site, python, "--source", rubbish.URL, "--mirror", "http://127.0.0.1:1/", "--mirror", lacking.URL, "--mirror", good.URL)
	assert.Zero(t, code, out)
	assert.FileExists(t, filepath.Join(python, "lib.py"))
	code, out = updateFrom(t, site, python, "--source", site, "--mirror", good.URL)
	assert.Equal(t, 64, code, out)
}

// TestSourceSecrets: user and password in a source's address go to that host alone, for metadata and libraries, and are printed nowhere.
func TestSourceSecrets(t *testing.T) {
	site := publishOne(t)
	files := &store.Handler{Path: site}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "me" || password != "hunter2" {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Empty(t, r.Header.Get("Authorization"))
		http.NotFound(w, r)
	}))
	defer stranger.Close()
	python := filepath.Join(t.TempDir(), "python")
	address := strings.Replace(server.URL, "http://", "http://me:hunter2@", 1)

	code, out := updateFrom(t, site, python, "--source", server.URL)
	assert.NotZero(t, code, out)
	code, out = updateFrom(t, site, python, "--source", strings.Replace(address, "hunter2", "hunter3", 1))
	assert.NotZero(t, code, out)
	assert.NotContains(t, out, "hunter3")
	code, out = updateFrom(t, site, python, "--source", address, "--mirror", stranger.URL, "--trace", filepath.Join(t.TempDir(), "trace"))
	assert.Zero(t, code, out)
	assert.NotContains(t, out, "hunter2")
	assert.FileExists(t, filepath.Join(python, "lib.py"))
	require.NoError(t, filepath.WalkDir(python, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			b, err := os.ReadFile(p)
			assert.NotContains(t, string(b), "hunter2")
			return err
		}
		return err
	}))
}

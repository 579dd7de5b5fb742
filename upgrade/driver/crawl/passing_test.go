package crawl

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// TestPassing: a file of the net is verified, is there while its Blob is open, and gone after; one of this machine stays.
func TestPassing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "hello") }))
	defer server.Close()
	sum := sha256.Sum256([]byte("hello"))
	a := dist.Artifact{File: "demo-1.0.tar.gz", URL: server.URL + "/demo-1.0.tar.gz", Size: 5, Hashes: map[string]string{"sha256": hex.EncodeToString(sum[:])}}
	for _, p := range []*Passing{{}, {RoundTripper: http.DefaultTransport}} {
		for range 2 {
			b, err := p.Fetch(t.Context(), a)
			require.NoError(t, err)
			text, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
			require.NoError(t, err)
			assert.Equal(t, "hello", string(text))
			assert.Len(t, entries(t, temp), 1)
			require.NoError(t, b.Close())
			assert.Empty(t, entries(t, temp))
		}
		wrong := a
		wrong.Hashes = map[string]string{"sha256": hex.EncodeToString(make([]byte, 32))}
		_, err := p.Fetch(t.Context(), wrong)
		var hash *dist.HashError
		assert.ErrorAs(t, err, &hash)
		assert.Empty(t, entries(t, temp))
	}
	_, err := (&Passing{MaxSize: 4}).Fetch(t.Context(), a)
	assert.Error(t, err)
	assert.Empty(t, entries(t, temp))

	local := filepath.Join(t.TempDir(), a.File)
	require.NoError(t, os.WriteFile(local, []byte("hello"), 0o644))
	a.URL, err = index.FileURL(local)
	require.NoError(t, err)
	b, err := (&Passing{}).Fetch(t.Context(), a)
	require.NoError(t, err)
	require.NoError(t, b.Close())
	assert.FileExists(t, local)
}

func entries(t *testing.T, dir string) []os.DirEntry {
	all, err := os.ReadDir(dir)
	require.NoError(t, err)
	return all
}

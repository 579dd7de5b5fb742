//go:build oracle

package archive

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/corpus"
)

// zipfile prints for each wheel a JSON object of its files' sizes and hashes, as Python reads them.
const zipfile = `
import hashlib, json, sys, zipfile
for path in sys.argv[1:]:
    with zipfile.ZipFile(path) as z:
        print(json.dumps({i.filename: [i.file_size, hashlib.sha256(z.read(i)).hexdigest()] for i in z.infolist() if not i.is_dir()}))
`

// Every real wheel is accepted, and Python's zipfile reads the same files with the same contents from it.
func TestRealWheels(t *testing.T) {
	paths := corpus.Wheels(t)
	python := json.NewDecoder(bytes.NewReader(corpus.Run(t, "python3", append([]string{"-c", zipfile}, paths...)...)))
	files, size := 0, int64(0)
	for _, path := range paths {
		var want map[string][2]any
		require.NoError(t, python.Decode(&want))
		r := openFile(t, path)
		got := hashes(t, r)
		require.Len(t, got, len(want), path)
		for name, w := range want {
			assert.Equal(t, w, got[name], "%s in %s", name, filepath.Base(path))
		}
		files, size = files+len(got), size+r.Size()
	}
	t.Logf("%d wheels, %d files, %d bytes: all accepted, all equal to Python's zipfile", len(paths), files, size)
}

func openFile(t *testing.T, path string) *Reader {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	require.NoError(t, err)
	r, err := Open(f, st.Size(), Limits{})
	require.NoError(t, err, path)
	return r
}

// hashes has the types of decoded JSON.
func hashes(t *testing.T, r *Reader) map[string][2]any {
	t.Helper()
	sums := make([]string, len(r.Entries()))
	require.NoError(t, r.Each(context.Background(), func(i int, body io.Reader) error {
		h := sha256.New()
		_, err := io.Copy(h, body)
		sums[i] = hex.EncodeToString(h.Sum(nil))
		return err
	}))
	got := map[string][2]any{}
	for i, e := range r.Entries() {
		got[e.Name] = [2]any{float64(e.Size), sums[i]}
	}
	return got
}

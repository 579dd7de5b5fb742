package dist

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVerifier(t *testing.T) {
	const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	for name, c := range map[string]struct {
		size      int64
		hashes    map[string]string
		algorithm string // of the error; "" for none
	}{
		"nothing promised":     {-1, nil, ""},
		"size":                 {3, nil, ""},
		"wrong size":           {4, map[string]string{"sha256": abc}, "size"},
		"sha256":               {3, map[string]string{"sha256": abc}, ""},
		"upper case":           {3, map[string]string{"sha256": "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD"}, ""},
		"wrong sha256":         {3, map[string]string{"sha256": "00" + abc[2:]}, "sha256"},
		"md5":                  {-1, map[string]string{"md5": "900150983cd24fb0d6963f7d28e17f72"}, ""},
		"right sha256 bad md5": {-1, map[string]string{"sha256": abc, "md5": "00"}, "md5"},
		"wrong sha512":         {-1, map[string]string{"sha512": "00"}, "sha512"},
		"unknown algorithm":    {-1, map[string]string{"crc64": "00"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := NewVerifier(Artifact{File: "f", Size: c.size, Hashes: c.hashes})
			for _, s := range []string{"a", "bc"} {
				_, err := io.WriteString(v, s)
				require.NoError(t, err)
			}
			err := v.Check()
			assert.Equal(t, abc, v.SHA256())
			assert.EqualValues(t, 3, v.Size())
			if c.algorithm == "" {
				assert.NoError(t, err)
				return
			}
			var he *HashError
			require.ErrorAs(t, err, &he)
			assert.Equal(t, c.algorithm, he.Algorithm)
			assert.NotEqual(t, he.Want, he.Got)
		})
	}
}

func TestArtifactTrusted(t *testing.T) {
	assert.True(t, Artifact{Hashes: map[string]string{"md5": "1", "sha512": "2"}}.Trusted())
	assert.False(t, Artifact{Hashes: map[string]string{"md5": "1", "sha1": "2", "sha256": ""}}.Trusted())
	assert.False(t, Artifact{}.Trusted())
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x")
	require.NoError(t, os.WriteFile(path, []byte("hello"), 0o600))
	b, err := OpenFile(path)
	require.NoError(t, err)
	defer b.Close()
	assert.Equal(t, path, b.Path())
	assert.EqualValues(t, 5, b.Size())
	p := make([]byte, 3)
	_, err = b.ReadAt(p, 2)
	require.NoError(t, err)
	assert.Equal(t, "llo", string(p))

	_, err = OpenFile(dir)
	assert.ErrorContains(t, err, "no regular file")
	_, err = OpenFile(filepath.Join(dir, "absent"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestFetcherFunc(t *testing.T) {
	var f Fetcher = FetcherFunc(func(_ context.Context, a Artifact) (Blob, error) { return nil, &HashError{File: a.File} })
	_, err := f.Fetch(context.Background(), Artifact{File: "x"})
	var he *HashError
	require.ErrorAs(t, err, &he)
	assert.Equal(t, "x", he.File)
}

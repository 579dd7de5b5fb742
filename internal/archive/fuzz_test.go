package archive

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzOpen: a zip that Open takes has safe names, and the standard library reads the same files from it.
func FuzzOpen(f *testing.F) {
	for _, h := range hostile {
		if len(h.zip) < 4<<10 {
			f.Add(h.zip)
		}
	}
	f.Add(many(3, 30))
	f.Add(whole{pieces: plain, zip64: true, comment: "c"}.bytes())
	f.Fuzz(func(t *testing.T, blob []byte) {
		r, err := Open(bytes.NewReader(blob), int64(len(blob)), Limits{Files: 100, Unpacked: 1 << 20})
		if err != nil {
			var format *FormatError
			require.True(t, errors.As(err, &format) && len(format.Violations) > 0, "%v", err)
			return
		}
		std, err := zip.NewReader(bytes.NewReader(blob), int64(len(blob)))
		require.NoError(t, err)
		theirs := map[string]*zip.File{}
		for _, f := range std.File {
			if !f.FileInfo().IsDir() {
				theirs[f.Name] = f
			}
		}
		require.Len(t, theirs, len(r.Entries()))
		for _, e := range r.Entries() {
			require.NoError(t, CheckName(e.Name))
			require.Contains(t, theirs, e.Name)
			body, err := r.ReadFile(e.Name)
			if err != nil {
				continue
			}
			require.Len(t, body, int(e.Size))
			rc, err := theirs[e.Name].Open()
			require.NoError(t, err)
			want, err := io.ReadAll(rc)
			require.NoError(t, err, e.Name)
			require.Equal(t, want, body)
		}
	})
}

func FuzzCheckName(f *testing.F) {
	for _, name := range []string{"a/b.py", "../x", "C:x", "nul.py", "é", "COM¹", "\xff", "a.", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) != nil {
			return
		}
		require.LessOrEqual(t, len(name), MaxName)
		require.NotRegexp(t, `(^|/)(\.\.?|)(/|$)|[\\:]|[. ](/|$)`, name)
		require.Empty(t, Collisions([]string{name}))
		require.NotEmpty(t, Collisions([]string{name, name}))
	})
}

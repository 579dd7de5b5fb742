package offline_test

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/trust/offline"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

func crc(b []byte) uint32 { return crc32.ChecksumIEEE(b) }

// FuzzRead: whatever the zip is, it is refused, or what it has is served and nothing else.
func FuzzRead(f *testing.F) {
	repo := trusttest.New(expires)
	b, err := bundletest.Configuration("stable", 1, "1.0").Encode()
	require.NoError(f, err)
	repo.Add("targets", "stable/update.json", b, nil)
	repo.Publish()
	s := &site{Repo: repo, root: repo.File("1.root.json"), now: start}
	one := dist.FetcherFunc(func(context.Context, dist.Artifact) (dist.Blob, error) {
		return oneByte{bytes.NewReader([]byte("x"))}, nil
	})
	var w bytes.Buffer
	_, err = offline.Export(ctx, &w, s.client(f.TempDir()), one)
	require.NoError(f, err)
	f.Add(w.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := offline.Read(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			require.Equal(t, bundle.KindHostile, bundle.KindOf(err), "%v", err)
			return
		}
		req, err := http.NewRequest(http.MethodGet, a.Mirror().Metadata+"/timestamp.json", nil)
		require.NoError(t, err)
		resp, err := a.RoundTrip(req)
		require.NoError(t, err)
		got, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.LessOrEqual(t, len(got), offline.MaxMetadata)
	})
}

type oneByte struct{ *bytes.Reader }

func (oneByte) Close() error { return nil }

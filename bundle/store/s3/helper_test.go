package s3_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

var buckets atomic.Int64

// bucket is a Store over a new bucket of the gateway.
func bucket(t *testing.T) *s3.Store {
	t.Helper()
	started(t)
	name := "bucket-" + strconv.FormatInt(buckets.Add(1), 10)
	require.NoError(t, os.Mkdir(filepath.Join(gateway.dir, name), 0o755))
	return &s3.Store{Endpoint: gateway.url, Bucket: name, Prefix: "libraries", Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}}
}

func reader(s *s3.Store) func(key string) ([]byte, error) {
	return func(key string) ([]byte, error) {
		b, _, err := s.Read(ctx, key, 1<<30)
		return b, err
	}
}

func object(body string) bundle.Object {
	sum := sha256.Sum256([]byte(body))
	return bundle.Object{Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:]),
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }}
}

// pattern is text in which no two parts are alike.
func pattern(size int) string {
	b := make([]byte, 0, size+20)
	for i := 0; len(b) < size; i++ {
		b = strconv.AppendInt(append(b, ' '), int64(i), 10)
	}
	return string(b[:size])
}

func counted(open func() (io.ReadCloser, error), n *atomic.Int64) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		n.Add(1)
		return open()
	}
}

func list(t *testing.T, l store.Lister, prefix string) (keys []string) {
	t.Helper()
	for e, err := range l.List(ctx, prefix) {
		require.NoError(t, err)
		keys = append(keys, e.Key)
	}
	return keys
}

// between is a RoundTripper that does as a function says.
type between func(*http.Request) (*http.Response, error)

func (f between) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// busy counts how many bodies are sent at once.
type busy struct {
	next      http.RoundTripper
	now, most atomic.Int64
}

func (b *busy) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength > 1<<20 {
		n := b.now.Add(1)
		defer b.now.Add(-1)
		for {
			most := b.most.Load()
			if n <= most || b.most.CompareAndSwap(most, n) {
				break
			}
		}
	}
	return b.next.RoundTrip(r)
}

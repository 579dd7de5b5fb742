package s3_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// meeting lets requests pass when as many as expected have come, or after a while.
type meeting struct {
	sync.WaitGroup
	met chan struct{}
}

func newMeeting(n int) *meeting {
	m := &meeting{met: make(chan struct{})}
	m.Add(n)
	go func() {
		m.Wait()
		close(m.met)
	}()
	return m
}

// come is called once by each.
func (m *meeting) come() {
	m.Done()
	select {
	case <-m.met:
	case <-time.After(10 * time.Second):
	}
}

// TestTwoPublishersAtOnce: two publishers of other contents come to the store with the first file of their release at the same moment. One wins, the other gets
// ErrConflict, the winner's release is whole, and the other's next run is the release after it.
func TestTwoPublishersAtOnce(t *testing.T) {
	for _, signed := range seals {
		s := bucket(t)
		var k seal
		if signed {
			k = newSeal(t, s, "stable")
		}
		sink, err := k.sink(s, "stable")
		require.NoError(t, err)
		require.NoError(t, publishMade(ctx, s, sink, "stable", "1.0", t.TempDir()))
		source := k.source(reading{URL: publicURL(t, s), Channel: "stable", Dir: t.TempDir()})

		natives := []string{"1.0", "2.0"}
		m := newMeeting(len(natives))
		publish := func(native string, first *sync.Once) error {
			own := &s3.Store{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: s.Prefix, Credentials: s.Credentials, RoundTripper: between(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, ".json") {
					first.Do(m.come)
				}
				return http.DefaultTransport.RoundTrip(r)
			})}
			index, err := newMade()
			if err != nil {
				return err
			}
			cfg, err := madeConfig("2.0", "2.0", native)
			if err != nil {
				return err
			}
			to, err := k.sink(own, "stable")
			if err != nil {
				return err
			}
			p := bundle.Publisher{Index: index, Fetcher: index, Store: own, Sink: to, Channel: "stable", WorkDir: t.TempDir()}
			_, err = p.Publish(ctx, cfg)
			return err
		}
		errs := make([]error, len(natives))
		var wg sync.WaitGroup
		for i, native := range natives {
			wg.Go(func() { errs[i] = publish(native, &sync.Once{}) })
		}
		wg.Wait()
		winner := 0
		if errs[0] != nil {
			winner = 1
		}
		require.NoError(t, errs[winner])
		assert.ErrorIs(t, errs[1-winner], bundle.ErrConflict)
		assert.Equal(t, bundle.KindPublishConflict, bundle.KindOf(errs[1-winner]))
		assertNative(t, source, 2, natives[winner])

		passed := &sync.Once{}
		passed.Do(func() {})
		require.NoError(t, publish(natives[1-winner], passed), "the other publishes again")
		assertNative(t, source, 3, natives[1-winner])
		past, err := store.ReadPast(ctx, s, "stable", 2)
		require.NoError(t, err)
		assert.Equal(t, natives[winner], past.Libraries["native"]["linux"].Version)
	}
}

// assertNative: the release is the one with that version of native, and whole.
func assertNative(t *testing.T, source bundle.Source, sequence uint64, version string) {
	t.Helper()
	m, err := source.Latest(ctx)
	require.NoError(t, err)
	assert.Equal(t, sequence, m.Meta.Sequence)
	assert.Equal(t, version, m.Libraries["native"]["linux"].Version)
	for name, platforms := range m.Libraries {
		status, body, _ := get(t, platforms["linux"].URL)
		assert.Equal(t, 200, status, name)
		assert.Equal(t, platforms["linux"].SHA256, object(body).SHA256, name)
	}
}

package bundle_test

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// beforePut is a Store before which something happens.
type beforePut struct {
	bundle.Store
	happens func()
}

func (s beforePut) Put(ctx context.Context, key string, obj bundle.Object) (bundle.Placed, error) {
	s.happens()
	return s.Store.Put(ctx, key, obj)
}

// A bundle is packed for its hash, and once more for the store: a wheel that changes between is not stored.
func TestPublishWheelChanges(t *testing.T) {
	const url = "https://index.example/a-1.0-py3-none-any.whl"
	s := newShop(t, library("a", "1.0"))
	p, dir := publisher(t, s)
	p.Store = beforePut{p.Store, func() {
		body := s.blobs[url]
		at := bytes.Index(body, []byte("a.py"))
		require.Positive(t, at)
		body[at+len("a.py")] ^= 1 // the first byte of the content
	}}
	_, err := p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`))
	require.Error(t, err)
	assert.Equal(t, bundle.KindHash, bundle.KindOf(err), "%v", err)
	for _, name := range slices.Collect(maps.Keys(snapshot(t, dir))) {
		assert.NotContains(t, name, "sha256/")
		assert.NotContains(t, name, "update.json")
	}
}

// Zip's bundles need no work folder; those of another Packager do.
func TestPublishWorkDir(t *testing.T) {
	absent := filepath.Join(t.TempDir(), "absent")
	p, _ := publisher(t, newShop(t, library("a", "1.0")))
	p.WorkDir = absent
	_, err := p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`))
	require.NoError(t, err)
	assert.NoDirExists(t, absent)
	p.Packager = marked{}
	_, err = p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// nobodysPublisher has an Index that the caller does not hold.
func nobodysPublisher(t *testing.T, s *shop) (*bundle.Publisher, weak.Pointer[onlyIndex]) {
	p, _ := publisher(t, s)
	ix := &onlyIndex{s}
	p.Index = ix
	return p, weak.Make(ix)
}

type onlyIndex struct{ resolve.Index }

// What an Index holds is free memory while wheels are fetched and packed.
func TestPublishReleasesIndex(t *testing.T) {
	s := newShop(t, library("a", "1.0"))
	p, ix := nobodysPublisher(t, s)
	held := false
	p.Fetcher = dist.FetcherFunc(func(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
		runtime.GC()
		held = ix.Value() != nil
		return s.Fetch(ctx, a)
	})
	_, err := p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"a-1.0-py3-none-any.whl"}, s.fetched())
	assert.False(t, held)
}

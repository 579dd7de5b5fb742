package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/store"
)

// TestCollectSigned: the update configurations of signed releases go with their releases, and so do the bundles that they alone name. That of a release whose history file is not
// written yet, as after a kill, stays.
func TestCollectSigned(t *testing.T) {
	ctx, site := context.Background(), t.TempDir()
	d := store.Dir{Path: site}
	write := func(name string, b []byte) {
		require.NoError(t, os.MkdirAll(filepath.Join(site, filepath.Dir(name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(site, name), b, 0o644))
	}
	var signed, bundles []string
	for sequence := range uint64(4) {
		m := bundletest.Configuration("stable", sequence+1, "1.0")
		leaf := m.Libraries["demo"]["linux"]
		sum := sha256.Sum256([]byte{byte(sequence)})
		leaf.SHA256 = hex.EncodeToString(sum[:])
		m.Libraries["demo"]["linux"] = leaf
		b, err := m.Encode()
		require.NoError(t, err)
		bundles = append(bundles, "sha256/"+leaf.SHA256[:2]+"/"+leaf.SHA256+".zip")
		write(bundles[sequence], []byte{byte(sequence)})
		sum = sha256.Sum256(b)
		signed = append(signed, "stable/"+hex.EncodeToString(sum[:])+".update.json")
		write(signed[sequence], b)
		if sequence < 3 {
			write("stable/update.json", b)
			write("stable/releases/"+string('1'+rune(sequence))+".json", b)
		}
	}
	write("metadata/timestamp.json", []byte(`{"signed": {}, "signatures": []}`))

	c := store.Collector{Store: d, Keep: 2, MinAge: 1, Now: func() time.Time { return time.Now().Add(time.Hour) }}
	found, err := c.Find(ctx)
	require.NoError(t, err)
	var keys []string
	for _, e := range found.Objects {
		keys = append(keys, e.Key)
	}
	assert.ElementsMatch(t, []string{bundles[0], signed[0], "stable/releases/1.json"}, keys)
	assert.Equal(t, 3, found.Kept)

	// A kill after the history files leaves what the next run finds.
	require.NoError(t, d.Remove(ctx, "stable/releases/1.json"))
	found, err = c.Find(ctx)
	require.NoError(t, err)
	removed, err := c.Remove(ctx, found)
	require.NoError(t, err)
	assert.Len(t, removed.Objects, 2)
	for i, name := range append(signed, bundles...) {
		_, err := d.Stat(ctx, name)
		assert.Equal(t, i%4 == 0, err != nil, name)
	}
	again, err := c.Find(ctx)
	require.NoError(t, err)
	assert.Empty(t, again.Objects)
}

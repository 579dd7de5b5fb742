package bundletest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// Configuration is a small update configuration, for suites and tests: one library on the platform linux, whose bundle stands elsewhere.
func Configuration(channel string, sequence uint64, version string) *manifest.Manifest {
	sum := strings.Repeat("ab", sha256.Size)
	m, err := manifest.Parse(fmt.Appendf(nil, `{
		"$meta": {"schema": %d, "channel": %q, "sequence": %d, "issued": "2026-11-22T00:00:00Z",
			"platforms": {"linux": {"python": "3.9.18", "tags": ["manylinux_2_17_x86_64"]}}},
		"demo": {"linux": {"version": %q, "url": "https://store.example/sha256/ab/%s.zip", "format": "zip", "sha256": %[5]q, "size": 1,
			"unpacked_size": 1, "files": 1, "record_sha256": %[5]q, "tag": "py3-none-any"}}}`, manifest.Schema, channel, sequence, version, sum))
	if err != nil {
		panic(err) // the arguments are no channel, sequence or version
	}
	return m
}

// Release checks a Sink and the Source that reads what it releases, on a channel that has no release yet.
func Release(t *testing.T, channel string, sink bundle.Sink, source bundle.Source) {
	t.Helper()
	ctx := context.Background()
	release := func(t *testing.T, sequence uint64, version string) error {
		return sink.Release(ctx, Configuration(channel, sequence, version))
	}
	check := func(t *testing.T, sequence uint64, version string) {
		t.Helper()
		got, err := source.Latest(ctx)
		if err != nil {
			t.Fatalf("Latest: %v", err)
		}
		if got.Meta.Sequence != sequence || !got.SameContent(Configuration(channel, sequence, version)) {
			t.Errorf("Latest is release %d of %s, want %d of %s", got.Meta.Sequence, got.Libraries["demo"]["linux"].Version, sequence, version)
		}
	}
	t.Run("none", func(t *testing.T) {
		if _, err := source.Latest(ctx); !errors.Is(err, bundle.ErrNoRelease) {
			t.Errorf("Latest before the first release: %v; want ErrNoRelease", err)
		}
	})
	t.Run("sequence", func(t *testing.T) {
		for _, wrong := range []uint64{2, 3} {
			if err := release(t, wrong, "1.0"); !errors.Is(err, bundle.ErrConflict) {
				t.Errorf("first release with sequence %d: %v; want ErrConflict", wrong, err)
			}
		}
		if err := release(t, 1, "1.0"); err != nil {
			t.Fatalf("first release: %v", err)
		}
		check(t, 1, "1.0")
		for _, wrong := range []uint64{1, 3} {
			if err := release(t, wrong, "2.0"); !errors.Is(err, bundle.ErrConflict) {
				t.Errorf("second release with sequence %d: %v; want ErrConflict", wrong, err)
			}
		}
		check(t, 1, "1.0")
		if err := release(t, 2, "2.0"); err != nil {
			t.Fatalf("second release: %v", err)
		}
		check(t, 2, "2.0")
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if err := sink.Release(ctx, Configuration(channel, 3, "3.0")); !errors.Is(err, context.Canceled) {
			t.Errorf("Release under an ended context: %v", err)
		}
		if _, err := source.Latest(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Latest under an ended context: %v", err)
		}
		check(t, 2, "2.0")
	})
	t.Run("two publishers", func(t *testing.T) {
		var wg sync.WaitGroup
		var winner atomic.Int64
		for i := range int64(8) {
			wg.Go(func() {
				switch err := release(t, 3, fmt.Sprintf("3.%d", i+1)); {
				case err == nil && !winner.CompareAndSwap(0, i+1):
					t.Error("two publishers both released sequence 3")
				case err != nil && !errors.Is(err, bundle.ErrConflict):
					t.Errorf("a publisher that was late: %v; want ErrConflict", err)
				}
			})
		}
		wg.Wait()
		if winner.Load() == 0 {
			t.Fatal("no publisher won")
		}
		check(t, 3, fmt.Sprintf("3.%d", winner.Load()))
	})
}

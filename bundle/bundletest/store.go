package bundletest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/chandlery-go/chandlery/bundle"
)

// object is an Object of the given bytes.
func object(body string) bundle.Object {
	sum := sha256.Sum256([]byte(body))
	return bundle.Object{
		Open:        func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil },
		Size:        int64(len(body)),
		SHA256:      hex.EncodeToString(sum[:]),
		ContentType: "application/zip",
	}
}

// Store checks a Store that holds nothing yet. read gives what is under a key; it must fail where nothing is.
func Store(t *testing.T, s bundle.Store, read func(key string) ([]byte, error)) {
	t.Helper()
	check := func(t *testing.T, key, want string) {
		t.Helper()
		if got, err := read(key); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v; want %q", key, got, err, want)
		}
	}
	absent := func(t *testing.T, key string) {
		t.Helper()
		if got, err := read(key); err == nil {
			t.Errorf("%s holds %q; want nothing", key, got)
		}
	}
	ctx := context.Background()
	t.Run("put twice", func(t *testing.T) {
		first, err := s.Put(ctx, "sha256/aa/one.zip", object("one"))
		if err != nil || first.Existed || first.URL == "" {
			t.Fatalf("first Put: %+v, %v", first, err)
		}
		again, err := s.Put(ctx, "sha256/aa/one.zip", object("one"))
		if err != nil || !again.Existed || again.URL != first.URL {
			t.Errorf("second Put: %+v, %v; want the same url, existed", again, err)
		}
		check(t, "sha256/aa/one.zip", "one")
	})
	t.Run("other bytes", func(t *testing.T) {
		for _, other := range []string{"eno", "longer than one", ""} {
			if _, err := s.Put(ctx, "sha256/aa/one.zip", object(other)); !errors.Is(err, bundle.ErrConflict) {
				t.Errorf("Put of other bytes under the key: %v; want ErrConflict", err)
			}
		}
		check(t, "sha256/aa/one.zip", "one")
	})
	t.Run("broken promises", func(t *testing.T) { storeBroken(t, s, absent) })
	t.Run("keys", func(t *testing.T) {
		for _, key := range []string{"", "/x", "../x", "a/../x", "a//x", "a/", ".x", "a/.x", "A", `a\x`, "a:x", "é", "a x", strings.Repeat("x", 1000)} {
			if _, err := s.Put(ctx, key, object("x")); err == nil {
				t.Errorf("Put accepts the key %q", key)
			}
		}
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := s.Put(ctx, "sha256/cc/x.zip", object("x")); !errors.Is(err, context.Canceled) {
			t.Errorf("Put under an ended context: %v", err)
		}
		absent(t, "sha256/cc/x.zip")
	})
	t.Run("at once", func(t *testing.T) {
		storeAtOnce(t, s)
		check(t, "sha256/dd/x.zip", strings.Repeat("x", 100_000))
	})
}

// storeBroken: what ends in an error leaves nothing.
func storeBroken(t *testing.T, s bundle.Store, absent func(*testing.T, string)) {
	faults := map[string]func(*bundle.Object){
		"hash":   func(o *bundle.Object) { o.SHA256 = strings.Repeat("0", 64) },
		"short":  func(o *bundle.Object) { o.Size++ },
		"long":   func(o *bundle.Object) { o.Size-- },
		"closed": func(o *bundle.Object) { o.Open = func() (io.ReadCloser, error) { return nil, io.ErrClosedPipe } },
		"breaks": func(o *bundle.Object) {
			o.Open = func() (io.ReadCloser, error) {
				return io.NopCloser(io.MultiReader(bytes.NewReader([]byte("t")), broken{})), nil
			}
		},
	}
	for name, fault := range faults {
		o := object("two")
		fault(&o)
		if _, err := s.Put(context.Background(), "sha256/bb/two.zip", o); err == nil {
			t.Errorf("%s: Put succeeds", name)
		}
		absent(t, "sha256/bb/two.zip")
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrClosedPipe }

// storeAtOnce: several that put the same bytes all succeed.
func storeAtOnce(t *testing.T, s bundle.Store) {
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := s.Put(context.Background(), "sha256/dd/x.zip", object(strings.Repeat("x", 100_000))); err != nil {
				t.Errorf("one of several at once: %v", err)
			}
		})
	}
	wg.Wait()
}

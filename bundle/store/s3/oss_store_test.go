package s3_test

import (
	"bytes"
	"io/fs"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

func TestOSSStoreConformance(t *testing.T) {
	_, s := newOSS(t)
	bundletest.Store(t, s, reader(s))
}

func TestOSSChannelConformance(t *testing.T) {
	_, s := newOSS(t)
	c := store.FileChannel{Files: s, Name: "stable", InsecureUnsigned: true}
	bundletest.Release(t, "stable", c, c)
}

func TestOSSPathStyle(t *testing.T) {
	_, s := newOSS(t)
	s.Style = s3.StylePath
	_, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
	assert.ErrorContains(t, err, "403")
	assert.ErrorIs(t, err, fs.ErrPermission)
}

func TestOSSParts(t *testing.T) {
	o, s := newOSS(t)
	s.Threshold = 1 << 20
	body := pattern(2*s3.DefaultPartSize + 12345)
	placed, err := s.Put(ctx, "sha256/aa/a.zip", object(body))
	require.NoError(t, err)
	assert.False(t, placed.Existed)
	assert.Equal(t, body, string(o.get("sha256/aa/a.zip").body))
	assert.Empty(t, o.uploads)
	_, err = s.Put(ctx, "sha256/aa/a.zip", object(body[1:]+"x"))
	assert.ErrorIs(t, err, bundle.ErrConflict)
	placed, err = s.Put(ctx, "sha256/aa/a.zip", object(body))
	require.NoError(t, err)
	assert.True(t, placed.Existed)
}

// TestOSSDamaged: nothing that OSS says tells that other bytes arrived, so they are read back.
func TestOSSDamaged(t *testing.T) {
	for _, times := range []int64{1, 2, 100} {
		for _, size := range []int{10, 2 << 20} {
			o, s := newOSS(t)
			s.Threshold, s.Attempts = 1<<20, 3
			var sent, opened atomic.Int64
			o.damage = func(b []byte) []byte {
				if len(b) >= 10 && !bytes.HasPrefix(b, []byte("<")) && sent.Add(1) <= times {
					b = bytes.Clone(b)
					b[len(b)/2] ^= 1
				}
				return b
			}
			obj := object(pattern(size))
			obj.Open = counted(obj.Open, &opened)
			_, err := s.Put(ctx, "sha256/aa/a.zip", obj)
			if times < 100 {
				require.NoError(t, err)
				assert.Equal(t, times+1, opened.Load(), "each try opens the object anew")
				continue
			}
			assert.ErrorContains(t, err, "it did not arrive as it was sent")
			assert.Equal(t, bundle.KindNetwork, bundle.KindOf(err))
			assert.Nil(t, o.get("sha256/aa/a.zip"), "what is damaged does not stay")
		}
	}
}

func TestOSSList(t *testing.T) {
	o, s := newOSS(t)
	ctx := ctx
	var want []string
	for _, n := range strings.Split("abcdefg", "") {
		want = append(want, "sha256/aa/"+n+".zip")
		_, err := s.Put(ctx, want[len(want)-1], object(n))
		require.NoError(t, err)
	}
	assert.Equal(t, want, list(t, s, "sha256/"))
	assert.Empty(t, list(t, s, "sha256/b"))
	before := o.asked()
	for range s.List(ctx, "") {
		break
	}
	assert.LessOrEqual(t, o.asked()-before, 2, "who stops asks for no more")
	for _, key := range want {
		require.NoError(t, s.Remove(ctx, key))
		require.NoError(t, s.Remove(ctx, key))
	}
	assert.Empty(t, list(t, s, ""))
}

// TestNoConditions: a service that creates what is there already is found out before a second publisher could.
func TestNoConditions(t *testing.T) {
	o, s := newOSS(t)
	o.ignores = true
	err := store.FileChannel{Files: s, Name: "stable", InsecureUnsigned: true}.Release(ctx, bundletest.Configuration("stable", 1, "1.0"))
	assert.ErrorContains(t, err, "creates what is there already")
	assert.Empty(t, o.objects)
}

func TestParallel(t *testing.T) {
	_, s := newOSS(t)
	s.Threshold, s.PartSize, s.Parallel = 1<<20, s3.MinPartSize, 2
	under := &busy{next: s.RoundTripper}
	s.RoundTripper = under
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b"} {
		wg.Go(func() {
			_, err := s.Put(ctx, "sha256/aa/"+name, object(name+pattern(4*s3.MinPartSize)))
			assert.NoError(t, err)
		})
	}
	wg.Wait()
	assert.EqualValues(t, 2, under.most.Load())
}

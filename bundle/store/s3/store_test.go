package s3_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

var ctx = context.Background()

func TestStoreConformance(t *testing.T) {
	s := bucket(t)
	bundletest.Store(t, s, reader(s))
}

func TestStoreConformanceReadBack(t *testing.T) {
	s := bucket(t)
	s.Prefix, s.ReadBack = "", true
	bundletest.Store(t, s, reader(s))
}

// TestStoreConformanceParts sends even the smallest objects in parts.
func TestStoreConformanceParts(t *testing.T) {
	s := bucket(t)
	s.Threshold = 1
	bundletest.Store(t, s, reader(s))
}

func TestChannelConformance(t *testing.T) {
	c := store.FileChannel{Files: bucket(t), Name: "Stable", InsecureUnsigned: true}
	bundletest.Release(t, "Stable", c, c)
}

func TestParts(t *testing.T) {
	for _, readBack := range []bool{false, true} {
		s := bucket(t)
		s.Threshold, s.PartSize, s.ReadBack = 1<<20, s3.MinPartSize, readBack
		var reads atomic.Int64
		s.RoundTripper = between(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet {
				reads.Add(1)
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		body := pattern(2*s3.MinPartSize + 7)
		placed, err := s.Put(ctx, "sha256/aa/a.zip", object(body))
		require.NoError(t, err)
		assert.Equal(t, bundle.Placed{URL: "sha256/aa/a.zip"}, placed)
		placed, err = s.Put(ctx, "sha256/aa/a.zip", object(body))
		require.NoError(t, err)
		assert.True(t, placed.Existed)
		if readBack {
			assert.EqualValues(t, 2, reads.Load())
		} else {
			assert.Zero(t, reads.Load(), "the service's checksum of the parts tells enough")
		}
		address, err := s.Sign(ctx, "sha256/aa/a.zip", time.Minute)
		require.NoError(t, err)
		status, got, header := get(t, address)
		assert.Equal(t, 200, status)
		assert.True(t, got == body)
		assert.Equal(t, "application/zip", header.Get("Content-Type"))
		assert.Equal(t, "public, max-age=31536000, immutable", header.Get("Cache-Control"))
		_, err = s.Put(ctx, "sha256/aa/a.zip", object(body[:len(body)-1]+"x"))
		assert.ErrorIs(t, err, bundle.ErrConflict)
	}
}

func TestWrongSecret(t *testing.T) {
	s := bucket(t)
	s.Credentials = s3.Credentials{AccessKey: accessKey, SecretKey: "another-secret"}
	_, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.Equal(t, bundle.KindPermission, bundle.KindOf(err))
	err = s.Write(ctx, "stable/update.json", []byte("{}"), "")
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.ErrorContains(t, err, "403 SignatureDoesNotMatch: check the credentials")
	for _, err := range s.List(ctx, "") {
		assert.ErrorIs(t, err, fs.ErrPermission)
	}
}

func TestNoBucket(t *testing.T) {
	s := bucket(t)
	s.Bucket = "no-such-bucket"
	_, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
	assert.ErrorContains(t, err, "404 NoSuchBucket: check Endpoint and Bucket")
	_, _, err = s.Read(ctx, "stable/update.json", 1)
	assert.NotErrorIs(t, err, fs.ErrNotExist, "a bucket that is not there is no channel without a release")
	assert.Error(t, err)
}

func get(t *testing.T, address string, header ...string) (int, string, http.Header) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	return w.StatusCode, string(b), w.Header
}

func TestPresign(t *testing.T) {
	s := bucket(t)
	s.Presign = time.Hour
	assert.Equal(t, time.Hour, s.Lasts())
	placed, err := s.Put(ctx, "sha256/aa/a.zip", object("0123456789"))
	require.NoError(t, err)
	_, err = s.Put(ctx, "sha256/aa/b.zip", object("other"))
	require.NoError(t, err)
	assert.NotContains(t, placed.URL, secretKey)

	status, body, header := get(t, placed.URL)
	assert.Equal(t, 200, status)
	assert.Equal(t, "0123456789", body)
	assert.Equal(t, "application/zip", header.Get("Content-Type"))
	assert.Equal(t, "public, max-age=31536000, immutable", header.Get("Cache-Control"))
	status, body, header = get(t, placed.URL, "Range", "bytes=2-4")
	assert.Equal(t, 206, status)
	assert.Equal(t, "234", body)
	assert.Equal(t, "bytes 2-4/10", header.Get("Content-Range"))
	status, body, _ = get(t, placed.URL, "Range", "bytes=-3", "If-Range", header.Get("ETag"))
	assert.Equal(t, 206, status)
	assert.Equal(t, "789", body)

	u, err := url.Parse(placed.URL)
	require.NoError(t, err)
	q := u.Query()
	for what, tampered := range map[string]string{
		"key":       strings.Replace(placed.URL, "a.zip", "b.zip", 1),
		"expires":   strings.Replace(placed.URL, "X-Amz-Expires=3600", "X-Amz-Expires=36000", 1),
		"signature": strings.Replace(placed.URL, q.Get("X-Amz-Signature")[:8], "00000000", 1),
		"unsigned":  strings.TrimSuffix(placed.URL, "?"+u.RawQuery),
	} {
		require.NotEqual(t, placed.URL, tampered, what)
		status, body, _ := get(t, tampered)
		assert.GreaterOrEqual(t, status, 400, what)
		assert.NotContains(t, body, "0123456789")
	}
	_, err = s.Sign(ctx, "sha256/aa/a.zip", s3.MaxPresign+time.Second)
	assert.Error(t, err)

	short, err := s.Sign(ctx, "sha256/aa/a.zip", time.Second)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		status, _, _ := get(t, short)
		return status == http.StatusForbidden
	}, 10*time.Second, 200*time.Millisecond, "its time is up")
}

// TestDamaged: bytes that are others when they arrive are refused by the service, as they are signed, and sent again.
func TestDamaged(t *testing.T) {
	for _, size := range []int{10, 2 << 20} {
		for _, times := range []int64{1, 100} {
			s := bucket(t)
			s.Threshold, s.Attempts = 1<<20, 3
			var sent atomic.Int64
			s.RoundTripper = between(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPut && sent.Add(1) <= times {
					b, err := io.ReadAll(r.Body)
					if err != nil {
						return nil, err
					}
					r.Body.Close()
					b[len(b)/2] ^= 1
					r.Body = io.NopCloser(bytes.NewReader(b))
				}
				return http.DefaultTransport.RoundTrip(r)
			})
			_, err := s.Put(ctx, "sha256/aa/a.zip", object(pattern(size)))
			if times == 1 {
				require.NoError(t, err)
				got, err := reader(s)("sha256/aa/a.zip")
				require.NoError(t, err)
				assert.True(t, string(got) == pattern(size))
				continue
			}
			assert.Equal(t, bundle.KindNetwork, bundle.KindOf(err), "%v", err)
			assert.Empty(t, list(t, s, ""), "what is damaged is not there")
		}
	}
}

func TestAddress(t *testing.T) {
	credentials := s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}
	for want, s := range map[string]*s3.Store{
		"https://classroom.s3.oss-cn-hangzhou.aliyuncs.com/x/stable/update.json": {Endpoint: "https://s3.oss-cn-hangzhou.aliyuncs.com/", Prefix: "x"},
		"https://classroom.s3.eu-west-1.amazonaws.com/stable/update.json":        {Endpoint: "https://s3.eu-west-1.amazonaws.com"},
		"https://minio.example:9000/classroom/x/stable/update.json":              {Endpoint: "https://minio.example:9000", Prefix: "x"},
		"https://classroom.minio.example/stable/update.json":                     {Endpoint: "https://minio.example", Style: s3.StyleVirtual},
		"https://cdn.example/y/stable/update.json":                               {Endpoint: "https://minio.example", Prefix: "x", BaseURL: "https://cdn.example/y/"},
	} {
		s.Bucket, s.Credentials = "classroom", credentials
		got, err := s.Address("stable/update.json")
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
}

func TestFields(t *testing.T) {
	ok := func() *s3.Store {
		return &s3.Store{Endpoint: "https://minio.example", Bucket: "classroom", Credentials: s3.Credentials{AccessKey: "a", SecretKey: "b"}}
	}
	for want, change := range map[string]func(*s3.Store){
		"field Endpoint is required":    func(s *s3.Store) { s.Endpoint = "" },
		"field Bucket is required":      func(s *s3.Store) { s.Bucket = "" },
		"field Credentials is required": func(s *s3.Store) { s.Credentials = s3.Credentials{AccessKey: "a"} },
		"Credentials is required":       func(s *s3.Store) { s.Credentials = nil },
		"Region is no region's name":    func(s *s3.Store) { s.Region = "eu/s3" },
		"is no bucket's name":           func(s *s3.Store) { s.Bucket = "Class/Room" },
		"is no folder of a store":       func(s *s3.Store) { s.Prefix = "../x" },
		"exclude each other":            func(s *s3.Store) { s.BaseURL, s.Presign = "https://cdn.example", time.Hour },
		"at most 168h0m0s":              func(s *s3.Store) { s.Presign = s3.MaxPresign + time.Second },
		"without a path":                func(s *s3.Store) { s.Endpoint = "https://minio.example/classroom" },
		"Endpoint must be an http":      func(s *s3.Store) { s.Endpoint = "https://user:secret@minio.example" },
		"BaseURL must be an http":       func(s *s3.Store) { s.BaseURL = "https://cdn.example?token=secret" },
		"PartSize must be at least":     func(s *s3.Store) { s.PartSize = 1 },
		"must not be negative":          func(s *s3.Store) { s.Parallel = -1 },
	} {
		s := ok()
		change(s)
		_, err := s.Put(ctx, "a", object("a"))
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
	_, err := ok().Put(ctx, "a", bundle.Object{Size: 1, SHA256: "zz"})
	assert.ErrorContains(t, err, "needs Open, Size and SHA256")
}

func TestFiles(t *testing.T) {
	s := bucket(t)
	_, _, err := s.Read(ctx, "stable/update.json", 10)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = s.Stat(ctx, "stable/update.json")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.ErrorIs(t, s.Write(ctx, "stable/update.json", []byte("one"), "0123"), bundle.ErrConflict)

	require.NoError(t, s.Write(ctx, "stable/update.json", []byte("one"), ""))
	b, first, err := s.Read(ctx, "stable/update.json", 3)
	require.NoError(t, err)
	assert.Equal(t, "one", string(b))
	_, _, err = s.Read(ctx, "stable/update.json", 2)
	assert.ErrorContains(t, err, "longer than 2 bytes")
	assert.ErrorIs(t, s.Write(ctx, "stable/update.json", []byte("two"), ""), bundle.ErrConflict)
	assert.NoError(t, s.Write(ctx, "stable/update.json", []byte("one"), ""), "the same bytes: an answer may have been lost")
	require.NoError(t, s.Write(ctx, "stable/update.json", []byte("two"), first))
	assert.ErrorIs(t, s.Write(ctx, "stable/update.json", []byte("three"), first), bundle.ErrConflict)
	e, err := s.Stat(ctx, "stable/update.json")
	require.NoError(t, err)
	assert.EqualValues(t, 3, e.Size)
	assert.WithinDuration(t, time.Now(), e.Modified, time.Minute)

	address, err := s.Sign(ctx, "stable/update.json", time.Minute)
	require.NoError(t, err)
	_, body, header := get(t, address)
	assert.Equal(t, "two", body)
	assert.Equal(t, "application/json", header.Get("Content-Type"))
	assert.Equal(t, "no-cache", header.Get("Cache-Control"))
	assert.Equal(t, []string{"stable/update.json"}, list(t, s, ""))
	require.NoError(t, s.Remove(ctx, "stable/update.json"))
	require.NoError(t, s.Remove(ctx, "stable/update.json"))
	assert.Empty(t, list(t, s, ""))
}

// TestLostAnswers: each kind of request arrives once and its answer does not.
func TestLostAnswers(t *testing.T) {
	body := pattern(s3.MinPartSize + 1)
	for n := 1; n < 12; n++ {
		s := bucket(t)
		s.Threshold, s.PartSize, s.Parallel = 1<<20, s3.MinPartSize, 1
		var left atomic.Int64
		left.Store(int64(n))
		s.RoundTripper = between(func(r *http.Request) (*http.Response, error) {
			w, err := http.DefaultTransport.RoundTrip(r)
			if err == nil && left.Add(-1) == 0 {
				w.Body.Close()
				return nil, io.ErrUnexpectedEOF
			}
			return w, err
		})
		_, err := s.Put(ctx, "sha256/aa/a.zip", object(body))
		require.NoError(t, err, "answer %d was lost", n)
		require.NoError(t, s.Write(ctx, "stable/update.json", []byte("one"), ""), "answer %d was lost", n)
		got, err := reader(s)("sha256/aa/a.zip")
		require.NoError(t, err)
		assert.True(t, string(got) == body)
	}
}

func TestBusyService(t *testing.T) {
	s := bucket(t)
	var opened, asked atomic.Int64
	s.RoundTripper = between(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPut && asked.Add(1) < 4 {
			io.Copy(io.Discard, r.Body)
			return &http.Response{StatusCode: 503, Body: io.NopCloser(strings.NewReader("<Error><Code>SlowDown</Code></Error>")), Header: http.Header{}, Request: r}, nil
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	obj := object("body")
	obj.Open = counted(obj.Open, &opened)
	_, err := s.Put(ctx, "sha256/aa/a.zip", obj)
	require.NoError(t, err)
	assert.EqualValues(t, 4, opened.Load(), "each try opens the object anew")

	asked.Store(-1000)
	s.Attempts = 2
	_, err = s.Put(ctx, "sha256/aa/b.zip", object("b"))
	assert.ErrorContains(t, err, "503 SlowDown")
	assert.Equal(t, bundle.KindNetwork, bundle.KindOf(err))
}

// TestSilence: a server that says nothing does not hold a publisher.
func TestSilence(t *testing.T) {
	hold := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet { // headers, and then nothing
			w.Header().Set("ETag", `"x"`)
			w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
			w.Header().Set("Content-Length", "10")
			w.Write([]byte("01"))
			w.(http.Flusher).Flush()
		}
		<-hold
	}))
	defer server.Close()
	defer close(hold)
	s := &s3.Store{Endpoint: server.URL, Bucket: "classroom", Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}, Silence: 50 * time.Millisecond, Attempts: 2}
	_, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
	assert.Equal(t, bundle.KindNetwork, bundle.KindOf(err), "%v", err)
	_, _, err = s.Read(ctx, "stable/update.json", 100)
	assert.Equal(t, bundle.KindNetwork, bundle.KindOf(err), "%v", err)
}

func TestRedirects(t *testing.T) {
	var reached atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+r.URL.Path, status)
		}))
		defer server.Close()
		s := &s3.Store{Endpoint: server.URL, Bucket: "classroom", Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}}
		_, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
		assert.ErrorContains(t, err, "no redirect is followed")
		assert.Error(t, s.Write(ctx, "stable/update.json", []byte("{}"), ""))
		_, _, err = s.Read(ctx, "stable/update.json", 100)
		assert.ErrorContains(t, err, "no redirect is followed")
		for _, err := range s.List(ctx, "") {
			assert.Error(t, err)
		}
		assert.Error(t, s.Remove(ctx, "stable/update.json"))
	}
	assert.Zero(t, reached.Load())
}

func TestCertificate(t *testing.T) {
	asked := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	defer server.Close()
	s := &s3.Store{Endpoint: server.URL, Bucket: "classroom", Credentials: s3.Credentials{AccessKey: accessKey, SecretKey: secretKey}}
	_, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
	var unknown *tls.CertificateVerificationError
	assert.True(t, errors.As(err, &unknown), "%v", err)
	assert.Zero(t, asked)
}

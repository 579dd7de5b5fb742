package transport

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRedirectToAnotherHost(t *testing.T) {
	from, a, _ := serve(t, 10)
	to, b, content := serve(t, 20)
	from.Fail(resolvetest.Fault{Path: "blob", Location: b.URL + "{path}?X-Signature=presigned"})
	var asked []string
	c := client(t)
	c.Auth = func(_ context.Context, host string) (string, error) {
		asked = append(asked, host)
		return "Bearer for-" + host, nil
	}
	var got bytes.Buffer
	_, err := c.Copy(t.Context(), &got, a.URL+"/files/blob?token=secret", 20)
	require.NoError(t, err)
	assert.Equal(t, content, got.Bytes())
	hostA, hostB := strings.TrimPrefix(a.URL, "http://"), strings.TrimPrefix(b.URL, "http://")
	assert.Equal(t, []string{hostA, hostB}, asked)
	h := to.Requests()[0].Header
	assert.Equal(t, "Bearer for-"+hostB, h.Get("Authorization"))
	allowed := map[string]bool{"Accept-Encoding": true, "User-Agent": true, "Authorization": true}
	for name := range h {
		assert.True(t, allowed[name], "%s went to another host", name)
	}
}

func TestCredentialsInTheAddress(t *testing.T) {
	from, a, _ := serve(t, 10)
	to, b, _ := serve(t, 10)
	r := &recorder{}
	c := client(t)
	c.Observe = r.observe
	withUser := strings.Replace(a.URL, "http://", "http://me:secret@", 1)
	_, _, err := c.Get(t.Context(), withUser+"/files/blob", "", 10)
	require.NoError(t, err)
	assert.Equal(t, "Basic bWU6c2VjcmV0", from.Requests()[0].Header.Get("Authorization"))

	from.Fail(resolvetest.Fault{Path: "hop", Location: "/files/blob", Times: 1})
	_, _, err = c.Get(t.Context(), withUser+"/hop", "", 10)
	require.NoError(t, err)
	assert.Equal(t, "Basic bWU6c2VjcmV0", from.Requests()[2].Header.Get("Authorization"), "the same origin keeps them")

	from.Fail(resolvetest.Fault{Path: "hop", Location: strings.Replace(b.URL, "http://", "http://them:theirs@", 1) + "/files/blob", Times: 1})
	_, _, err = c.Get(t.Context(), withUser+"/hop", "", 10)
	require.NoError(t, err)
	assert.Empty(t, to.Requests()[0].Header.Get("Authorization"), "another origin gets none, nor those of the Location")
	for _, x := range r.exchanges() {
		assert.NotContains(t, x.URL, "secret")
		assert.NotContains(t, x.URL, "theirs")
	}
}

func TestRedirectRefused(t *testing.T) {
	s, h, _ := serve(t, 10)
	for name, location := range map[string]string{
		"scheme":   "file:///etc/passwd",
		"no host":  "http:///x",
		"no URL":   "http://[::1/%zz?secret",
		"loop":     "{path}?token=secret",
		"no https": "ftp://index.example/",
	} {
		s.ClearRequests()
		s.Fail(resolvetest.Fault{Path: "/" + strings.ReplaceAll(name, " ", ""), Location: location})
		_, _, err := client(t).Get(t.Context(), h.URL+"/"+strings.ReplaceAll(name, " ", ""), "", 10)
		assert.ErrorIs(t, err, ErrRedirect, name)
		assert.NotContains(t, err.Error(), "secret")
		assert.LessOrEqual(t, len(s.Requests()), 1+MaxRedirects)
	}
}

func TestRedirectToPlainHTTP(t *testing.T) {
	_, plain, _ := serve(t, 10)
	h := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/files/blob", http.StatusMovedPermanently))
	defer h.Close()
	c := client(t)
	c.RoundTripper = h.Client().Transport
	_, _, err := c.Get(t.Context(), h.URL, "", 10)
	assert.ErrorIs(t, err, ErrRedirect)
	assert.ErrorContains(t, err, "unencrypted")
}

func TestAuthError(t *testing.T) {
	s, h, _ := serve(t, 10)
	c := client(t)
	c.Auth = func(context.Context, string) (string, error) { return "", context.DeadlineExceeded }
	_, _, err := c.Get(t.Context(), h.URL+"/files/blob", "", 10)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "credentials for")
	assert.Empty(t, s.Requests())
}

func TestHTTP2(t *testing.T) {
	s := &resolvetest.Server{}
	s.AddFile("p", resolvetest.ServerFile{Name: "blob", Content: bytes.Repeat([]byte("x"), 200_000)})
	h := httptest.NewUnstartedServer(s)
	h.EnableHTTP2 = true
	h.StartTLS()
	defer h.Close()
	s.Fail(resolvetest.Fault{Path: "blob", TruncateAfter: 100_000, Times: 1})
	c := client(t)
	c.RoundTripper = h.Client().Transport
	var got bytes.Buffer
	n, err := c.Copy(t.Context(), &got, h.URL+"/files/blob", 200_000)
	require.NoError(t, err)
	assert.EqualValues(t, 200_000, n)
	assert.Equal(t, 2, len(s.Requests()))
}

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestExplained(t *testing.T) {
	for want, cause := range map[string]error{
		"tls: x509: certificate signed by unknown authority: if you trust it, give its certificate with --cert": fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}),
		"remote: tls: certificate required: give yours with --client-cert":                                      fmt.Errorf("remote: %w", tls.AlertError(116)),
		"remote: tls: handshake failure": fmt.Errorf("remote: %w", tls.AlertError(40)),
		"closed":                         errors.New("closed"),
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://index.example/", http.NoBody)
		require.NoError(t, err)
		_, err = explained{RoundTripper: roundTripper(func(*http.Request) (*http.Response, error) { return nil, cause })}.RoundTrip(request)
		assert.EqualError(t, err, want)
		assert.ErrorIs(t, err, cause)
	}
}

package s3

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7/pkg/signer"
)

const (
	dialTimeout = 15 * time.Second
	// maxHeader bounds an answer's headers.
	maxHeader = 64 << 10
)

// newTransport has connections on which silence ends, and decodes nothing: what is stored is what is read.
func newTransport(silence time.Duration, parallel int) *http.Transport {
	dialer := &net.Dialer{Timeout: min(dialTimeout, silence)}
	return &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &attended{Conn: c, silence: silence}, nil
		},
		ForceAttemptHTTP2:      false, // a stream has no silence of its own
		DisableCompression:     true,
		TLSHandshakeTimeout:    min(dialTimeout, silence),
		ResponseHeaderTimeout:  silence,
		MaxResponseHeaderBytes: maxHeader,
		MaxIdleConnsPerHost:    parallel,
		IdleConnTimeout:        silence,
	}
}

// attended is a connection that ends when nothing moved for a while. What is written moves both ways, as an answer is awaited only after it.
type attended struct {
	net.Conn
	silence time.Duration
}

func (c *attended) Read(p []byte) (int, error) {
	if err := c.Conn.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *attended) Write(p []byte) (int, error) {
	if err := c.Conn.SetDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// ossTransport says "create only" as Alibaba OSS understands it. The changed request is signed anew.
type ossTransport struct {
	http.RoundTripper
	credentials CredentialsSource
	region      string
}

// forbidOverwrite is a header of PutObject, InitiateMultipartUpload and CompleteMultipartUpload: where the key is taken, the answer is 409 FileAlreadyExists.
const forbidOverwrite = "X-Oss-Forbid-Overwrite"

func (t *ossTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Header.Get("If-None-Match") == "" {
		return t.RoundTripper.RoundTrip(r)
	}
	changed := r.Clone(r.Context())
	changed.Header.Del("If-None-Match")
	changed.Header.Del("Authorization")
	changed.Header.Set(forbidOverwrite, "true")
	c, err := t.credentials.Retrieve(r.Context())
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	return t.RoundTripper.RoundTrip(signer.SignV4(*changed, c.AccessKey, c.SecretKey, c.SessionToken, t.region))
}

package main

import (
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
)

// traced notes every request on the wire, redirects and retries among them. Credentials and queries stay out of it.
type traced struct {
	http.RoundTripper
	log *requestLog
}

// RoundTrip is that of the transport below.
func (t traced) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.RoundTripper.RoundTrip(r)
	entry := struct {
		Method, URL, Range, Protocol string
		Status                       int
	}{Method: r.Method, URL: bare(r.URL), Range: r.Header.Get("Range")}
	if err == nil {
		entry.Status, entry.Protocol = response.StatusCode, response.Proto
	}
	t.log.add(entry)
	return response, err
}

func bare(u *url.URL) string {
	short := *u
	short.User, short.RawQuery, short.Fragment = nil, "", ""
	return short.String()
}

// newTransport is one pool of connections for everything that a command asks for: the library's, with the machine's proxies and with more patience, as a person waits and stores
// are written through it.
func newTransport() *http.Transport {
	t := transport.New()
	t.Proxy = http.ProxyFromEnvironment
	t.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext
	t.ResponseHeaderTimeout, t.IdleConnTimeout = 60*time.Second, 90*time.Second
	return t
}

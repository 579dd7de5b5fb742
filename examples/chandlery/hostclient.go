package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// client is how a command talks HTTP.
type client struct {
	http.RoundTripper
	auth func(ctx context.Context, host string) (string, error)
}

// newClient makes one pool of connections for addresses that are no index's. What an address itself says of user and password goes before netrc.
func newClient(urls []string, log *requestLog) (*client, error) {
	netrc, err := thisMachine().Netrc()
	if err != nil {
		return nil, err
	}
	return &client{RoundTripper: traced{newTransport(), log}, auth: authOf(urls, netrc)}, nil
}

// newIndexClient makes one for indexes and what they lead to.
func newIndexClient(c indexconf.Choice, log *requestLog) (*client, error) {
	if c.Offline {
		return &client{RoundTripper: unplugged{}}, nil
	}
	transport, err := c.Connection.Configure(newTransport())
	if err != nil {
		return nil, badConfiguration(err)
	}
	var urls []string
	for _, i := range c.Indexes {
		urls = append(urls, i.URL)
	}
	return &client{RoundTripper: traced{explained{transport, c.Connection}, log}, auth: authOf(urls, c.Netrc)}, nil
}

func authOf(urls []string, netrc indexconf.Netrc) func(ctx context.Context, host string) (string, error) {
	inURL := index.AuthOf(nil, urls...)
	return func(ctx context.Context, host string) (string, error) {
		if header, err := inURL(ctx, host); header != "" || err != nil {
			return header, err
		}
		return netrc.Auth(ctx, host)
	}
}

// unplugged sends nothing. Clients and Fetchers that are offline do not ask it; it is for whatever else might.
type unplugged struct{}

// RoundTrip refuses.
func (unplugged) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &index.OfflineError{For: index.ForFile, Of: r.URL.Host, URL: bare(r.URL)}
}

// explained says of a certificate that does not hold which flag would help, and that trusted-host does not.
type explained struct {
	http.RoundTripper
	connection indexconf.Connection
}

const certificateRequired tls.AlertError = 116 // RFC 8446, "Alert Protocol"

// RoundTrip is that of the transport below.
func (e explained) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := e.RoundTripper.RoundTrip(r)
	if err == nil {
		return response, nil
	}
	var unknown x509.UnknownAuthorityError
	var alert tls.AlertError
	switch insecurely := e.connection.Insecurely(r.URL.Host, err); {
	case insecurely != err:
		err = insecurely
	case errors.As(err, &unknown):
		err = fmt.Errorf("%w: if you trust it, give its certificate with --cert", err)
	case errors.As(err, &alert) && alert == certificateRequired:
		err = fmt.Errorf("%w: give yours with --client-cert", err)
	}
	return nil, err
}

package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// HTTPSource reads a channel from a web server that serves a store. Safe for concurrent use; it must not be copied after first use.
type HTTPSource struct {
	URL              string // the store's address, http or https; required
	Channel          string // required
	InsecureUnsigned bool   // accepts that the update configuration is unsigned; without it Latest is bundle.ErrUnsigned

	RoundTripper http.RoundTripper                                      // nil: a transport of its own
	Auth         func(ctx context.Context, host string) (string, error) // the Authorization header for a host; nil: none
	Logger       *slog.Logger                                           // nil: discarded

	once   sync.Once
	client *transport.Client
}

// Latest gets the channel's update configuration.
func (s *HTTPSource) Latest(ctx context.Context) (*manifest.Manifest, error) {
	base, err := s.address()
	if err != nil {
		return nil, err
	}
	s.once.Do(func() {
		s.client = &transport.Client{RoundTripper: s.RoundTripper, Auth: s.Auth, Logger: s.Logger}
	})
	b, _, err := s.client.Get(ctx, base.String(), "application/json", manifest.MaxManifest)
	if errors.Is(err, dist.ErrNotFound) {
		return nil, fmt.Errorf("%w: %s is not there; check the store's address and the channel", bundle.ErrNoRelease, transport.Redact(base.String()))
	}
	if err != nil {
		return nil, err
	}
	m, err := parse(b, s.Channel, transport.Redact(base.String()))
	if err != nil {
		return nil, err
	}
	base.User, base.RawQuery = nil, ""
	return m.Resolve(base)
}

// address is the update configuration's own address.
func (s *HTTPSource) address() (*url.URL, error) {
	switch {
	case s.URL == "":
		return nil, &bundle.MissingFieldError{Type: "store.HTTPSource", Field: "URL"}
	case s.Channel == "":
		return nil, &bundle.MissingFieldError{Type: "store.HTTPSource", Field: "Channel"}
	case !manifest.CheckWord(s.Channel):
		return nil, notChannel(s.Channel)
	case !s.InsecureUnsigned:
		return nil, bundle.ErrUnsigned
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is no http: or https: address of a store", transport.Redact(s.URL))
	}
	u.Fragment = ""
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = ""
	return u.JoinPath(s.Channel, LiveFile), nil
}

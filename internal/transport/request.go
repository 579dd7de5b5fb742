package transport

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/hashicorp/go-retryablehttp"
)

// do gets rawURL with these headers and follows redirects. The answer's status is 2xx or one of the given; any other is a *StatusError. The caller closes the
// body.
func (c *Client) do(ctx context.Context, rawURL string, h http.Header, also ...int) (*http.Response, error) {
	c.init()
	u, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	own := credentials{origin: origin(u), header: basic(u.User)}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	for hop := 0; ; hop++ {
		resp, err := c.hop(ctx, u, h, own)
		if err != nil {
			return nil, withoutURL(u.String(), err)
		}
		switch location := resp.Header.Get(locationHeader); {
		case isRedirect(resp.StatusCode) && location != "":
			resp.Body.Close()
			if hop == MaxRedirects {
				return nil, fmt.Errorf("%w: more than %d in a row", ErrRedirect, MaxRedirects)
			}
			if u, err = follow(u, location); err != nil {
				return nil, err
			}
		case resp.StatusCode/100 == 2 || contains(also, resp.StatusCode):
			return resp, nil
		default:
			resp.Body.Close()
			return nil, &StatusError{URL: redactURL(u), Code: resp.StatusCode}
		}
	}
}

// hop is one request, tried again as often as allowed.
func (c *Client) hop(ctx context.Context, u *url.URL, h http.Header, own credentials) (*http.Response, error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	req.Header = h.Clone()
	req.Header.Set("User-Agent", userAgent)
	auth := ""
	switch {
	case own.header != "" && own.origin == origin(u):
		auth = own.header
	case c.Auth != nil:
		if auth, err = c.Auth(ctx, u.Host); err != nil {
			return nil, fmt.Errorf("credentials for %s: %w", u.Host, err)
		}
	}
	if auth != "" {
		req.Header.Set("Authorization", auth)
	}
	return c.retrying(ctx).Do(req)
}

// credentials are those that an address carries itself; they are for its origin alone.
type credentials struct{ origin, header string }

func basic(user *url.Userinfo) string {
	if user == nil {
		return ""
	}
	password, _ := user.Password()
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password))
}

// origin is scheme, host and port (RFC 6454).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

func parseURL(rawURL string) (*url.URL, error) {
	u, err := url.Parse(rawURL)
	if err != nil {
		var ue *url.Error
		if errors.As(err, &ue) {
			err = ue.Err
		}
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, errors.New("not an http or https address")
	}
	return u, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// follow is where a redirect leads; credentials in it are dropped, as they are the server's choice.
func follow(from *url.URL, location string) (*url.URL, error) {
	ref, err := url.Parse(location)
	if err != nil {
		return nil, fmt.Errorf("%w: its Location is no address", ErrRedirect)
	}
	to := from.ResolveReference(ref)
	to.User, to.Fragment, to.RawFragment = nil, "", ""
	switch {
	case to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return nil, fmt.Errorf("%w: %s is not an http or https address", ErrRedirect, redactURL(to))
	case from.Scheme == "https" && to.Scheme == "http":
		return nil, fmt.Errorf("%w: from https to unencrypted %s", ErrRedirect, redactURL(to))
	}
	return to, nil
}

func contains(list []int, x int) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

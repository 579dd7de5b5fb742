package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

var (
	// ErrTooSlow says that a server did not answer in time, or its body came slower than MinRate.
	ErrTooSlow = errors.New("the server is too slow")
	// ErrTooLarge says that a body is longer than the caller's limit.
	ErrTooLarge = errors.New("the answer is larger than allowed")
	// ErrNoRange says that a server does not serve the byte range that it was asked for: fetch the whole.
	ErrNoRange = errors.New("the server does not serve byte ranges")
	// ErrChanged says that a file became another one between two parts of it: start again.
	ErrChanged = errors.New("the file changed while it was fetched")
	// ErrRedirect says that a redirect was refused.
	ErrRedirect = errors.New("redirect refused")
)

// StatusError is an answer that is no success. 404 and 410 are dist.ErrNotFound.
type StatusError struct {
	URL  string // redacted
	Code int
}

func (e *StatusError) Error() string {
	s := fmt.Sprintf("get %s: %d %s", e.URL, e.Code, http.StatusText(e.Code))
	switch e.Code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		s += ": check the credentials for this host"
	}
	return s
}

// Is makes 404 and 410 match dist.ErrNotFound.
func (e *StatusError) Is(target error) bool {
	return target == dist.ErrNotFound && (e.Code == http.StatusNotFound || e.Code == http.StatusGone)
}

// bodyError is a body that broke off: another try may bring it.
type bodyError struct{ err error }

func (e *bodyError) Error() string { return "body broke off: " + e.err.Error() }
func (e *bodyError) Unwrap() error { return e.err }

// ofNetwork gives a failure of an exchange a type by which it is known as one of the network: many of net/http have none, such as EOF where a connection was closed
// before an answer.
func ofNetwork(err error) error {
	var (
		operation *net.OpError
		name      *net.DNSError
		bad       *tls.CertificateVerificationError
		notTLS    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &operation), errors.As(err, &name), errors.As(err, &bad), errors.As(err, &notTLS), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, ErrTooSlow),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case err == io.EOF:
		return io.ErrUnexpectedEOF
	}
	return &networkError{err}
}

// networkError reads as the error that it holds, and is a *net.OpError.
type networkError struct{ error }

func (e *networkError) Unwrap() error { return &net.OpError{Op: "http", Err: e.error} }

// wrap names the address in an error, redacted; the *url.Error of net/http, which holds it in full, is taken out first.
func wrap(rawURL string, err error) error {
	var status *StatusError
	if err == nil || errors.As(err, &status) {
		return err
	}
	return fmt.Errorf("get %s: %w", Redact(rawURL), withoutURL(rawURL, err))
}

func withoutURL(rawURL string, err error) error {
	for {
		var ue *url.Error
		if !errors.As(err, &ue) {
			break
		}
		err = ue.Err
	}
	if text := scrub(rawURL, err.Error()); text != err.Error() {
		return &scrubbed{text, err}
	}
	return err
}

// scrubbed is an error of a RoundTripper that had the address in its text.
type scrubbed struct {
	text string
	err  error
}

func (e *scrubbed) Error() string        { return e.text }
func (e *scrubbed) Is(target error) bool { return errors.Is(e.err, target) }

func scrub(rawURL, text string) string {
	text = strings.ReplaceAll(text, rawURL, Redact(rawURL))
	u, err := url.Parse(rawURL)
	if err != nil {
		return text
	}
	secrets := []string{u.RawQuery}
	if password, ok := u.User.Password(); ok {
		secrets = append(secrets, u.User.String(), password)
	}
	for _, s := range secrets {
		if len(s) > 3 {
			text = strings.ReplaceAll(text, s, "…")
		}
	}
	return text
}

// Redact is the url without user info, query and fragment, for errors and logs.
func Redact(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err == nil {
		return redactURL(u)
	}
	s, _, _ := strings.Cut(rawURL, "?")
	s, _, _ = strings.Cut(s, "#")
	scheme, rest, ok := strings.Cut(s, "//")
	if !ok {
		return "an invalid address"
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		authority = authority[at+1:]
	}
	return scheme + "//" + authority + "/" + path
}

func redactURL(u *url.URL) string {
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return bare.String()
}

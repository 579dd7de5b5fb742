package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// checkRetry decides whether a request is made once more.
func (c *Client) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		var bad *tls.CertificateVerificationError
		return !errors.As(err, &bad), err
	}
	return retried(resp.StatusCode), nil
}

func retried(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return false
	}
	return status >= 500
}

// lastAnswer hands the last answer over as it is, so that its status can be told.
func lastAnswer(resp *http.Response, err error, _ int) (*http.Response, error) {
	if err != nil && resp != nil {
		resp.Body.Close()
		resp = nil
	}
	return resp, err
}

// backoff is how long to wait after the given failed try, the first being 0: full jitter, or what the server asks for up to MaxRetryAfter.
func (c *Client) backoff(ctx context.Context, try int, resp *http.Response) time.Duration {
	if resp != nil {
		if d, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			return min(d, patience(ctx).RetryAfter)
		}
	}
	bound := c.Wait
	if bound <= 0 {
		bound = DefaultWait
	}
	longest := patience(ctx).MaxWait
	for range try {
		if bound *= 2; bound >= longest {
			break
		}
	}
	bound = min(bound, longest)
	return rand.N(bound + 1)
}

// retryAfter reads a Retry-After: seconds or an HTTP-date (RFC 9110, 10.2.3). Past dates are 0.
func retryAfter(s string, now time.Time) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, false
	}
	if strings.Trim(s, "0123456789") == "" {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil { // more than fits
			return MaxRetryAfter, true
		}
		return time.Duration(n) * time.Second, true
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return 0, false
	}
	return max(t.Sub(now), 0), true
}

// again runs fn until its body comes through whole.
func (c *Client) again(ctx context.Context, url string, fn func() error) error {
	for try := 0; ; try++ {
		err := fn()
		var broken *bodyError
		if err == nil || !errors.As(err, &broken) || try >= c.retries() {
			return err
		}
		if err := c.pause(ctx, url, try, err); err != nil {
			return err
		}
	}
}

// pause waits before the next try; it returns early, with an error, when ctx ends.
func (c *Client) pause(ctx context.Context, url string, try int, cause error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	wait := c.backoff(ctx, try, nil)
	c.log().DebugContext(ctx, "body broke off", "url", Redact(url), "cause", cause, "wait", wait)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

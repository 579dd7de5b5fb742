package s3

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
)

const (
	firstWait = 100 * time.Millisecond
	maxWait   = 10 * time.Second
)

// try does a request up to Attempts times, and gives its error as fault does.
func (s *Store) try(ctx context.Context, c *client, op, key string, do func() error) error {
	bound := firstWait
	for attempt := 1; ; attempt++ {
		err := fault(ctx, op, key, do())
		if err == nil || ctx.Err() != nil || !temporary(err) || attempt >= cmp.Or(s.Attempts, DefaultAttempts) {
			return err
		}
		c.log.Debug("the object storage is asked again", "op", op, "key", key, "attempt", attempt, "err", err)
		select {
		case <-time.After(rand.N(bound)): // full jitter
		case <-ctx.Done():
			return fault(ctx, op, key, ctx.Err())
		}
		bound = min(2*bound, maxWait)
	}
}

// temporary says that trying again may help.
func temporary(err error) bool {
	var source *sourceError
	if errors.As(err, &source) {
		return false
	}
	var answer *ServiceError
	if errors.As(err, &answer) {
		return answer.temporary()
	}
	var certificate *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	if errors.As(err, &certificate) || errors.As(err, &authority) {
		return false
	}
	var network net.Error
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &network) || bundle.KindOf(err) == bundle.KindNetwork
}

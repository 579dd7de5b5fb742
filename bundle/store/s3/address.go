package s3

import (
	"context"
	"net/http"
	"time"

	"github.com/chandlery-go/chandlery/bundle/store"
)

// Lasts is Presign: the addresses that Put gives end then, so an update configuration that names them must expire no later.
func (s *Store) Lasts() time.Duration { return s.Presign }

// Address is where readers find a file: below BaseURL, or in the bucket.
func (s *Store) Address(name string) (string, error) {
	c, err := s.open()
	if err != nil {
		return "", err
	}
	if err := store.CheckName(name); err != nil {
		return "", err
	}
	if c.base != nil {
		return c.base.JoinPath(name).String(), nil
	}
	u := *c.endpoint
	if c.virtual {
		u.Host = s.Bucket + "." + u.Host
		return u.JoinPath(s.object(name)).String(), nil
	}
	return u.JoinPath(s.Bucket, s.object(name)).String(), nil
}

// Sign gives an address with which anyone can read an object or a file for the given time: whole seconds, at most MaxPresign. The service is not asked.
func (s *Store) Sign(ctx context.Context, name string, lasts time.Duration) (string, error) {
	c, err := s.open()
	if err != nil {
		return "", err
	}
	if err := store.CheckName(name); err != nil {
		return "", err
	}
	u, err := c.PresignHeader(ctx, http.MethodGet, s.Bucket, s.object(name), lasts, nil, nil)
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// place is the address that an update configuration names.
func (s *Store) place(ctx context.Context, key string) (string, error) {
	switch {
	case s.Presign > 0:
		return s.Sign(ctx, key, s.Presign)
	case s.BaseURL != "":
		return s.Address(key)
	}
	return key, nil
}

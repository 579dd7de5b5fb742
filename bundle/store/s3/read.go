package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/chandlery-go/chandlery/bundle/store"
)

// sumBack reads an object and gives its sha256.
func (s *Store) sumBack(ctx context.Context, c *client, name string, size int64) (sum string, err error) {
	release, err := c.slot(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	err = s.try(ctx, c, "read back", name, func() error {
		h := sha256.New()
		_, err := s.get(ctx, c, name, h, size)
		sum = hex.EncodeToString(h.Sum(nil))
		return err
	})
	return sum, err
}

// get copies an object of at most limit bytes, and gives its ETag.
func (s *Store) get(ctx context.Context, c *client, name string, w io.Writer, limit int64) (etag string, err error) {
	r, info, _, err := c.GetObject(ctx, s.Bucket, name, minio.GetObjectOptions{})
	if err != nil {
		return "", err
	}
	defer r.Close()
	n, err := io.Copy(w, io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return "", err
	case n > limit:
		return "", &sourceError{fmt.Errorf("longer than %d bytes", limit)}
	case info.Size >= 0 && n != info.Size:
		return "", io.ErrUnexpectedEOF
	}
	return info.ETag, nil
}

// Stat asks for an object's size and time.
func (s *Store) Stat(ctx context.Context, key string) (store.Entry, error) {
	c, err := s.open()
	if err != nil {
		return store.Entry{}, err
	}
	if err := errors.Join(store.CheckName(key), ctx.Err()); err != nil {
		return store.Entry{}, err
	}
	var info minio.ObjectInfo
	err = s.try(ctx, c, "look for", s.object(key), func() (err error) {
		info, err = c.StatObject(ctx, s.Bucket, s.object(key), minio.StatObjectOptions{})
		return err
	})
	return store.Entry{Key: key, Size: info.Size, Modified: info.LastModified}, err
}

// List asks page by page; after an error it goes on behind what came.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		c, err := s.open()
		if err != nil {
			yield(store.Entry{}, err)
			return
		}
		last, stopped := "", false
		err = s.try(ctx, c, "list", s.object(prefix), func() error {
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			for info := range c.Client.ListObjects(ctx, s.Bucket, minio.ListObjectsOptions{Prefix: s.object(prefix), Recursive: true, StartAfter: last}) {
				if info.Err != nil {
					return info.Err
				}
				last = info.Key
				key := strings.TrimPrefix(info.Key, s.object(""))
				if store.CheckName(key) == nil && !yield(store.Entry{Key: key, Size: info.Size, Modified: info.LastModified}, nil) {
					stopped = true
					return nil
				}
			}
			return ctx.Err()
		})
		if err != nil && !stopped {
			yield(store.Entry{}, err)
		}
	}
}

// Remove removes an object. A bucket with versions keeps what was.
func (s *Store) Remove(ctx context.Context, key string) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	if err := errors.Join(store.CheckName(key), ctx.Err()); err != nil {
		return err
	}
	err = s.try(ctx, c, "remove", s.object(key), func() error {
		return c.RemoveObject(ctx, s.Bucket, s.object(key), minio.RemoveObjectOptions{})
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

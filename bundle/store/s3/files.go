package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/minio/minio-go/v7"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
)

// Read gives a file and its ETag.
func (s *Store) Read(ctx context.Context, name string, limit int64) ([]byte, string, error) {
	c, err := s.open()
	if err != nil {
		return nil, "", err
	}
	if err := errors.Join(store.CheckName(name), ctx.Err()); err != nil {
		return nil, "", err
	}
	name = s.object(name)
	var b bytes.Buffer
	var etag string
	err = s.try(ctx, c, "read", name, func() (err error) {
		b.Reset()
		etag, err = s.get(ctx, c, name, &b, limit)
		return err
	})
	if err == nil && etag == "" {
		err = fmt.Errorf("read %s: the service gave no ETag, so the file cannot be changed safely", name)
	}
	if err != nil {
		return nil, "", err
	}
	return b.Bytes(), etag, nil
}

// Write replaces a file, or creates it. The first file that a Store creates is created twice, to see that the service refuses.
func (s *Store) Write(ctx context.Context, name string, b []byte, version string) error {
	c, err := s.open()
	if err != nil {
		return err
	}
	if err := errors.Join(store.CheckName(name), ctx.Err()); err != nil {
		return err
	}
	if c.oss && version != "" {
		return s.writeCompared(ctx, c, name, b, version)
	}
	err = s.write(ctx, c, name, b, version)
	if err == nil && version == "" {
		return s.refuses(ctx, c, name, b)
	}
	if errors.Is(err, bundle.ErrConflict) || version != "" && errors.Is(err, fs.ErrNotExist) {
		return s.conflict(ctx, name, b)
	}
	return err
}

// refuses creates a file again, once in a Store's life, which the service must refuse.
func (s *Store) refuses(ctx context.Context, c *client, name string, b []byte) error {
	if s.creates.Load() {
		return nil
	}
	switch err := s.write(ctx, c, name, b, ""); {
	case errors.Is(err, bundle.ErrConflict):
		s.creates.Store(true)
		return nil
	case err != nil:
		return err
	}
	return errors.Join(fmt.Errorf("create %s: the service creates what is there already: without If-None-Match, publishers would overwrite each other", s.object(name)),
		s.Remove(ctx, name))
}

// conflict is nil where the file is b all the same: the answer of an earlier try was lost.
func (s *Store) conflict(ctx context.Context, name string, b []byte) error {
	now, _, err := s.Read(ctx, name, int64(len(b)))
	var long *sourceError
	switch {
	case err == nil && bytes.Equal(now, b):
		return nil
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.As(err, &long):
		return fmt.Errorf("%w: %s is another one by now: read it again", bundle.ErrConflict, s.object(name))
	}
	return err
}

// writeCompared is for services without If-Match: what happens between looking and writing is not seen.
func (s *Store) writeCompared(ctx context.Context, c *client, name string, b []byte, version string) error {
	var info minio.ObjectInfo
	err := s.try(ctx, c, "look for", s.object(name), func() (err error) {
		info, err = c.StatObject(ctx, s.Bucket, s.object(name), minio.StatObjectOptions{})
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if info.ETag != version {
		return s.conflict(ctx, name, b)
	}
	return s.write(ctx, c, name, b, version)
}

func (s *Store) write(ctx context.Context, c *client, name string, b []byte, version string) error {
	sum, md := sha256.Sum256(b), md5.Sum(b)
	name = s.object(name)
	opts := s.options(c, name, "")
	switch {
	case version == "":
		opts.SetMatchETagExcept("*")
	case !c.oss:
		opts.SetMatchETag(version)
	}
	return s.try(ctx, c, "write", name, func() error {
		_, err := c.PutObject(ctx, s.Bucket, name, bytes.NewReader(b), int64(len(b)), base64.StdEncoding.EncodeToString(md[:]), hex.EncodeToString(sum[:]), opts)
		return err
	})
}

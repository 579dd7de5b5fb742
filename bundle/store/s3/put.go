package s3

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
)

// Put stores obj. What is there already is compared with it and left as it is. A Put that is killed leaves nothing, or the whole object.
func (s *Store) Put(ctx context.Context, key string, obj bundle.Object) (bundle.Placed, error) {
	c, err := s.open()
	if err != nil {
		return bundle.Placed{}, err
	}
	if err := errors.Join(store.CheckKey(key), promise(obj), ctx.Err()); err != nil {
		return bundle.Placed{}, err
	}
	existed, err := s.put(ctx, c, key, obj)
	if err != nil {
		return bundle.Placed{}, err
	}
	at, err := s.place(ctx, key)
	return bundle.Placed{URL: at, Existed: existed}, err
}

// promise checks what obj says of itself.
func promise(obj bundle.Object) error {
	if sum, err := hex.DecodeString(obj.SHA256); err != nil || len(sum) != 32 || obj.Size < 0 || obj.Open == nil {
		return errors.New("an object to store needs Open, Size and SHA256")
	}
	return nil
}

func (s *Store) put(ctx context.Context, c *client, key string, obj bundle.Object) (existed bool, err error) {
	name := s.object(key)
	for range cmp.Or(s.Attempts, DefaultAttempts) {
		same, err := s.holds(ctx, c, name, obj)
		if same || !errors.Is(err, fs.ErrNotExist) {
			return same, err
		}
		sent := s.upload(ctx, c, name, obj)
		taken := errors.Is(sent, bundle.ErrConflict) // another Put was first; or this one, and the answer was lost
		if sent != nil && !taken && !lost(sent) {
			return false, sent
		}
		same, err = s.holds(ctx, c, name, obj)
		switch {
		case same:
			return taken, nil
		case sent == nil && errors.Is(err, bundle.ErrConflict):
			err = s.Remove(ctx, key) // it is what this Put has created
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		}
		if err != nil {
			return false, err
		}
	}
	return false, &bundle.Error{Kind: bundle.KindNetwork, Err: fmt.Errorf("put %s: it did not arrive as it was sent, several times", name)}
}

// lost says that an upload in parts is no more: it ended and the answer was lost, or somebody swept it away.
func lost(err error) bool {
	var answer *ServiceError
	return errors.As(err, &answer) && answer.Code == "NoSuchUpload"
}

// holds says that the object is there and the same; its absence, or that it differs, is an error.
func (s *Store) holds(ctx context.Context, c *client, name string, obj bundle.Object) (bool, error) {
	var info minio.ObjectInfo
	err := s.try(ctx, c, "look for", name, func() (err error) {
		info, err = c.StatObject(ctx, s.Bucket, name, minio.StatObjectOptions{Checksum: !s.ReadBack && !c.oss})
		return err
	})
	if err != nil {
		return false, err
	}
	if info.Size != obj.Size {
		return false, otherBytes(name)
	}
	same, err := s.told(ctx, c, info, obj)
	if same || err != nil {
		return same, err
	}
	sum, err := s.sumBack(ctx, c, name, obj.Size)
	if err != nil {
		return false, err
	}
	if !strings.EqualFold(sum, obj.SHA256) {
		return false, otherBytes(name)
	}
	return true, nil
}

func otherBytes(name string) error {
	return fmt.Errorf("%w: the store holds other bytes under %s; if they are damaged, remove the object and publish again", bundle.ErrConflict, name)
}

// told says that the checksum which the service keeps is the object's. That it is another, or none, proves nothing: the object is read back then.
func (s *Store) told(ctx context.Context, c *client, info minio.ObjectInfo, obj bundle.Object) (bool, error) {
	sum, _, composite := strings.Cut(info.ChecksumSHA256, "-")
	switch {
	case s.ReadBack || sum == "":
		return false, nil
	case !composite:
		return sum == base64Sum(obj.SHA256), nil
	}
	want, err := compositeSum(ctx, obj, c.partSize)
	return info.ChecksumSHA256 == want, err
}

func base64Sum(hexSum string) string {
	sum, err := hex.DecodeString(hexSum)
	if err != nil {
		return "" // no object's: promise checked it
	}
	return base64.StdEncoding.EncodeToString(sum)
}

// upload sends obj as a new object. One that is there is bundle.ErrConflict.
func (s *Store) upload(ctx context.Context, c *client, name string, obj bundle.Object) error {
	if obj.Size > cmp.Or(s.Threshold, DefaultThreshold) {
		return s.uploadParts(ctx, c, name, obj)
	}
	release, err := c.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	return s.try(ctx, c, "put", name, func() error {
		body, err := open(ctx, obj)
		if err != nil {
			return err
		}
		defer body.close()
		opts := s.options(c, name, obj.ContentType)
		opts.SetMatchETagExcept("*")
		if !s.ReadBack && !c.oss {
			opts.UserMetadata = map[string]string{checksumHeader: base64Sum(obj.SHA256)}
		}
		_, err = c.PutObject(ctx, s.Bucket, name, body, obj.Size, "", strings.ToLower(obj.SHA256), opts)
		if wrong := body.fault(); wrong != nil {
			return &sourceError{wrong}
		}
		return err
	})
}

const (
	checksumHeader = "x-amz-checksum-sha256"
	checksumKind   = "x-amz-checksum-algorithm"
)

// options are what an object is served with.
func (s *Store) options(c *client, name, contentType string) minio.PutObjectOptions {
	key := strings.TrimPrefix(name, s.object(""))
	return minio.PutObjectOptions{
		ContentType:          cmp.Or(contentType, store.ContentType(key)),
		CacheControl:         store.CacheControl(key),
		DisableContentSha256: true, // no chunked signature: the sha256 is signed as it is
	}
}

// sourceError is of the object that was to be stored, not of the service: it is not tried again.
type sourceError struct{ error }

func (e *sourceError) Unwrap() error { return e.error }

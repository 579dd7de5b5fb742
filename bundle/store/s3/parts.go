package s3

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/bundle"
)

// abortWait bounds how long an upload that failed is tidied up.
const abortWait = 15 * time.Second

// uploadParts sends obj in parts, each from memory, and makes them the object when all of it is known to be right. What ends in an error leaves nothing;
// what is killed leaves parts that the service keeps until the bucket's lifecycle rule removes them (AbortIncompleteMultipartUpload).
func (s *Store) uploadParts(ctx context.Context, c *client, name string, obj bundle.Object) (err error) {
	if (obj.Size+c.partSize-1)/c.partSize > MaxParts {
		return fmt.Errorf("put %s: %d bytes need more than %d parts: set a larger PartSize", name, obj.Size, MaxParts)
	}
	id, err := s.begin(ctx, c, name, obj)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.abort(ctx, c, name, id)
		}
	}()
	done, err := s.send(ctx, c, name, id, obj)
	if err != nil {
		return err
	}
	return s.try(ctx, c, "complete", name, func() error {
		var opts minio.PutObjectOptions
		opts.SetMatchETagExcept("*")
		_, err := c.CompleteMultipartUpload(ctx, s.Bucket, name, id, done, opts)
		return err
	})
}

func (s *Store) begin(ctx context.Context, c *client, name string, obj bundle.Object) (id string, err error) {
	opts := s.options(c, name, obj.ContentType)
	switch {
	case c.oss:
		opts.SetMatchETagExcept("*") // to become x-oss-forbid-overwrite, which it wants here too
	case !s.ReadBack:
		opts.UserMetadata = map[string]string{checksumKind: "SHA256"}
	}
	err = s.try(ctx, c, "begin", name, func() (err error) {
		id, err = c.NewMultipartUpload(ctx, s.Bucket, name, opts)
		return err
	})
	return id, err
}

// abort frees what the parts take. It is done also when ctx has ended.
func (s *Store) abort(ctx context.Context, c *client, name, id string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), abortWait)
	defer cancel()
	if err := c.AbortMultipartUpload(ctx, s.Bucket, name, id); err != nil {
		c.log.Warn("parts of an upload stay", "key", name, "err", fault(ctx, "abort", name, err))
	}
}

// send uploads the parts, several at once, and checks the whole.
func (s *Store) send(ctx context.Context, c *client, name, id string, obj bundle.Object) ([]minio.CompletePart, error) {
	body, err := open(ctx, obj)
	if err != nil {
		return nil, fmt.Errorf("put %s: %w", name, err)
	}
	defer body.close()
	sending, stop := context.WithCancel(ctx)
	defer stop()
	g, group := errgroup.WithContext(sending)
	done := make([]minio.CompletePart, (obj.Size+c.partSize-1)/c.partSize)
	for i := range done {
		release, err := c.slot(group)
		if err != nil {
			break // a part failed, or the caller has ended it
		}
		part := make([]byte, min(c.partSize, obj.Size-int64(i)*c.partSize)) // not used again: the transport may read it after an early answer
		if _, err := io.ReadFull(body, part); err != nil {
			release()
			stop()
			g.Wait() // their fate is of no interest
			return nil, fmt.Errorf("put %s: %w", name, cause(body, err))
		}
		g.Go(func() (err error) {
			defer release()
			done[i], err = s.part(group, c, name, id, i+1, part)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if n, err := body.Read(make([]byte, 1)); n > 0 || err != io.EOF {
		return nil, fmt.Errorf("put %s: %w", name, cause(body, err))
	}
	return done, nil
}

// cause is what was wrong with the object, rather than that it ended.
func cause(body *checked, err error) error {
	if wrong := body.fault(); wrong != nil {
		return wrong
	}
	return err
}

func (s *Store) part(ctx context.Context, c *client, name, id string, number int, b []byte) (minio.CompletePart, error) {
	sum := sha256.Sum256(b)
	opts := minio.PutObjectPartOptions{Sha256Hex: hex.EncodeToString(sum[:]), DisableContentSha256: true}
	done := minio.CompletePart{PartNumber: number}
	if !s.ReadBack && !c.oss {
		done.ChecksumSHA256 = base64.StdEncoding.EncodeToString(sum[:])
		opts.CustomHeader = http.Header{http.CanonicalHeaderKey(checksumHeader): {done.ChecksumSHA256}}
	}
	err := s.try(ctx, c, fmt.Sprintf("put part %d of", number), name, func() error {
		sent, err := c.PutObjectPart(ctx, s.Bucket, name, id, number, bytes.NewReader(b), int64(len(b)), opts)
		done.ETag = sent.ETag
		return err
	})
	return done, err
}

// compositeSum is what a service keeps of an object that came in parts: the sum of the parts' sums, and their number (AWS, "Checking object integrity").
func compositeSum(ctx context.Context, obj bundle.Object, partSize int64) (string, error) {
	r, err := open(ctx, obj)
	if err != nil {
		return "", err
	}
	defer r.close()
	all, parts := sha256.New(), 0
	for {
		part := sha256.New()
		n, err := io.CopyN(part, r, partSize)
		if n > 0 {
			all.Write(part.Sum(nil))
			parts++
		}
		if err == io.EOF {
			return fmt.Sprintf("%s-%d", base64.StdEncoding.EncodeToString(all.Sum(nil)), parts), nil
		}
		if err != nil {
			return "", err
		}
	}
}

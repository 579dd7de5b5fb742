package probe

import (
	"context"
	crand "crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

// mark identifies content: its first bytes and their checksum.
type mark struct {
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// putContent makes an image of random content. The image is made even where an error is given, if it has an id.
func putContent(ctx context.Context, images *api.Images, name string, size int64) (id string, m mark, err error) {
	img, err := images.Create(ctx, name)
	if err != nil {
		return "", m, err
	}
	var seed [32]byte
	crand.Read(seed[:])
	hash := sha256.New()
	content := io.TeeReader(io.LimitReader(rand.NewChaCha8(seed), size), hash)
	if err := images.Put(ctx, img.ID, content, size); err != nil {
		return img.ID, m, err
	}
	return img.ID, mark{SHA256: hex.EncodeToString(hash.Sum(nil)), Bytes: size}, nil
}

// compare reads an image as far as the mark goes: what lies behind it in a volume is the backend's.
func (m mark) compare(ctx context.Context, images *api.Images, id string) error {
	content, err := images.Content(ctx, id)
	if err != nil {
		return err
	}
	defer content.Close()
	hash := sha256.New()
	n, err := io.Copy(hash, io.LimitReader(content, m.Bytes))
	if err != nil {
		return fmt.Errorf("the image's content broke off after %d bytes: %w", n, err)
	}
	if got := hex.EncodeToString(hash.Sum(nil)); got != m.SHA256 || n != m.Bytes {
		return fmt.Errorf("the content differs: sha256 of the first %d bytes is %s, of the %d written %s", n, got, m.Bytes, m.SHA256)
	}
	return nil
}

// waitActive waits until an image has its content.
func waitActive(ctx context.Context, images *api.Images, id string) error {
	for {
		img, err := images.Get(ctx, id)
		if errors.Is(err, api.ErrNotFound) { // so the component leaves it when its upload fails
			return fmt.Errorf("image %s is gone, not active", id)
		}
		if err != nil {
			return err
		}
		switch img.Status {
		case "active":
			return nil
		case "saving", "importing", "uploading":
		default:
			return fmt.Errorf("the image is %s, not active", img.Status)
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return fmt.Errorf("the image is still %s: %w", img.Status, err)
		}
	}
}

const pollEvery = 250 * time.Millisecond

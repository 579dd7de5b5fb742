package build

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// walkTar reads a gzipped tar (PyPA "Source distribution format", "Source distribution archive features").
func walkTar(ctx context.Context, r io.Reader, c *checker) error {
	z, err := gzip.NewReader(bufio.NewReaderSize(r, 64<<10))
	if err != nil {
		return notTar(ctx, err)
	}
	return walkMembers(ctx, z, c)
}

func walkMembers(ctx context.Context, unzipped io.Reader, c *checker) error {
	t := tar.NewReader(&bounded{unzipped, MaxUnpacked})
	for {
		h, err := t.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return notTar(ctx, err)
		}
		if h.Typeflag == tar.TypeXGlobalHeader { // PAX records for all that follow, which git archive writes: nothing in them counts here
			if c.entries++; c.entries > MaxFiles {
				return &SdistError{Rule: "S6", Detail: fmt.Sprintf("more than %d entries", MaxFiles)}
			}
			continue
		}
		e, err := tarEntry(h)
		if err != nil {
			return err
		}
		if err := c.entry(e, h.Size, t); err != nil {
			return notTar(ctx, err)
		}
	}
}

func tarEntry(h *tar.Header) (entry, error) {
	e := entry{name: h.Name, executable: h.Mode&0o111 != 0, modified: h.ModTime, target: h.Linkname}
	switch h.Typeflag {
	case tar.TypeReg:
		e.kind = file
		for key := range h.PAXRecords {
			if strings.HasPrefix(key, "GNU.sparse.") { // gigabytes out of a few bytes, which no tool for sdists writes
				return e, &SdistError{Rule: "S3", Name: h.Name, Detail: "a sparse file"}
			}
		}
	case tar.TypeDir:
		e.kind = folder
	case tar.TypeSymlink:
		e.kind = symlink
	case tar.TypeLink:
		e.kind = hardlink
		var err error
		e.target, err = cleanName(h.Linkname)
		return e, err
	default:
		return e, &SdistError{Rule: "S3", Name: h.Name, Detail: fmt.Sprintf("an entry of type %q: neither a file nor a folder nor a link", h.Typeflag)}
	}
	return e, nil
}

// notTar is err, which comes from the archive's own bytes unless it says otherwise.
func notTar(ctx context.Context, err error) error {
	var known *SdistError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known):
		return err
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, tar.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return &SdistError{Detail: "no gzipped tar", Err: err}
	}
	return err
}

// bounded is a reader that refuses to give more than MaxUnpacked bytes.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, tooLarge()
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// walkZip reads a zip, which is held to the rules of internal/archive.
func walkZip(ctx context.Context, blob dist.Blob, c *checker) error {
	z, err := archive.Open(blob, blob.Size(), archive.Limits{Files: MaxFiles, Unpacked: MaxUnpacked})
	var format *archive.FormatError
	if errors.As(err, &format) {
		return &SdistError{Detail: "no zip that is safe to unpack", Err: err}
	}
	if err != nil {
		return err
	}
	for _, e := range z.Entries() {
		if err := ctx.Err(); err != nil {
			return err
		}
		body, err := z.Open(e.Name)
		if err != nil {
			return err
		}
		err = c.entry(entry{name: e.Name, executable: e.Mode&0o111 != 0}, e.Size, durable.Within(ctx, body))
		body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

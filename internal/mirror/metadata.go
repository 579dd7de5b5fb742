package mirror

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// metadata gives the METADATA of a file, and records it first where it is not.
func (s *Server) metadata(ctx context.Context, f *file) ([]byte, error) {
	sum := f.Hashes["sha256"]
	if len(sum) != 64 {
		return nil, fmt.Errorf("%s has no sha256: %w", f.Filename, dist.ErrNotFound)
	}
	path := filepath.Join(s.Dir, "metadata", sum[:2], sum)
	if b, err := os.ReadFile(path); err == nil {
		return b, nil
	}
	b, err, _ := s.flights.Do("metadata "+sum, func() (any, error) {
		b, err := s.read(context.WithoutCancel(ctx), f)
		if err != nil {
			return nil, fmt.Errorf("METADATA of %s: %w", f.Filename, err)
		}
		return b, keep(path, b)
	})
	if err != nil {
		return nil, err
	}
	return b.([]byte), nil
}

// read gets METADATA in the cheapest way: the index behind offers it, or the wheel is read by ranges, or as a whole.
func (s *Server) read(ctx context.Context, f *file) ([]byte, error) {
	if f.CoreMetadata != nil {
		b, err := s.offered(ctx, f)
		if !errors.Is(err, dist.ErrNotFound) {
			return b, err
		}
	}
	if !s.Offline {
		b, err := s.ranged(ctx, f)
		if !errors.Is(err, transport.ErrNoRange) {
			return b, err
		}
	}
	blob, err := s.fetcher.Fetch(ctx, f.artifact())
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return extract(blob, blob.Size())
}

func (s *Server) offered(ctx context.Context, f *file) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	b, _, err := s.http.Get(ctx, f.URL+".metadata", "", dist.MaxMetadata)
	if err != nil {
		return nil, err
	}
	if sum := f.metadataHash(); sum != "" {
		v := dist.NewVerifier(dist.Artifact{File: f.Filename + ".metadata", Size: -1, Hashes: map[string]string{"sha256": sum}})
		v.Write(b)
		return b, v.Check()
	}
	return b, nil
}

func (s *Server) ranged(ctx context.Context, f *file) ([]byte, error) {
	if err := s.enter(ctx); err != nil {
		return nil, err
	}
	defer s.leave()
	b, offset, size, err := s.http.Tail(ctx, f.URL, readAhead)
	if err != nil {
		return nil, err
	}
	return extract(&remote{ctx: ctx, http: s.http, url: f.URL, size: size, block: b, offset: offset}, size)
}

// extract takes the one top-level *.dist-info/METADATA out of a wheel. Nothing is judged here: the mirror passes on what the wheel says.
func extract(wheel io.ReaderAt, size int64) ([]byte, error) {
	z, err := zip.NewReader(wheel, size)
	if err != nil {
		return nil, err
	}
	for _, f := range z.File {
		if strings.HasSuffix(f.Name, ".dist-info/METADATA") && strings.Count(f.Name, "/") == 1 {
			r, err := f.Open()
			if err != nil {
				return nil, err
			}
			defer r.Close()
			return durable.ReadAtMost(r, dist.MaxMetadata)
		}
	}
	return nil, errors.New("the wheel has none")
}

// readAhead is how much of a remote file one request brings, in bytes.
const readAhead = 256 << 10

// remote is a file on a server as an io.ReaderAt for one goroutine. It holds one block, at first the file's end.
type remote struct {
	ctx    context.Context
	http   *transport.Client
	url    string
	size   int64
	block  []byte
	offset int64 // of block
}

func (r *remote) ReadAt(p []byte, off int64) (int, error) {
	if off >= r.size {
		return 0, io.EOF
	}
	for n := 0; ; {
		if at := off + int64(n) - r.offset; 0 <= at && at < int64(len(r.block)) {
			n += copy(p[n:], r.block[at:])
		}
		switch next := off + int64(n); {
		case n == len(p):
			return n, nil
		case next >= r.size:
			return n, io.EOF
		default:
			b, err := r.http.Range(r.ctx, r.url, next, min(r.size-next, readAhead))
			if err != nil {
				return n, err
			}
			r.block, r.offset = b, next
		}
	}
}

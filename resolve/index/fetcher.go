package index

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// MaxFile is the largest file that a Fetcher brings where neither the index nor MaxSize says less, in bytes.
const MaxFile = 16 << 30

// Fetcher is a dist.Fetcher for http, https and file addresses. What it brought lies in the Cache by its sha256: it is hashed again before it counts, once in a Fetcher's life, and
// is not fetched again. Those who want the same file at once share one download. A file on the net without a strong hash is ErrNoHash; one on this machine is taken
// as it is, and its Blob is that file. Safe for concurrent use; not to be copied, nor its fields changed, after first use.
type Fetcher struct {
	Cache         *Cache                                                 // nil: a temporary folder, which Close removes
	RoundTripper  http.RoundTripper                                      // nil: one of its own
	Auth          func(ctx context.Context, host string) (string, error) // as Client.Auth; see AuthOf
	MaxConcurrent int                                                    // downloads at once; 0: DefaultConcurrent
	MaxSize       int64                                                  // bytes of one file; 0: MaxFile
	Offline       bool                                                   // what is neither in the Cache nor on this machine is an *OfflineError
	Logger        *slog.Logger                                           // nil: discarded
	Observer      func(Request)                                          // nil: none. Called from several goroutines at once; must not block
	Progress      func(a dist.Artifact, done, total int64)               // nil: none. As bytes come; total -1: unknown. done falls back where a download starts again

	mu     sync.Mutex
	wire   *wire
	temp   *Cache                  // where Cache is nil
	stored onceMap[string, string] // the path of what is verified
	memory memory                  // of what only passes
	wait   time.Duration           // for tests: transport.Client.Wait
}

var _ dist.Fetcher = (*Fetcher)(nil)

// Fetch brings a file. The Blob has Path().
func (f *Fetcher) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := f.fetch(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", a.File, err)
	}
	return b, nil
}

func (f *Fetcher) fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	if path, ok, err := localPath(a.URL); ok || err != nil {
		if err != nil {
			return nil, err
		}
		return openLocal(ctx, a, path)
	}
	if !a.Trusted() {
		return nil, ErrNoHash
	}
	cache, err := f.open()
	if err != nil {
		return nil, err
	}
	key := identity(a)
	for again := false; ; again = true {
		path, err := f.stored.do(ctx, key, func(ctx context.Context) (string, error) { return f.bring(ctx, cache, a) })
		if err != nil {
			return nil, err
		}
		blob, err := dist.OpenFile(path)
		if err == nil {
			return blob, nil
		}
		if again {
			return nil, err
		}
		f.stored.forget(key, nil) // somebody cleared the cache
	}
}

// open makes the Fetcher ready.
func (f *Fetcher) open() (*Cache, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wire == nil {
		f.wire = newWire(&transport.Client{RoundTripper: f.RoundTripper, Auth: f.Auth, Logger: f.Logger, Wait: f.wait}, f.MaxConcurrent, f.Observer)
	}
	if f.Cache != nil {
		return f.Cache, nil
	}
	if f.temp == nil {
		dir, err := os.MkdirTemp("", "chandlery-")
		if err != nil {
			return nil, err
		}
		if f.temp, err = OpenCache(dir); err != nil {
			return nil, err
		}
	}
	return f.temp, nil
}

// Close closes idle connections and removes the temporary folder, if there is one: Blobs from it must be closed before. A Fetcher with a Cache can still
// be used.
func (f *Fetcher) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wire != nil {
		f.wire.http.CloseIdleConnections()
	}
	if f.temp == nil {
		return nil
	}
	dir := f.temp.Dir()
	f.temp = nil
	return os.RemoveAll(dir)
}

// identity is all that is promised of a file: who promises something else is not served by the same check.
func identity(a dist.Artifact) string {
	parts := []string{strconv.FormatInt(a.Size, 10), strconv.FormatBool(isWheelName(a.File))}
	for algorithm, digest := range a.Hashes {
		parts = append(parts, algorithm+"="+digest)
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// bring gives the path of the verified file, which it fetches where the cache does not have it.
func (f *Fetcher) bring(ctx context.Context, cache *Cache, a dist.Artifact) (string, error) {
	if sha256 := a.Hashes["sha256"]; digest.IsSHA256(sha256) {
		path := cache.path(filesFolder, sha256)
		found, err := f.held(ctx, path, a)
		if err != nil {
			return "", err
		}
		if found {
			f.wire.cached(ForFile, a.File, a.URL)
			return path, confirm(cache, a.File, sha256, path)
		}
	}
	if f.Offline {
		return "", &OfflineError{For: ForFile, Of: a.File, URL: transport.Redact(a.URL)}
	}
	if err := f.wire.enter(ctx); err != nil {
		return "", err
	}
	defer f.wire.leave()
	temp, sha256, err := f.download(ctx, cache, a)
	if err != nil {
		return "", err
	}
	path := cache.path(filesFolder, sha256)
	if err := cache.adopt(temp, path); err != nil {
		return "", err
	}
	return path, confirm(cache, a.File, sha256, path)
}

// held verifies what the cache has. What is not what its name says is removed; an artefact that promises something else of the right bytes is an error.
func (f *Fetcher) held(ctx context.Context, path string, a dist.Artifact) (bool, error) {
	b, err := dist.OpenFile(path)
	if err != nil {
		return false, nil
	}
	defer b.Close()
	v := dist.NewVerifier(a)
	if err := hashAll(ctx, v, b); err != nil {
		return false, err
	}
	if v.SHA256() != a.Hashes["sha256"] {
		os.Remove(path)
		return false, nil
	}
	return true, v.Check()
}

// download writes the file aside and verifies it. One that was put together from parts and is wrong is fetched once more from its start.
func (f *Fetcher) download(ctx context.Context, cache *Cache, a dist.Artifact) (temp, sha256 string, err error) {
	out, err := cache.create()
	if err != nil {
		return "", "", err
	}
	defer func() {
		if closeErr := out.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			os.Remove(out.Name())
		}
	}()
	sha256, err = f.land(ctx, asideFile{out}, a)
	return out.Name(), sha256, err
}

// landing is what a download is written to. rewind empties it.
type landing interface {
	io.Writer
	rewind() error
}

// asideFile is a file of Cache.create.
type asideFile struct{ *os.File }

func (f asideFile) rewind() error {
	_, err := f.Seek(0, io.SeekStart)
	return errors.Join(err, f.Truncate(0))
}

// land downloads and verifies.
func (f *Fetcher) land(ctx context.Context, out landing, a dist.Artifact) (sha256 string, err error) {
	for again := false; ; again = true {
		e := &errand{purpose: ForFile, of: a.File}
		sha256, err = f.attempt(on(ctx, e), out, a)
		var wrong *dist.HashError
		parts := errors.Is(err, transport.ErrChanged) || errors.As(err, &wrong) && e.answers.Load() > 1
		if err == nil || again || !parts {
			return sha256, err
		}
	}
}

func (f *Fetcher) attempt(ctx context.Context, out landing, a dist.Artifact) (string, error) {
	if err := out.rewind(); err != nil {
		return "", err
	}
	w := &sink{file: out, verifier: dist.NewVerifier(a), artifact: a, limit: a.Size, progress: f.Progress}
	largest := f.MaxSize
	if largest <= 0 {
		largest = MaxFile
	}
	if a.Size > largest {
		return "", fmt.Errorf("%w: %d bytes, %d are the limit", transport.ErrTooLarge, a.Size, largest)
	}
	if a.Size < 0 {
		w.limit = largest
	}
	if _, err := f.wire.http.Copy(ctx, w, a.URL, a.Size); err != nil {
		return "", err
	}
	return w.verifier.SHA256(), w.verifier.Check()
}

// sink writes, hashes, counts and stops at the limit.
type sink struct {
	file     landing
	verifier *dist.Verifier
	artifact dist.Artifact
	limit    int64
	progress func(dist.Artifact, int64, int64)
}

func (s *sink) Write(p []byte) (int, error) {
	if got := s.verifier.Size() + int64(len(p)); got > s.limit {
		if s.artifact.Size >= 0 {
			return 0, &dist.HashError{File: s.artifact.File, Algorithm: "size", Want: strconv.FormatInt(s.limit, 10), Got: "more"}
		}
		return 0, fmt.Errorf("%w: more than %d bytes", transport.ErrTooLarge, s.limit)
	}
	n, err := s.file.Write(p)
	s.verifier.Write(p[:n])
	if s.progress != nil {
		s.progress(s.artifact, s.verifier.Size(), s.artifact.Size)
	}
	return n, err
}

// confirm compares a verified wheel's METADATA with what indexes said of it. A wheel out of which none can be read is for its reader to refuse.
func confirm(cache *Cache, file, sha256, path string) error {
	if !isWheelName(file) {
		return nil
	}
	b, err := dist.OpenFile(path)
	if err != nil {
		return err
	}
	defer b.Close()
	return confirmBlob(cache, file, sha256, b)
}

func confirmBlob(cache *Cache, file, sha256 string, b dist.Blob) error {
	if !isWheelName(file) {
		return nil
	}
	metadata, err := readMetadata(file, b.Size(), fromReader(b))
	if err != nil {
		return nil
	}
	if !cache.confirm(sha256, metadata) {
		return &MetadataMismatchError{File: file}
	}
	return nil
}

// hashAll writes all of b to v, and stops when ctx ends.
func hashAll(ctx context.Context, v *dist.Verifier, b dist.Blob) error {
	buf := make([]byte, 256<<10)
	r := io.NewSectionReader(b, 0, b.Size())
	for ctx.Err() == nil {
		n, err := r.Read(buf)
		v.Write(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return ctx.Err()
}

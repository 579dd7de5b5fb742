package offline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Limits of an archive. One beyond them is refused before memory is spent on it.
const (
	MaxFiles    = 10_000   // entries
	MaxMetadata = 64 << 20 // bytes of all entries but bundles; they are held in memory
	MaxSize     = 1 << 38  // bytes of all entries
)

// Host is the name of the host that an Archive plays. No network has it (RFC 2606, section 2).
const Host = "offline.invalid"

// bundles is where they are; the file's name is its hash.
const bundles = "sha256/"

var bundleName = lazy.Regexp{Expr: `^sha256/([0-9a-f]{2})/([0-9a-f]{64})\.[A-Za-z0-9._-]+$`}

// Archive is what Export wrote, opened: an http.RoundTripper that has the metadata and the update configuration, for a trust.Client, and a dist.Fetcher
// that has the bundles, for a bundle.Updater. Safe for concurrent use.
type Archive struct {
	zip    *archive.Reader
	files  map[string][]byte // by address: all but the bundles
	sums   map[string]string // sha256 of a bundle -> entry
	closer io.Closer
}

// Open opens an archive's file. One that is none is an error whose bundle.KindOf is bundle.KindHostile.
func Open(path string) (*Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	a, err := open(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	a.closer = f
	return a, nil
}

func open(f *os.File) (*Archive, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return Read(f, fi.Size())
}

// Read is Open for an archive that lies elsewhere than in a file. r must stay until the Archive and its blobs are used no more.
func Read(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := archive.Open(r, size, archive.Limits{Files: MaxFiles, Unpacked: MaxSize})
	if err != nil {
		return nil, err
	}
	a := &Archive{zip: z, files: map[string][]byte{}, sums: map[string]string{}}
	left := int64(MaxMetadata)
	for _, e := range z.Entries() {
		if strings.HasPrefix(e.Name, bundles) {
			if err := a.bundle(e); err != nil {
				return nil, err
			}
			continue
		}
		if left -= e.Size; left < 0 {
			return nil, refuse(archive.Z10, e.Name, "all entries but bundles come to more than %d bytes", MaxMetadata)
		}
		if a.files[e.Name], err = z.ReadFile(e.Name); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// bundle takes note of one; its bytes are hashed when it is fetched.
func (a *Archive) bundle(e archive.Entry) error {
	m := bundleName.FindStringSubmatch(e.Name)
	if m == nil || m[1] != m[2][:2] {
		return refuse(archive.Z1, e.Name, "is no name of a bundle like sha256/ab/<64 hexadecimal digits>.zip")
	}
	if other, twice := a.sums[m[2]]; twice {
		return refuse(archive.Z3, e.Name, "is the bundle %s once more", other)
	}
	if e.Size != e.CompressedSize {
		return refuse(archive.Z13, e.Name, "a bundle must be stored")
	}
	a.sums[m[2]] = e.Name
	return nil
}

func refuse(rule archive.Rule, name, format string, args ...any) error {
	return &archive.FormatError{Violations: []archive.Violation{{Rule: rule, Name: name, Detail: fmt.Sprintf(format, args...)}}}
}

// Close closes the file. Blobs of the Archive must be closed before.
func (a *Archive) Close() error {
	if a.closer == nil {
		return nil
	}
	return a.closer.Close()
}

// Mirror is the address at which a trust.Client whose RoundTripper is the Archive finds it.
func (a *Archive) Mirror() trust.Mirror {
	return trust.MirrorOf("http://" + Host)
}

// RoundTrip answers from the archive's metadata and update configuration, at Mirror's addresses. It never reaches for a network: whatever is not there is 404.
func (a *Archive) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		defer req.Body.Close()
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	status := http.StatusNotFound
	b, ok := a.files[strings.TrimPrefix(req.URL.EscapedPath(), "/")]
	if ok && req.Method == http.MethodGet && req.URL.Host == Host {
		status = http.StatusOK
	} else {
		b = nil
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)), Request: req,
	}, nil
}

// Fetch gives a bundle by its sha256, wherever the artifact's URL leads. One that the archive does not have is dist.ErrNotFound.
func (a *Archive) Fetch(ctx context.Context, want dist.Artifact) (dist.Blob, error) {
	sum := strings.ToLower(want.Hashes["sha256"])
	name, ok := a.sums[sum]
	if !ok {
		return nil, fmt.Errorf("the archive lacks the bundle %s, sha256 %q: export the release for this platform: %w", want.File, sum, dist.ErrNotFound)
	}
	_, raw, err := a.zip.OpenRaw(name)
	if err != nil {
		return nil, err
	}
	found := blob{raw.(*io.SectionReader)} // stored, so these are its bytes
	v := dist.NewVerifier(want)
	if _, err := io.Copy(v, durable.Within(ctx, found)); err != nil {
		return nil, err
	}
	if err := v.Check(); err != nil {
		return nil, err
	}
	return found, nil
}

// blob is a bundle where it stands in the archive.
type blob struct{ *io.SectionReader }

// Close closes nothing: the file is the Archive's.
func (blob) Close() error { return nil }

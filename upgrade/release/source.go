package release

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"strings"

	"github.com/chandlery-go/chandlery/internal/transport"
)

//go:generate go run ./internal/snapshot -from ../../../shared/data

// snapshot is the data as of the last go generate, whose step above names where it came from.
//
//go:embed data
var snapshot embed.FS

// MaxFile bounds each file of the data, in bytes.
const MaxFile = 4 << 20

// Source reads the releases data by the names of the releases repository: data/series_status.yaml, deliverables/SERIES/COMPONENT.yaml; and
// upper-constraints/ID.txt. A file that is not there wraps fs.ErrNotExist or dist.ErrNotFound.
type Source interface {
	ReadFile(ctx context.Context, name string) ([]byte, error)
}

// FS is a Source over a file system: os.DirFS of a checkout, or a test's own.
type FS struct{ fs.FS }

// ReadFile reads one file.
func (f FS) ReadFile(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return fs.ReadFile(f.FS, name)
}

// Embedded is the snapshot that this version of the library carries.
func Embedded() Source {
	sub, err := fs.Sub(snapshot, "data")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return FS{sub}
}

// HTTP is a Source below a URL.
type HTTP struct {
	URL          string
	RoundTripper http.RoundTripper // nil: one of its own
	Auth         func(ctx context.Context, host string) (string, error)
}

// ReadFile gets one file of at most MaxFile bytes.
func (h HTTP) ReadFile(ctx context.Context, name string) ([]byte, error) {
	client := transport.Client{RoundTripper: h.RoundTripper, Auth: h.Auth}
	b, _, err := client.Get(ctx, strings.TrimSuffix(h.URL, "/")+"/"+name, "", MaxFile)
	return b, err
}

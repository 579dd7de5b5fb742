package crawl

import (
	"context"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// maxUnpacked bounds what an archive says that it unpacks to, in bytes: only Python texts and metadata are read of it.
const maxUnpacked = 2 << 30

// readWheel reads a wheel's modules and metadata.
func readWheel(ctx context.Context, blob dist.Blob, f dist.File, c *collector) error {
	w, err := wheel.Open(blob, blob.Size(), f.File)
	if err != nil {
		return err
	}
	z, err := archive.Open(blob, blob.Size(), archive.Limits{Files: MaxFiles, Unpacked: maxUnpacked})
	if err != nil {
		return err
	}
	if err := c.metadata(w.MetadataBytes(), f); err != nil {
		return err
	}
	points, err := w.EntryPoints()
	if err != nil {
		return err
	}
	c.entryPoints(points)
	for _, e := range z.Entries() {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := c.take(member{installedPath(e.Name), e.Size, func() ([]byte, error) { return z.ReadFile(e.Name) }})
		if err != nil {
			return err
		}
	}
	return nil
}

// installedPath is where a wheel's file goes below site-packages (PyPA "Binary distribution format", "The .data directory"); "" for elsewhere.
func installedPath(name string) string {
	top, rest, _ := strings.Cut(name, "/")
	switch {
	case strings.HasSuffix(top, ".dist-info"):
		return ""
	case !strings.HasSuffix(top, ".data"):
		return name
	}
	scheme, rest, _ := strings.Cut(rest, "/")
	if scheme == "purelib" || scheme == "platlib" {
		return rest
	}
	return ""
}

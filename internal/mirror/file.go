package mirror

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// serveFile serves a file of a project, or the METADATA beside it.
func (s *Server) serveFile(a *answer, r *http.Request, of pep508.Name, name string) error {
	p, err := s.project(r.Context(), of)
	if err != nil {
		return err
	}
	a.head = r.Method == http.MethodHead
	if f := p.files[name]; f != nil {
		a.kind = ofFile
		return s.serveContent(a, r, f)
	}
	if base, ok := strings.CutSuffix(name, ".metadata"); ok && !s.NoMetadata {
		if f := p.files[base]; f != nil && (f.wheel() || f.CoreMetadata != nil) {
			a.kind = ofMetadata
			return s.serveMetadata(a, r, f)
		}
	}
	return fmt.Errorf("%s has no file %q: %w", of, name, dist.ErrNotFound)
}

func (s *Server) serveContent(a *answer, r *http.Request, f *file) error {
	blob, err := s.fetcher.Fetch(r.Context(), f.artifact())
	if err != nil {
		return err
	}
	defer blob.Close()
	content, err := os.Open(blob.(interface{ Path() string }).Path()) // a file goes out faster than a Blob
	if err != nil {
		return err
	}
	defer content.Close()
	a.Header().Set("Content-Type", "application/octet-stream")
	if s.fresh(a, r, `"`+f.Hashes["sha256"]+`"`, fileLife) {
		return nil
	}
	if !s.NoRanges {
		http.ServeContent(a, r, "", time.Time{}, content)
		return nil
	}
	a.Header().Set("Content-Length", strconv.FormatInt(blob.Size(), 10))
	if !a.head {
		io.Copy(a, content)
	}
	return nil
}

func (s *Server) serveMetadata(a *answer, r *http.Request, f *file) error {
	b, err := s.metadata(r.Context(), f)
	if err != nil {
		return err
	}
	a.Header().Set("Content-Type", "application/octet-stream")
	if s.fresh(a, r, `"metadata-`+f.Hashes["sha256"]+`"`, fileLife) {
		return nil
	}
	a.Header().Set("Content-Length", strconv.Itoa(len(b)))
	if !a.head {
		a.Write(b)
	}
	return nil
}

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path"
	"strings"
	"time"
)

// Access is one answered request, for a log.
type Access struct {
	Method string
	Path   string
	Range  string // the Range header; "" where the whole was asked for
	Status int
	Bytes  int64 // of the body
}

// Handler serves a store's directory: bundles with the right to be cached for ever, anything else never without asking again. It serves ranges,
// lists no folder, follows no symbolic link out of the directory, and hides names that begin with a dot.
type Handler struct {
	Path string       // the store's directory; required
	Log  func(Access) // nil: none; called by several goroutines at once
}

// ServeHTTP answers GET and HEAD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := &countingWriter{ResponseWriter: w, status: http.StatusOK}
	h.serve(counted, r)
	if h.Log != nil {
		h.Log(Access{Method: r.Method, Path: r.URL.Path, Range: r.Header.Get("Range"), Status: counted.status, Bytes: counted.bytes})
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	f, ok := h.open(r.URL.Path)
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	defer f.Close()
	w.Header().Set("ETag", etag(r.URL.Path, f))
	w.Header().Set("Cache-Control", CacheControl(r.URL.Path[1:]))
	w.Header().Set("Content-Type", ContentType(r.URL.Path))
	http.ServeContent(w, r, "", time.Time{}, f) // no time: two releases within a second would have the same
}

func (h *Handler) open(name string) (*os.File, bool) {
	name, absolute := strings.CutPrefix(name, "/")
	if !absolute || !nameForm.MatchString(name) {
		return nil, false
	}
	root, err := os.OpenRoot(h.Path)
	if err != nil {
		return nil, false
	}
	defer root.Close()
	f, err := root.Open(name)
	if err != nil {
		return nil, false
	}
	if st, err := f.Stat(); err != nil || !st.Mode().IsRegular() {
		f.Close()
		return nil, false
	}
	return f, true
}

// etag tells versions of a file apart. A bundle's name is the hash of its bytes; an update configuration is small enough to hash.
func etag(name string, f io.ReadSeeker) string {
	if strings.HasPrefix(name, "/sha256/") {
		return `"` + strings.TrimSuffix(path.Base(name), path.Ext(name)) + `"`
	}
	sum := sha256.New()
	io.Copy(sum, f)
	f.Seek(0, io.SeekStart) // a failure shows when the content is served
	return `"` + hex.EncodeToString(sum.Sum(nil)) + `"`
}

// countingWriter notes what was answered.
type countingWriter struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (w *countingWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *countingWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

package store

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path"
	"regexp"
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

// served is what a path must be: the keys of the store and the files of its channels.
var served = regexp.MustCompile(`^/[A-Za-z0-9_][A-Za-z0-9._-]*(?:/[A-Za-z0-9_][A-Za-z0-9._-]*)*$`)

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
	tag, cache := etag(r.URL.Path, f)
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("Content-Type", contentType(r.URL.Path))
	http.ServeContent(w, r, "", time.Time{}, f) // no time: two releases within a second would have the same
}

func (h *Handler) open(name string) (*os.File, bool) {
	if !served.MatchString(name) {
		return nil, false
	}
	root, err := os.OpenRoot(h.Path)
	if err != nil {
		return nil, false
	}
	defer root.Close()
	f, err := root.Open(name[1:])
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
func etag(name string, f io.ReadSeeker) (tag, cache string) {
	if strings.HasPrefix(name, "/sha256/") {
		return `"` + strings.TrimSuffix(path.Base(name), path.Ext(name)) + `"`, "public, max-age=31536000, immutable"
	}
	sum := sha256.New()
	io.Copy(sum, f)
	f.Seek(0, io.SeekStart) // a failure shows when the content is served
	return `"` + hex.EncodeToString(sum.Sum(nil)) + `"`, "no-cache"
}

func contentType(name string) string {
	switch path.Ext(name) {
	case ".zip":
		return "application/zip"
	case ".json":
		return "application/json"
	}
	return "application/octet-stream"
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

package resolvetest

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is a package index over memory, as an http.Handler for httptest: projects at /simple/{name}/ (PEP 503, PEP 691), files at /files/{file}. Its fields
// switch what real servers do and do not do; set them before the first request. It keeps a log of what was asked. Safe for concurrent use.
type Server struct {
	HTML         bool   // pages as PEP 503 HTML only; else JSON (PEP 691) where the client accepts it
	Metadata     bool   // offer METADATA beside the wheels (PEP 658)
	ETags        bool   // send a strong ETag and honour If-None-Match
	CacheControl string // of pages; "" is none
	Gzip         bool   // compress pages where the client accepts it
	Ranges       Ranges
	FilesURL     string // where the files' addresses begin, such as another server's "http://127.0.0.1:1/files/"; "" is relative
	Base         string // <base href> of HTML pages; "" is none

	mu       sync.Mutex
	projects map[string][]ServerFile
	faults   []*Fault
	log      []*ServerRequest
}

// Ranges is what a Server makes of a Range header.
type Ranges int8

const (
	RangesHonoured Ranges = iota
	RangesIgnored         // 200 and the whole
	RangesRefused         // 416
	RangesWrong           // 206 and another range than asked
)

// ServerFile is one file on a Server. What its page says follows from Content unless overridden.
type ServerFile struct {
	Name           string
	Content        []byte
	Metadata       []byte // what PEP 658 serves; nil is none
	MetadataHash   string // said of it; "" is the true sha256
	RequiresPython string
	Yanked         *string           // the reason, which may be ""; nil is not yanked
	Uploaded       time.Time         // zero is not said
	Hashes         map[string]string // nil is the true sha256
	Size           int64             // 0 is the true size, -1 is not said
	URL            string            // "" is where this server has it
}

// Fault is a misbehaviour for some requests. One of Status, TruncateAfter, Location and Serve is set.
type Fault struct {
	Path          string // the requests whose path contains it
	Times         int    // how many of them; 0 is all
	Status        int    // answered, with RetryAfter
	RetryAfter    string
	TruncateAfter int64                                    // bytes of the body, then the connection breaks
	Location      string                                   // a 302; {path} in it stands for the request's path
	Serve         func(http.ResponseWriter, *http.Request) // anything else
}

// ServerRequest is one line of the log.
type ServerRequest struct {
	Method string
	Path   string
	Header http.Header
	Status int
	Bytes  int64 // of the body
}

// AddFile puts a file on its project's page; project is a normalised name.
func (s *Server) AddFile(project string, f ServerFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.projects == nil {
		s.projects = map[string][]ServerFile{}
	}
	s.projects[project] = append(s.projects[project], f)
}

// RemoveFile takes a file off its project's page and away.
func (s *Server) RemoveFile(project, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var kept []ServerFile
	for _, f := range s.projects[project] {
		if f.Name != name {
			kept = append(kept, f)
		}
	}
	s.projects[project] = kept
}

// AddWheel builds a wheel and puts it on its project's page.
func (s *Server) AddWheel(w Wheel) ServerFile {
	f := w.File()
	s.AddFile(strings.ReplaceAll(strings.ToLower(w.Name), "_", "-"), f)
	return f
}

// Fail adds a fault; the first that matches a request and is not used up applies.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f.Times == 0 {
		f.Times = -1
	}
	s.faults = append(s.faults, &f)
}

// Requests is the log so far, oldest first.
func (s *Server) Requests() []ServerRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := make([]ServerRequest, len(s.log))
	for i, r := range s.log {
		log[i] = *r
	}
	return log
}

// Count is how many requests have a path that contains part.
func (s *Server) Count(part string) int {
	n := 0
	for _, r := range s.Requests() {
		if strings.Contains(r.Path, part) {
			n++
		}
	}
	return n
}

// ClearRequests empties the log.
func (s *Server) ClearRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	counted := &countingWriter{ResponseWriter: w, mu: &s.mu, told: &ServerRequest{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Status: http.StatusOK}}
	s.mu.Lock()
	s.log = append(s.log, counted.told)
	s.mu.Unlock()
	if f := s.fault(r.URL.Path); f != nil {
		if f.TruncateAfter > 0 {
			counted.limit = f.TruncateAfter
		} else {
			f.serve(counted, r)
			return
		}
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/simple/"); ok {
		s.servePage(counted, r, strings.TrimSuffix(name, "/"))
		return
	}
	if name, ok := strings.CutPrefix(r.URL.Path, "/files/"); ok {
		s.serveFile(counted, r, name)
		return
	}
	http.NotFound(counted, r)
}

func (s *Server) fault(path string) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		if f.Times != 0 && strings.Contains(path, f.Path) {
			if f.Times > 0 {
				f.Times--
			}
			return f
		}
	}
	return nil
}

func (f *Fault) serve(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.Status != 0:
		if f.RetryAfter != "" {
			w.Header().Set("Retry-After", f.RetryAfter)
		}
		w.WriteHeader(f.Status)
	case f.Location != "":
		w.Header().Set("Location", strings.ReplaceAll(f.Location, "{path}", r.URL.Path))
		w.WriteHeader(http.StatusFound)
	case f.Serve != nil:
		f.Serve(w, r)
	}
}

func (s *Server) servePage(w http.ResponseWriter, r *http.Request, name string) {
	s.mu.Lock()
	files, ok := s.projects[name]
	files = append([]ServerFile(nil), files...)
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	sort.SliceStable(files, func(i, j int) bool { return files[i].Name < files[j].Name })
	var body []byte
	if !s.HTML && strings.Contains(r.Header.Get("Accept"), serverJSON) {
		w.Header().Set("Content-Type", serverJSON)
		body = s.jsonPage(name, files)
	} else {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		body = s.htmlPage(name, files)
	}
	if s.CacheControl != "" {
		w.Header().Set("Cache-Control", s.CacheControl)
	}
	if s.unchanged(w, r, body) {
		return
	}
	if s.Gzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		body = compress(body)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Write(body)
}

func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	content, ok := s.content(name)
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if s.unchanged(w, r, content) {
		return
	}
	if asked := r.Header.Get("Range"); asked != "" && s.rangeWanted(w, r) {
		s.serveRange(w, content, asked)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(content)))
	w.Write(content)
}

func (s *Server) content(name string) ([]byte, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, files := range s.projects {
		for _, f := range files {
			switch {
			case f.Name == name:
				return f.Content, true
			case f.Name+".metadata" == name && s.Metadata && f.Metadata != nil:
				return f.Metadata, true
			}
		}
	}
	return nil, false
}

func (s *Server) unchanged(w http.ResponseWriter, r *http.Request, body []byte) bool {
	if !s.ETags {
		return false
	}
	tag := `"` + hexSHA256(body)[:16] + `"`
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") != tag {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

func (s *Server) rangeWanted(w http.ResponseWriter, r *http.Request) bool {
	tag := r.Header.Get("If-Range")
	return s.Ranges != RangesIgnored && (tag == "" || tag == w.Header().Get("ETag"))
}

func (s *Server) serveRange(w http.ResponseWriter, content []byte, asked string) {
	size := int64(len(content))
	first, last, ok := parseRange(asked, size)
	if !ok || s.Ranges == RangesRefused {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", size))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	if s.Ranges == RangesWrong {
		first, last = 0, last/2
	}
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, last, size))
	w.Header().Set("Content-Length", strconv.FormatInt(last-first+1, 10))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(content[first : last+1])
}

// parseRange reads one range of the forms bytes=a-b, bytes=a- and bytes=-n.
func parseRange(s string, size int64) (first, last int64, ok bool) {
	from, to, ok := strings.Cut(strings.TrimPrefix(s, "bytes="), "-")
	if !ok {
		return 0, 0, false
	}
	last = size - 1
	if from == "" {
		n, err := strconv.ParseInt(to, 10, 64)
		return max(size-n, 0), last, err == nil && n > 0 && size > 0
	}
	first, err := strconv.ParseInt(from, 10, 64)
	if to != "" && err == nil {
		var end int64
		end, err = strconv.ParseInt(to, 10, 64)
		last = min(end, last)
	}
	return first, last, err == nil && first <= last
}

// countingWriter notes status and bytes before the client can see them, and breaks the connection behind limit bytes.
type countingWriter struct {
	http.ResponseWriter
	mu    *sync.Mutex
	told  *ServerRequest
	limit int64
}

func (c *countingWriter) WriteHeader(status int) {
	c.mu.Lock()
	c.told.Status = status
	c.mu.Unlock()
	c.ResponseWriter.WriteHeader(status)
}

func (c *countingWriter) Write(p []byte) (int, error) {
	c.mu.Lock()
	cut := c.limit > 0 && c.told.Bytes+int64(len(p)) > c.limit
	if cut {
		p = p[:c.limit-c.told.Bytes]
	}
	c.told.Bytes += int64(len(p))
	c.mu.Unlock()
	n, err := c.ResponseWriter.Write(p)
	if cut {
		http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// Flush implements http.Flusher.
func (c *countingWriter) Flush() { _ = http.NewResponseController(c.ResponseWriter).Flush() }

// Unwrap lets http.ResponseController reach the connection.
func (c *countingWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func compress(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, err := z.Write(b)
	if err := errors.Join(err, z.Close()); err != nil {
		panic(err) // memory does not fail
	}
	return buf.Bytes()
}

func hexSHA256(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

package mirror

import (
	"io"
	"net/http"
	"sync"
)

// Counts is what a Server has answered.
type Counts struct {
	Pages       int64 `json:"pages"`        // sent in full
	NotModified int64 `json:"not_modified"` // 304, of whatever kind
	Metadata    int64 `json:"metadata"`
	Files       int64 `json:"files"`   // whole ones
	Ranges      int64 `json:"ranges"`  // parts of files
	Heads       int64 `json:"heads"`   // HEAD, of whatever kind
	Missing     int64 `json:"missing"` // 404
	Failed      int64 `json:"failed"`  // all other errors

	PageBytes     int64 `json:"page_bytes"` // of the bodies as they were sent, so compressed where that was asked for
	MetadataBytes int64 `json:"metadata_bytes"`
	FileBytes     int64 `json:"file_bytes"` // ranges too

	Behind int64 `json:"behind"` // requests to the indexes behind the mirror
}

// Requests is how many requests were answered in all.
func (c Counts) Requests() int64 {
	return c.Pages + c.NotModified + c.Metadata + c.Files + c.Ranges + c.Heads + c.Missing + c.Failed
}

// Bytes is how many bytes of bodies were sent.
func (c Counts) Bytes() int64 { return c.PageBytes + c.MetadataBytes + c.FileBytes }

// Take gives what was counted since the last call.
func (s *Server) Take() Counts {
	s.tally.mu.Lock()
	defer s.tally.mu.Unlock()
	c := s.tally.Counts
	s.tally.Counts = Counts{}
	return c
}

// tally is the running sum.
type tally struct {
	mu sync.Mutex
	Counts
}

// kind is what a request is for.
type kind int8

const (
	other kind = iota
	ofPage
	ofMetadata
	ofFile
)

// answer notes what is sent.
type answer struct {
	http.ResponseWriter
	kind   kind
	head   bool
	status int
	bytes  int64
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// ReadFrom implements io.ReaderFrom, so that a file goes from the disk to the connection without a way through this process.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(a.ResponseWriter, r)
	a.bytes += n
	return n, err
}

func (t *tally) add(a *answer) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case a.status == http.StatusNotFound:
		t.Missing++
	case a.status >= 400:
		t.Failed++
	case a.status == http.StatusNotModified:
		t.NotModified++
	case a.head:
		t.Heads++
	case a.status == http.StatusPartialContent:
		t.Ranges++
		t.FileBytes += a.bytes
	case a.kind == ofPage:
		t.Pages++
		t.PageBytes += a.bytes
	case a.kind == ofMetadata:
		t.Metadata++
		t.MetadataBytes += a.bytes
	case a.kind == ofFile:
		t.Files++
		t.FileBytes += a.bytes
	}
}

// counter counts what goes to the indexes.
type counter struct {
	http.RoundTripper
	tally *tally
}

func (c counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.tally.mu.Lock()
	c.tally.Behind++
	c.tally.mu.Unlock()
	return c.RoundTripper.RoundTrip(r)
}

// CloseIdleConnections passes the call on, where the other has it.
func (c counter) CloseIdleConnections() {
	if t, ok := c.RoundTripper.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

package mirror

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// MaxHeld bounds the pages that a Server holds in memory, in bytes of their JSON; those that were not asked for longest go first.
const MaxHeld = 256 << 20

// project is a page in memory, ready to be served.
type project struct {
	files map[string]*file // as recorded
	shown page
	json  []byte
	tag   string // ETag
	zip   func() []byte
	asked int64 // by shelf's clock
}

func newProject(recorded *page, noMetadata bool, before time.Time) *project {
	p := &project{files: make(map[string]*file, len(recorded.Files)), shown: *recorded}
	p.shown.Files = []file{}
	for i := range recorded.Files {
		f := &recorded.Files[i]
		p.files[f.Filename] = f
		if before.IsZero() || f.UploadTime != nil && f.UploadTime.Before(before) {
			p.shown.Files = append(p.shown.Files, f.shown(recorded.Name, noMetadata))
		}
	}
	p.json = marshal(&p.shown)
	sum := sha256.Sum256(p.json)
	p.tag = `"` + hex.EncodeToString(sum[:16]) + `"`
	p.zip = sync.OnceValue(func() []byte { return compress(p.json) })
	return p
}

// shown is a file as the mirror offers it: at an address of the mirror, with METADATA beside every wheel.
func (f *file) shown(of pep508.Name, noMetadata bool) file {
	out := *f
	out.URL = "../../files/" + string(of) + "/" + url.PathEscape(f.Filename)
	switch {
	case noMetadata:
		out.CoreMetadata = nil
	case f.CoreMetadata == nil && f.wheel():
		out.CoreMetadata = true
	}
	return out
}

func (f *file) wheel() bool { return strings.HasSuffix(f.Filename, ".whl") }

func marshal(p *page) []byte {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings, numbers and times of four-digit years
	}
	return b
}

func compress(b []byte) []byte {
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	_, err := z.Write(b)
	if err := errors.Join(err, z.Close()); err != nil {
		panic(err) // memory does not fail
	}
	return buf.Bytes()
}

// shelf holds projects, at most MaxHeld bytes of them. The zero shelf is empty.
type shelf struct {
	mu    sync.Mutex
	all   map[pep508.Name]*project
	bytes int
	clock int64
}

func (s *shelf) get(name pep508.Name) *project {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.all[name]
	if p != nil {
		s.clock++
		p.asked = s.clock
	}
	return p
}

func (s *shelf) put(name pep508.Name, p *project) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[pep508.Name]*project{}
	}
	if old := s.all[name]; old != nil {
		s.bytes -= len(old.json)
	}
	s.clock++
	p.asked = s.clock
	s.all[name] = p
	s.bytes += len(p.json)
	for s.bytes > MaxHeld && len(s.all) > 1 {
		s.dropOldest()
	}
}

func (s *shelf) dropOldest() {
	var oldest pep508.Name
	for name, p := range s.all {
		if oldest == "" || p.asked < s.all[oldest].asked {
			oldest = name
		}
	}
	s.bytes -= len(s.all[oldest].json)
	delete(s.all, oldest)
}

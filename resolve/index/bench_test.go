package index

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/require"
)

// A large project's page, out of the network and into files.
func BenchmarkPageCold(b *testing.B) {
	text := bigPage()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	r := &pageReader{}
	for b.Loop() {
		kept, err := r.read(strings.NewReader(text), typeJSON, "https://index.example/simple/foo/", "foo")
		if err != nil {
			b.Fatal(err)
		}
		if files, ok := filesOf(&page{kept: kept}); !ok || len(files) != 4000 {
			b.Fatal(len(files))
		}
	}
}

func filesOf(p *page) ([]dist.File, bool) {
	h := p.offer("foo", "https://index.example/simple/", &vocabulary{}, nil)
	if h == nil {
		return nil, false
	}
	return h.project().Files, true
}

// The same, out of the cache.
func BenchmarkPageWarm(b *testing.B) {
	c := &Client{Cache: cache(b)}
	kept := keptText(b, bigPage())
	c.Cache.putPage("https://index.example/simple/foo/", &page{kept: kept})
	b.SetBytes(int64(len(kept.sheet) + len(kept.records.text)))
	b.ReportAllocs()
	for b.Loop() {
		p := c.Cache.page("https://index.example/simple/foo/")
		if files, ok := filesOf(p); !ok || len(files) != 4000 {
			b.Fatal(len(files))
		}
	}
}

// METADATA with thirty requirements and a long description, out of the cache.
func BenchmarkMetadataWarm(b *testing.B) {
	w := resolvetest.Wheel{Name: "foo", Version: "1.0"}
	for i := range 30 {
		w.RequiresDist = append(w.RequiresDist, fmt.Sprintf(`dependency-%d>=%d.0; python_version >= "3.9" and extra == "x%d"`, i, i, i))
	}
	f := w.File()
	c := &Client{Cache: cache(b)}
	name, err := dist.ParseFilename(f.Name)
	require.NoError(b, err)
	file := dist.File{Filename: name, Artifact: dist.Artifact{File: f.Name, Hashes: map[string]string{"sha256": sum(f.Content)}}}
	text := w.Metadata() + strings.Repeat("A long description.\n", 1000)
	c.Cache.putProvisional(sum(f.Content), "", []byte(text))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if m, err := parseMetadata(file, c.Cache.metadata(sum(f.Content), "")); err != nil || len(m.RequiresDist) != 30 {
			b.Fatal(err)
		}
	}
}

// The same as BenchmarkPageWarm, in brief.
func BenchmarkListingWarm(b *testing.B) {
	c := &Client{Cache: cache(b)}
	kept := keptText(b, bigPage())
	c.Cache.putPage("https://index.example/simple/foo/", &page{kept: kept})
	b.SetBytes(int64(len(kept.sheet) + len(kept.records.text)))
	b.ReportAllocs()
	for b.Loop() {
		p := c.Cache.page("https://index.example/simple/foo/")
		if h := p.offer("foo", "https://index.example/simple/", &vocabulary{}, nil); h == nil || h.listing.Len() != 4000 {
			b.Fatal("not kept")
		}
	}
}

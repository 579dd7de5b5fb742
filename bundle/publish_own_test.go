package bundle

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"
	"weak"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// offered is a resolution whose texts are parts of one page.
func offered(t *testing.T) (*resolve.Resolution, weak.Pointer[byte]) {
	const file, other, digest = "lib-1.0RC1-3b-cp37-cp37m-win32.whl", "lib-01.0rc1-cp37-cp37m-win_amd64.whl", "900150983cd24fb0d6963f7d28e17f72"
	texts := []string{"lib", "https://index.example/" + file, "https://index.example/" + other, "withdrawn", "md5", digest}
	page := strings.Repeat(" ", 1<<16) + strings.Join(texts, " ")
	part := func(text string) string {
		at := strings.Index(page, text)
		require.GreaterOrEqual(t, at, 0)
		return page[at : at+len(text)]
	}
	named := func(file string) dist.File {
		name, err := dist.ParseFilename(part(file))
		require.NoError(t, err)
		return dist.File{Filename: name, Yanked: true, YankedReason: part("withdrawn"), MetadataHash: part(digest), Uploaded: time.Unix(1, 0),
			Artifact: dist.Artifact{File: part(file), URL: part("https://index.example/" + file), Size: 5, Hashes: map[string]string{part("md5"): part(digest)}}}
	}
	first := named(file)
	return &resolve.Resolution{Platform: resolve.Platform{Name: "windows"}, Pins: []resolve.Pin{
		{Name: pep508.Name(part("lib")), Version: first.Version, Files: []dist.File{first, named(other), {}}, RequiredBy: []resolve.Reason{{By: "app"}}},
	}}, weak.Make(unsafe.StringData(page))
}

func TestOwn(t *testing.T) {
	want, _ := offered(t)
	before, page := offered(t)
	got := own(before)
	assert.Equal(t, want, before, "it is the resolver's")
	assert.Equal(t, want, got)
	runtime.KeepAlive(before)
	runtime.GC()
	assert.Nil(t, page.Value(), "the page is held by what was made of it")
	assert.Equal(t, want, got)
}

package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keptText is the kept form of a JSON page of the project foo.
func keptText(t testing.TB, text string) string {
	r := &pageReader{}
	kept, err := r.read(strings.NewReader(text), typeJSON, "https://index.example/simple/foo/", "foo")
	require.NoError(t, err)
	return kept
}

// keptFiles are the files of a page of foo, which its listing has to have as well: all that it says, and what is read late.
func keptFiles(t testing.TB, p *page, index string) ([]dist.File, bool) {
	h := p.offer("foo", index, &vocabulary{})
	if h == nil {
		return nil, false
	}
	files, listing := h.project().Files, h.listing
	want := dist.NewListing(&dist.Project{Name: "foo", Files: files})
	require.Equal(t, want.Len(), listing.Len())
	for i := range listing.Len() {
		require.Equal(t, want.File(i), listing.File(i))
		require.Equal(t, want.File(i).Kind, listing.Kind(i))
		require.Equal(t, want.File(i).Version.ExactKey(), listing.Version(i).ExactKey())
		require.Equal(t, want.File(i).Build, *listing.Build(i))
		require.Equal(t, want.File(i).Tags, listing.Tags(i))
		require.Equal(t, want.File(i).RequiresPython, *listing.RequiresPython(i))
		require.Equal(t, want.File(i).Yanked, listing.Yanked(i))
		require.Equal(t, want.File(i).Uploaded, listing.Uploaded(i))
	}
	return files, true
}

func TestKeptPage(t *testing.T) {
	p := &page{etag: `"x"`, modified: "Fri, 01 Jan 2021 00:00:00 GMT", stored: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), maxAge: 600, kept: keptText(t, `{"files": [
		{"filename": "foo-1.10.tar.gz", "url": "https://files.example/foo-1.10.tar.gz", "hashes": {"sha256": "`+digest+`", "other": "x"}, "size": 7},
		{"filename": "foo-1.9-cp37-cp37m-win32.whl", "url": "https://files.example/x?y=1", "hashes": {"md5": "900150983CD24FB0D6963F7D28E17F72"}, "yanked": "bad", "requires-python": ">=3.6", "core-metadata": true},
		{"filename": "foo-1.9-1-cp37-cp37m-win32.whl", "url": "foo-1.9-1-cp37-cp37m-win32.whl", "upload-time": "1950-01-02T03:04:05.678Z", "requires-python": ">=3.6", "yanked": true, "size": 0,
		 "core-metadata": {"sha256": "`+digest+`"}},
		{"filename": "foo-1.0.zip", "url": "https://files.example/foo-1.0.zip", "requires-python": "nonsense", "upload-time": "2021-01-02T03:04:05+01:00"}]}`)}
	q := unmarshalPage(string(p.marshal()) + p.kept)
	require.Equal(t, p, q)
	files, ok := keptFiles(t, q, "https://index.example/simple/")
	require.True(t, ok)
	var names []string
	for _, f := range files {
		names = append(names, f.File)
		assert.Equal(t, "https://index.example/simple/", f.Index)
	}
	assert.Equal(t, []string{"foo-1.0.zip", "foo-1.9-cp37-cp37m-win32.whl", "foo-1.9-1-cp37-cp37m-win32.whl", "foo-1.10.tar.gz"}, names, "by version")

	first, second, third, last := files[0], files[1], files[2], files[3]
	assert.Equal(t, time.Date(2021, 1, 2, 2, 4, 5, 0, time.UTC), first.Uploaded)
	assert.True(t, first.RequiresPython.IsEmpty())
	assert.Equal(t, dist.Artifact{File: "foo-1.0.zip", URL: "https://files.example/foo-1.0.zip", Size: -1}, first.Artifact)
	assert.Equal(t, dist.Artifact{File: "foo-1.9-cp37-cp37m-win32.whl", URL: "https://files.example/x?y=1", Size: -1, Hashes: map[string]string{"md5": "900150983cd24fb0d6963f7d28e17f72"}}, second.Artifact)
	assert.True(t, second.Yanked)
	assert.Equal(t, "bad", second.YankedReason)
	assert.Equal(t, "true", second.MetadataHash)
	assert.Equal(t, ">=3.6", second.RequiresPython.String())
	assert.Equal(t, "1", third.Build.String())
	assert.Equal(t, "https://index.example/simple/foo/foo-1.9-1-cp37-cp37m-win32.whl", third.URL)
	assert.EqualValues(t, 0, third.Size)
	assert.True(t, third.Yanked)
	assert.Empty(t, third.YankedReason)
	assert.Equal(t, digest, third.MetadataHash)
	assert.Equal(t, time.Date(1950, 1, 2, 3, 4, 5, 678e6, time.UTC), third.Uploaded)
	assert.Equal(t, map[string]string{"sha256": digest, "other": "x"}, last.Hashes)
	assert.EqualValues(t, 7, last.Size)

	other := q.offer("bar", "", &vocabulary{}).project().Files
	require.Len(t, other, 4)
	for _, f := range other {
		assert.Equal(t, dist.Artifact{Size: -1}, f.Artifact, "of another project: nothing can be fetched by it")
	}
	p.kept, p.absent = "", true
	assert.Equal(t, p, unmarshalPage(string(p.marshal())+p.kept))
}

// What is cut short or longer than it says is no page.
func TestKeptPageDamaged(t *testing.T) {
	p := &page{maxAge: -1, stored: time.Unix(0, 0).UTC(), kept: keptText(t, `{"files": [{"filename": "foo-1.0.zip", "url": "https://files.example/foo-1.0.zip", "requires-python": ">=3.6"}]}`)}
	whole := string(p.marshal()) + p.kept
	for n := range len(whole) {
		if q := unmarshalPage(whole[:n]); q != nil {
			_, ok := keptFiles(t, q, "")
			assert.False(t, ok, "%d of %d bytes", n, len(whole))
		}
	}
	_, ok := keptFiles(t, unmarshalPage(whole+"x"), "")
	assert.False(t, ok)
}

// manyTags are the names of wheels that stand for a thousand tags each, no two for the same, and for more than maxTags in all.
func manyTags() (sets []string) {
	const ten = "a0.a1.a2.a3.a4.a5.a6.a7.a8.a9"
	for i := range maxTags/1000 + 2 {
		sets = append(sets, ten+"-"+ten+"-"+strings.ReplaceAll(ten, "a", fmt.Sprintf("p%dx", i)))
	}
	return sets
}

func TestParseJSONManyTags(t *testing.T) {
	var b strings.Builder
	for i, set := range manyTags() {
		fmt.Fprintf(&b, `, {"filename": "foo-1.%d-%s.whl", "url": "x"}`, i, set)
	}
	_, err := read(t, typeJSON, "https://index.example/simple/foo/", `{"files": [`+b.String()[1:]+`]}`)
	require.ErrorContains(t, err, "more tags than such a page has")
}

// What would take much more memory than it has bytes is no page.
func TestKeptPageHostile(t *testing.T) {
	sets := &numbered{}
	sets.reset()
	for _, set := range manyTags() {
		sets.number([]byte(set))
	}
	_, tagged := keptFiles(t, &page{kept: string(sets.append([]byte{0})) + "\x00\x00"}, "")
	assert.False(t, tagged, "tags")
	for name, counts := range map[string][]uint64{
		"specifiers": {1 << 20}, "files": {0, 1 << 20}, "more than a number": {0, math.MaxUint64},
	} {
		var b []byte
		for _, n := range counts {
			b = binary.AppendUvarint(b, n)
		}
		_, ok := keptFiles(t, &page{kept: string(b) + strings.Repeat("\x00", 8<<20)}, "")
		assert.False(t, ok, name)
	}
	var hashes strings.Builder
	for i := range 2 * maxHashes {
		fmt.Fprintf(&hashes, `"x%d": "y", `, i)
	}
	files, ok := keptFiles(t, &page{kept: keptText(t, `{"files": [{"filename": "foo-1.0.zip", "url": "x", "hashes": {`+hashes.String()+`"sha256": "`+digest+`"}}]}`)}, "")
	require.True(t, ok)
	assert.Len(t, files[0].Hashes, maxHashes+1)
	assert.Equal(t, digest, files[0].Hashes["sha256"])
}

func FuzzUnmarshalPage(f *testing.F) {
	p := &page{etag: "x", maxAge: 600, stored: time.Unix(1e9, 5), kept: keptText(f, `{"files": [{"filename": "foo-1.0.zip", "url": "https://files.example/foo-1.0.zip", "hashes": {"sha256": "`+digest+`", "md5": "900150983cd24fb0d6963f7d28e17f72"},
		"upload-time": "2021-01-02T03:04:05Z", "requires-python": ">=3.6", "yanked": "x", "core-metadata": true}, {"filename": "foo-2-py3-none-any.whl", "url": "https://files.example/"}]}`)}
	f.Add(append(p.marshal(), p.kept...))
	f.Add((&page{absent: true}).marshal())
	f.Fuzz(func(t *testing.T, b []byte) {
		p := unmarshalPage(string(b))
		if p == nil {
			return
		}
		p.fresh(time.Now(), 0)
		require.Less(t, p.maxAge, int64(math.MaxInt64))
		files, ok := keptFiles(t, p, "")
		if !ok {
			return
		}
		require.LessOrEqual(t, len(files), len(b)/(leastLine+leastRecord))
		for _, file := range files {
			require.EqualValues(t, "foo", file.Name)
			if name, err := dist.ParseFilenameOf("foo", file.File); err == nil {
				require.Equal(t, name, file.Filename)
			} else {
				require.Equal(t, dist.Artifact{Size: -1}, file.Artifact)
			}
		}
		require.Equal(t, p, unmarshalPage(string(p.marshal())+p.kept))
	})
}

package index

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keptText is the kept form of a JSON page of the project foo.
func keptText(t testing.TB, text string) keptForm {
	r := &pageReader{}
	kept, err := r.read(strings.NewReader(text), typeJSON, "https://index.example/simple/foo/", "foo")
	require.NoError(t, err)
	return kept
}

// keptFiles are the files of a page of foo, which its listing has to have as well: all that it says, and what is read late.
func keptFiles(t testing.TB, p *page, index string) ([]dist.File, bool) {
	h := p.offer("foo", index, &vocabulary{}, nil)
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

// remade is a page out of its kept form.
func remade(p *page) *page {
	q := unmarshalPage(string(p.marshal()) + p.kept.sheet)
	q.kept.records = p.kept.records
	return q
}

func TestKeptPage(t *testing.T) {
	p := &page{etag: `"x"`, modified: "Fri, 01 Jan 2021 00:00:00 GMT", stored: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), maxAge: 600, kept: keptText(t, `{"files": [
		{"filename": "foo-1.10.tar.gz", "url": "https://files.example/foo-1.10.tar.gz", "hashes": {"sha256": "`+aSHA256+`", "other": "x"}, "size": 7},
		{"filename": "foo-1.9-cp37-cp37m-win32.whl", "url": "https://files.example/x?y=1", "hashes": {"md5": "900150983CD24FB0D6963F7D28E17F72"}, "yanked": "bad", "requires-python": ">=3.6", "core-metadata": true},
		{"filename": "foo-1.9-1-cp37-cp37m-win32.whl", "url": "foo-1.9-1-cp37-cp37m-win32.whl", "upload-time": "1950-01-02T03:04:05.678Z", "requires-python": ">=3.6", "yanked": true, "size": 0,
		 "core-metadata": {"sha256": "`+aSHA256+`"}},
		{"filename": "foo-1.0.zip", "url": "https://files.example/foo-1.0.zip", "requires-python": "nonsense", "upload-time": "2021-01-02T03:04:05+01:00"}]}`)}
	q := remade(p)
	require.Equal(t, p, q)
	files, ok := keptFiles(t, q, "https://index.example/simple/")
	require.True(t, ok)
	var names []string
	for _, f := range files {
		names = append(names, f.File)
		assert.Equal(t, "https://index.example/simple/", f.Index)
	}
	assert.Equal(t, []string{"foo-1.0.zip", "foo-1.9-1-cp37-cp37m-win32.whl", "foo-1.9-cp37-cp37m-win32.whl", "foo-1.10.tar.gz"}, names, "by version and name")

	first, second, third, last := files[0], files[2], files[1], files[3]
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
	assert.Equal(t, aSHA256, third.MetadataHash)
	assert.Equal(t, time.Date(1950, 1, 2, 3, 4, 5, 678e6, time.UTC), third.Uploaded)
	assert.Equal(t, map[string]string{"sha256": aSHA256, "other": "x"}, last.Hashes)
	assert.EqualValues(t, 7, last.Size)

	other := q.offer("bar", "", &vocabulary{}, nil).project().Files
	require.Len(t, other, 4)
	for _, f := range other {
		assert.Equal(t, dist.Artifact{Size: -1}, f.Artifact, "of another project: nothing can be fetched by it")
	}
	p.kept, p.absent = keptForm{}, true
	assert.Equal(t, p, remade(p))
}

// What is cut short or longer than it says is no page.
func TestKeptPageDamaged(t *testing.T) {
	p := &page{maxAge: -1, stored: time.Unix(0, 0).UTC(), kept: keptText(t, `{"files": [{"filename": "foo-1.0.zip", "url": "https://files.example/foo-1.0.zip", "requires-python": ">=3.6"}]}`)}
	whole, records := string(p.marshal())+p.kept.sheet, p.kept.records.text
	for n := range len(whole) {
		if q := unmarshalPage(whole[:n]); q != nil {
			q.kept.records.text = records
			_, ok := keptFiles(t, q, "")
			assert.False(t, ok, "%d of %d bytes", n, len(whole))
		}
	}
	for _, damaged := range []string{"", records[1:], records + "x"} {
		p.kept.records.text = damaged
		_, ok := keptFiles(t, p, "")
		assert.False(t, ok)
	}
	p.kept.records.text = records
	for i := range records {
		p.kept.records.text = records[:i] + string([]byte{records[i] ^ 1}) + records[i+1:]
		files, ok := keptFiles(t, p, "")
		require.True(t, ok)
		assert.Equal(t, dist.Artifact{Size: -1}, files[0].Artifact, "byte %d of a record: nothing can be fetched by it", i)
	}
	p.kept.sheet, p.kept.records.text = p.kept.sheet+"x", records
	_, ok := keptFiles(t, p, "")
	assert.False(t, ok)
}

// TestKeptPageKeys: kept pages have keys of versions in them. Where those change, pagesFolder has to.
func TestKeptPageKeys(t *testing.T) {
	k := keptText(t, `{"files": [{"filename": "foo-1!2.0RC1.post2.dev3+Ubuntu.1.zip", "url": "x"}, {"filename": "foo-1000.1.zip", "url": "x"}, {"filename": "foo-1.0.zip", "url": "x"}, {"filename": "foo-1.0.0.zip", "url": "x"}]}`)
	r := (&page{kept: k}).records("foo", "", &vocabulary{}, nil)
	require.NotNil(t, r)
	var keys []string
	for i, release := range r.sheet.Releases {
		keys = append(keys, r.sheet.ExactKey(i))
		assert.Equal(t, r.sheet.VersionOf(i).ExactKey(), keys[i])
		assert.Equal(t, i == 1, release.Again)
		assert.Equal(t, i == 3, release.Prerelease)
	}
	assert.Equal(t, []string{
		"\x10\x11\x05\x02\x001.0", "\x10\x11\x05\x02\x001.0.0", "\x10\xd9\x03\xe8\x11\x05\x02\x001000.1",
		"\x11\x12\x04\x11\x03\x12\x01\x13\x01\x02ubuntu\x01\x11\x001!2.0rc1.post2.dev3+ubuntu.1",
	}, keys)
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
	_, tagged := keptFiles(t, &page{kept: keptForm{sheet: string(sets.append([]byte{0})) + "\x00\x00\x00"}}, "")
	assert.False(t, tagged, "tags")
	for name, counts := range map[string][]uint64{
		"specifiers": {1 << 20}, "lines": {0, 0, 1 << 20}, "releases": {0, 0, 0, 0, 1 << 20}, "files of a shape": {0, 0, 0, 1, 1 << 20}, "more than a number": {0, math.MaxUint64},
	} {
		var b []byte
		for _, n := range counts {
			b = binary.AppendUvarint(b, n)
		}
		_, ok := keptFiles(t, &page{kept: keptForm{sheet: string(b) + strings.Repeat("\x00", 8<<20)}}, "")
		assert.False(t, ok, name)
	}
	var hashes strings.Builder
	for i := range 2 * maxHashes {
		fmt.Fprintf(&hashes, `"x%d": "y", `, i)
	}
	files, ok := keptFiles(t, &page{kept: keptText(t, `{"files": [{"filename": "foo-1.0.zip", "url": "x", "hashes": {`+hashes.String()+`"sha256": "`+aSHA256+`"}}]}`)}, "")
	require.True(t, ok)
	assert.Len(t, files[0].Hashes, maxHashes+1)
	assert.Equal(t, aSHA256, files[0].Hashes["sha256"])
}

func FuzzUnmarshalPage(f *testing.F) {
	p := &page{etag: "x", maxAge: 600, stored: time.Unix(1e9, 5), kept: keptText(f, `{"files": [{"filename": "foo-1.0.zip", "url": "https://files.example/foo-1.0.zip", "hashes": {"sha256": "`+aSHA256+`", "md5": "900150983cd24fb0d6963f7d28e17f72"},
		"upload-time": "2021-01-02T03:04:05Z", "requires-python": ">=3.6", "yanked": "x", "core-metadata": true}, {"filename": "foo-2-py3-none-any.whl", "url": "https://files.example/"}]}`)}
	f.Add(append(p.marshal(), p.kept.sheet...), p.kept.records.text)
	f.Add((&page{absent: true}).marshal(), "")
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		p := unmarshalPage(string(b))
		if p == nil {
			return
		}
		p.fresh(time.Now(), 0)
		require.Less(t, p.maxAge, int64(math.MaxInt64))
		p.kept.records.text = text
		h := p.offer("foo", "", &vocabulary{}, nil)
		if h == nil {
			return
		}
		files := h.project().Files
		require.Len(t, files, h.listing.Len())
		require.LessOrEqual(t, len(files), len(text)/leastRecord)
		for i, file := range files {
			require.Equal(t, file, *h.listing.File(i))
			require.EqualValues(t, "foo", file.Name)
			if name, err := dist.ParseFilenameOf("foo", file.File); err == nil {
				require.Equal(t, name, file.Filename)
				require.Equal(t, file.Uploaded, h.listing.Uploaded(i))
			} else {
				require.Equal(t, dist.Artifact{Size: -1}, file.Artifact)
			}
		}
		require.Equal(t, p, remade(p))
	})
}

// TestKeptRecords: what becomes of a page's file after its releases were read does no harm.
func TestKeptRecords(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(t *testing.T, c *Client, path, address string)
		offline bool
		fetched int  // pages, after the first
		lost    bool // the file has no address
	}{
		"nothing":          {change: func(*testing.T, *Client, string, string) {}},
		"nothing, offline": {change: func(*testing.T, *Client, string, string) {}, offline: true},
		"renewed": {change: func(t *testing.T, c *Client, path, address string) {
			p := c.Cache.page(address)
			p.etag += "longer than before"
			c.Cache.putPage(address, p)
		}, offline: true},
		"deleted":          {change: func(t *testing.T, c *Client, path, address string) { require.NoError(t, os.Remove(path)) }, fetched: 1},
		"deleted, offline": {change: func(t *testing.T, c *Client, path, address string) { require.NoError(t, os.Remove(path)) }, offline: true, lost: true},
		"zeros":            {change: zeroRecords, fetched: 1},
		"zeros, offline":   {change: zeroRecords, offline: true, lost: true},
		"another project's": {change: func(t *testing.T, c *Client, path, address string) {
			c.Cache.putPage(address, &page{stored: time.Now(), maxAge: 600, kept: keptText(t, `{"files": [{"filename": "foo-7.0.zip", "url": "https://files.example/foo-7.0.zip"}]}`)})
		}, offline: true, lost: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &resolvetest.Server{}
			h := start(t, s)
			s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
			s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "2.0"})
			shared := cache(t)
			first, _ := client(t, h)
			first.Cache = shared
			_, err := first.Project(t.Context(), "foo")
			require.NoError(t, err)

			c, seen := client(t, h)
			c.Cache, c.Offline = shared, test.offline
			list, err := c.Listing(t.Context(), "foo")
			require.NoError(t, err)
			address := c.URLs[0] + "/foo/"
			test.change(t, c, shared.pagePath(address), address)
			f := list.File(1)
			assert.Equal(t, "2.0", f.Version.String())
			assert.Equal(t, test.lost, f.URL == "")
			assert.Equal(t, test.lost, f.Hashes["sha256"] == "")
			assert.Equal(t, f, list.File(1))
			assert.Len(t, seen.of(ForPage, false), test.fetched)
		})
	}
}

// zeroRecords is what a crash may leave of a file that was renamed into place.
func zeroRecords(t *testing.T, c *Client, path, address string) {
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	clear(b[c.Cache.page(address).kept.records.at:])
	require.NoError(t, os.WriteFile(path, b, 0o644))
}

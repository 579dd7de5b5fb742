package index

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const aSHA256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

func read(t testing.TB, kind, at, text string) ([]dist.File, error) {
	r := &pageReader{}
	var in io.Reader = strings.NewReader(text)
	if len(text) < 1<<12 {
		in = iotest.OneByteReader(in)
	}
	kept, err := r.read(in, kind, at, "foo")
	if err != nil {
		return nil, err
	}
	files, ok := keptFiles(t, &page{kept: kept}, "https://index.example/")
	require.True(t, ok)
	return files, nil
}

func TestParseJSON(t *testing.T) {
	files, err := read(t, typeJSON, "https://index.example/simple/foo/", `{
		"name": "foo", "alternate-locations": [{"a": [null, true, false, -1.5e+3, "x\"y"]}], "meta": {"_last-serial": 1, "api-version": "1.1"}, "versions": ["1.0"],
		"files": [
		{"filename": "foo-1.0-py3-none-any.whl", "url": "https://files.example/foo-1.0-py3-none-any.whl", "hashes": {"sha256": "`+strings.ToUpper(aSHA256)+`", "md5": "short"},
		 "requires-python": ">=3.7", "size": 12, "upload-time": "2021-01-02T03:04:05.678Z", "yanked": null, "core-metadata": {"sha256": "`+aSHA256+`"}, "dist-info-metadata": true},
		{"filename": "foo-1.1-py3-none-any.whl", "url": "../../files/foo-1.1-py3-none-any.whl?x=1", "hashes": {}, "requires-python": ">=3.x", "yanked": "broken\u0021", "dist-info-metadata": true, "core-metadata": false},
		{"filename": "foo-1.2+local.1-py3-none-any.whl", "url": "/f/foo-1.2%2Blocal.1-py3-none-any.whl", "hashes": {"sha512": 5}, "size": "12", "yanked": "", "upload-time": "yesterday", "core-metadata": true},
		{"filename": "foo-1.3-2.tar.gz", "url": "https://user:secret@files.example/x", "yanked": true, "size": -1, "requires-python": null},
		{"filename": "bar-1.0.tar.gz", "url": "https://files.example/x"},
		{"filename": "foo-1.0.exe", "url": "https://files.example/x"},
		{"filename": "foo-1.4.tar.gz", "url": "file:///etc/passwd"},
		{"filename": "foo-1.5.tar.gz", "url": "http://files.example/x"},
		{"filename": "foo-1.6.tar.gz", "url": "http://[::1/%zz"},
		{"filename": "../foo-1.7.zip", "url": "https://files.example/x"},
		{"filename": "foo-1.8.tar.gz"}, {}
		]}`)
	require.NoError(t, err)
	require.Len(t, files, 5)
	f := files[0]
	assert.Equal(t, dist.Artifact{File: "foo-1.0-py3-none-any.whl", URL: "https://files.example/foo-1.0-py3-none-any.whl", Size: 12, Hashes: map[string]string{"sha256": aSHA256}}, f.Artifact)
	assert.Equal(t, "1.0", f.Version.String())
	assert.False(t, f.RequiresPython.Contains(pep440.MustParse("3.6")))
	assert.Equal(t, time.Date(2021, 1, 2, 3, 4, 5, 678e6, time.UTC), f.Uploaded)
	assert.False(t, f.Yanked)
	assert.Equal(t, aSHA256, f.MetadataHash)
	assert.Equal(t, "https://index.example/", f.Index)

	f = files[1]
	assert.Equal(t, "https://index.example/files/foo-1.1-py3-none-any.whl?x=1", f.URL)
	assert.True(t, f.RequiresPython.IsEmpty(), "an invalid one is as none")
	assert.True(t, f.Yanked)
	assert.Equal(t, "broken!", f.YankedReason)
	assert.Equal(t, "true", f.MetadataHash, "the older name counts where the newer says nothing")
	assert.EqualValues(t, -1, f.Size)

	f = files[2]
	assert.Equal(t, "https://index.example/f/foo-1.2%2Blocal.1-py3-none-any.whl", f.URL)
	assert.False(t, f.Yanked, "an empty reason is not truthy")
	assert.True(t, f.Uploaded.IsZero())
	assert.False(t, f.Trusted())
	assert.Equal(t, "true", f.MetadataHash)

	f = files[3]
	assert.Equal(t, "1.3.post2", f.Version.String())
	assert.Equal(t, "https://files.example/x", f.URL, "no credentials")
	assert.True(t, f.Yanked)
	assert.Empty(t, f.YankedReason)
	assert.EqualValues(t, -1, f.Size)
	assert.Empty(t, f.MetadataHash)

	assert.Equal(t, "https://index.example/simple/foo/", files[4].URL, "an empty address is the page: it has no hash, so nobody fetches it")
	assert.False(t, files[4].Trusted())
}

func TestParseJSONInvalid(t *testing.T) {
	for text, reason := range map[string]string{
		``:                                  "expected '{'",
		`[]`:                                "expected '{'",
		`{}`:                                "no files",
		`{"error": "log in first"}`:         "no files",
		`{"files": []`:                      "expected ','",
		`{"files": [}`:                      "expected '{'",
		`{"files": [{}, ]}`:                 "expected '{'",
		`{"files": [{"url": "x}]}`:          "does not end",
		"{\"files\": [{\"url\": \"\n\"}]}":  "control character",
		`{"files": [{"url": "\x"}]}`:        "bad escape",
		`{"files": [{"size": 01}]}`:         "expected ','",
		`{"files": [{"size": -}]}`:          "bad number",
		`{"files": [{"size": 1.}]}`:         "bad number",
		`{"files": [{"size": 1e}]}`:         "bad number",
		`{"files": [{"yanked": maybe}]}`:    "expected a value",
		`{"files": [{'url': 1}]}`:           "expected a string",
		`{"files": {}}`:                     "expected '['",
		`{"files": []} x`:                   "more follows",
		`{"meta": {"api-version": "2.0"}}`:  "version 2.0",
		`{"x": ` + strings.Repeat("[", 999): "nested too deep",
		"{\"files\": [], \"\xff\": 1}":      "not UTF-8",
	} {
		_, err := read(t, typeJSON, "https://index.example/simple/foo/", text)
		var pe *PageError
		require.ErrorAs(t, err, &pe, text)
		assert.ErrorContains(t, err, reason, text)
		assert.ErrorContains(t, err, "https://index.example/simple/foo/")
	}
}

func TestParseHTML(t *testing.T) {
	files, err := read(t, "text/html; charset=utf-8", "https://index.example/simple/foo/", `<!DOCTYPE html>
<html><HEAD><meta name="pypi:repository-version" content="1.3"><base href="/files/"><base href="/ignored/"></HEAD><body>
<!-- <a href="foo-0.1.tar.gz">commented out</a> -->
<abbr>no anchor</abbr> 1 < 2 <a name="x">no link</a>
<a href="foo-1.0-py3-none-any.whl#sha256=`+aSHA256+`" data-requires-python="&gt;=3.7" data-core-metadata="sha256=`+aSHA256+`" data-dist-info-metadata="true">foo-1.0</a><br/>
<A DATA-YANKED HREF='../p/foo-1.1%2Babc-py3-none-any.whl#egg=foo&amp;md5=900150983cd24fb0d6963f7d28e17f72' data-dist-info-metadata=true
   data-requires-python='&lt;4,&#62;3'>x</A>
<a href=https://files.example/foo-1.2.zip data-yanked="&quot;bad&quot;" data-core-metadata="sha512=00" href="second">y</a>
<a href="foo-1.3.tar.gz" data-core-metadata="false" data-gpg-sig="true"/>
<a href="javascript:alert(1)//foo-1.4.tar.gz">z</a> <a href="http://files.example/foo-1.5.tar.gz">plain</a><a href="foo-1.6.tar.gz`)
	require.NoError(t, err)
	require.Len(t, files, 5)
	f := files[0]
	assert.Equal(t, "https://index.example/files/foo-1.0-py3-none-any.whl", f.URL)
	assert.Equal(t, map[string]string{"sha256": aSHA256}, f.Hashes)
	assert.Equal(t, aSHA256, f.MetadataHash)
	assert.False(t, f.Yanked)
	assert.False(t, f.RequiresPython.Contains(pep440.MustParse("3.6")))
	f = files[1]
	assert.Equal(t, "foo-1.1+abc-py3-none-any.whl", f.File)
	assert.Equal(t, "1.1+abc", f.Version.String())
	assert.Equal(t, "https://index.example/p/foo-1.1%2Babc-py3-none-any.whl", f.URL)
	assert.Equal(t, map[string]string{"md5": "900150983cd24fb0d6963f7d28e17f72"}, f.Hashes)
	assert.True(t, f.Yanked, "the attribute alone yanks")
	assert.Equal(t, "true", f.MetadataHash)
	assert.False(t, f.RequiresPython.Contains(pep440.MustParse("4.0")))
	f = files[2]
	assert.Equal(t, "https://files.example/foo-1.2.zip", f.URL)
	assert.Equal(t, `"bad"`, f.YankedReason)
	assert.Equal(t, "true", f.MetadataHash, "a hash that is not sha256 offers it all the same")
	assert.Empty(t, files[3].MetadataHash)
	assert.Equal(t, "1.6", files[4].Version.String(), "a page that breaks off in a tag")

	_, err = read(t, "text/html", "https://index.example/simple/foo/", `<meta content="2.0" name="pypi:repository-version">`)
	assert.ErrorContains(t, err, "version 2.0")
	files, err = read(t, "text/html", "https://index.example/simple/foo/", "\xff<a href=foo-1.0.zip>")
	require.NoError(t, err)
	assert.Len(t, files, 1)
}

func TestPageType(t *testing.T) {
	for _, c := range []struct {
		kind, text string
		json, ok   bool
	}{
		{"application/vnd.pypi.simple.v1+json", "", true, true},
		{"application/json; charset=utf-8", "", true, true},
		{"application/vnd.pypi.simple.v1+html", "", false, true},
		{"TEXT/HTML", "{", false, true},
		{"", "  {}", true, true},
		{"", "\ufeff<html>", false, true},
		{"text/plain", "hello", false, false},
		{"application/octet-stream", "<a>", false, true},
		{"application/vnd.pypi.simple.v2+json", "{", false, false},
		{"image/png", "{", false, false},
	} {
		isJSON, ok := isJSON(c.kind, []byte(c.text))
		assert.Equal(t, c.ok, ok, "%q %q", c.kind, c.text)
		assert.Equal(t, c.json, isJSON, "%q %q", c.kind, c.text)
	}
	_, err := read(t, "image/png", "https://index.example/simple/foo/", "x")
	assert.ErrorContains(t, err, "is this the address of one?")
}

func TestPageFresh(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		control, age string
		ttl, after   time.Duration
		fresh        bool
	}{
		{"", "", 0, DefaultPageTTL - 1, true},
		{"", "", 0, DefaultPageTTL, false},
		{"", "", time.Hour, time.Hour - 1, true},
		{"", "", -1, 0, false},
		{"", "", 0, -time.Second, false},
		{"max-age=60", "", time.Hour, 59 * time.Second, true},
		{"public, Max-Age=60", "", time.Hour, 60 * time.Second, false},
		{"max-age=60", "", -1, 0, false},
		{"max-age=60", "50", 0, 9 * time.Second, true},
		{"max-age=60", "50", 0, 10 * time.Second, false},
		{"max-age=60", "99", 0, 0, false},
		{"no-cache, max-age=60", "", time.Hour, 0, false},
		{"max-age=soon", "", time.Hour, time.Minute, true},
	} {
		p, store := newPage(&transport.Page{Header: http.Header{"Cache-Control": {c.control}, "Age": {c.age}}}, nil, now)
		assert.True(t, store)
		assert.Equal(t, c.fresh, p.fresh(now.Add(c.after), c.ttl), "%+v", c)
	}
	_, store := newPage(&transport.Page{Header: http.Header{"Cache-Control": {"max-age=60", "no-store"}}}, nil, now)
	assert.False(t, store)
}

// Whatever is JSON and has files is read, whatever is not is refused, and both readers see the same files.
func FuzzParseJSON(f *testing.F) {
	f.Add(`{"meta":{"api-version":"1.0"},"name":"foo","files":[{"filename":"foo-1.0.zip","url":"x","hashes":{"sha256":"` + aSHA256 + `"},"size":1,"yanked":"a\u00e9\ud83d\ude00"}]}`)
	f.Add(`{"files":[],"x":[1.5e-3,null,true,false,{"a":[{}]}]}`)
	f.Add(`{"files":[{"filename":"foo-1.0-py3-none-any.whl","url":"https://x/y","filename":"foo-2-py3-none-any.whl"}]} `)
	f.Fuzz(func(t *testing.T, text string) {
		files, err := read(t, typeJSON, "https://index.example/simple/foo/", text)
		if err != nil {
			var pe *PageError
			require.ErrorAs(t, err, &pe)
			return
		}
		require.True(t, json.Valid([]byte(text)), "accepted: %q", text)
		for _, file := range files {
			require.Equal(t, "foo", string(file.Name))
			require.True(t, strings.HasPrefix(file.URL, "https://"), file.URL)
			require.NotContains(t, file.File, "/")
		}
	})
}

func FuzzSkipJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2,{"b":null}],"c":"\u0041\n"}`, `-0.5e+10`, `"\ud800"`, `[[],{}]`, ` true `, `01`, `1.`, `"a`, `[1,]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &scanner{}
		s.reset(iotest.OneByteReader(strings.NewReader(text)))
		s.skip(0)
		ok := s.peek() == 0 && s.err == nil && s.at == len(s.buf)
		if strings.Count(text, "[")+strings.Count(text, "{") <= maxDepth && utf8.ValidString(text) {
			require.Equal(t, json.Valid([]byte(text)), ok, "%q", text)
		}
	})
}

func FuzzUnescape(f *testing.F) {
	for _, s := range []string{`\u0041\n\"\\\/\b\f\r\t`, `\ud83d\ude00`, `\ud83d`, `\ud83dx`, `\ud83d\u0041`, `\ude00\ud83d\ude00`, `\uzzzz`, `\u00`, `\x`, `\ud83d\uzzzz`, `\ud83d\`, `\u+123`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &scanner{buf: []byte(`"` + text + `"`)}
		got := string(s.string())
		if s.err != nil || s.at < len(s.buf) || !utf8.ValidString(text) {
			require.False(t, utf8.ValidString(text) && json.Valid([]byte(`"`+text+`"`)), "refused: %q", text)
			return
		}
		var want string
		require.NoError(t, json.Unmarshal([]byte(`"`+text+`"`), &want))
		require.Equal(t, want, got)
	})
}

func FuzzParseHTML(f *testing.F) {
	f.Add(`<base href="x"><a href="foo-1.0.zip#sha256=` + aSHA256 + `" data-yanked>`)
	f.Add(`<!-- <a href='foo-1.0-py3-none-any.whl' data-requires-python="&gt;=3" =x / >`)
	f.Fuzz(func(t *testing.T, text string) {
		files, err := read(t, typeHTML, "https://index.example/simple/foo/", text)
		if err != nil {
			var pe *PageError
			require.ErrorAs(t, err, &pe)
		}
		for _, file := range files {
			require.Equal(t, "foo", string(file.Name))
			require.True(t, strings.HasPrefix(file.URL, "https://"), file.URL)
			require.NotContains(t, file.URL, "#")
		}
	})
}

// What is resolved without a parser is as the parser has it.
func FuzzResolve(f *testing.F) {
	for _, s := range []string{"../../files/foo/foo-1.0.zip", "/files/foo-1.0.zip", "//files.example:80/x", "https://files.example:443/a+b/~c", "http://127.0.0.1:8181/files/x", "a/../b/..", "./.", "https://a/b/../c", "x:y/z", "#sha256=0", "?a/b", "//0"} {
		f.Add(s, "https://index.example/simple/foo/")
		f.Add(s, "http://index.example/simple/foo")
	}
	f.Fuzz(func(t *testing.T, link, at string) {
		base, err := url.Parse(at)
		if err != nil || base.Host == "" || base.Opaque != "" || base.Scheme != "http" && base.Scheme != "https" {
			return
		}
		b := &builder{}
		b.reset("foo", base)
		for range 2 {
			e := &entry{url: []byte(link)}
			ok := b.resolve(e)
			if isPlain([]byte(link), b.secure) {
				require.True(t, ok)
				require.Equal(t, link, string(e.url))
				continue
			}
			u := b.absolute(link)
			require.Equal(t, u != nil, ok)
			if ok {
				u.Fragment, u.RawFragment = "", ""
				require.Equal(t, u.String(), string(e.url))
			}
		}
	})
}

// bigPage is shaped like the pages of large projects: some 4,000 files, 2 MB.
func bigPage() string {
	var b strings.Builder
	b.WriteString(`{"files": [`)
	for i := range 4000 {
		if i > 0 {
			b.WriteString(", ")
		}
		name := fmt.Sprintf("foo-1.%d.%d-cp3%d-cp3%d-manylinux_2_12_x86_64.manylinux2010_x86_64.whl", i/200, i/20%10, i%20, i%20)
		fmt.Fprintf(&b, `{"core-metadata": {"sha256": "%s"}, "filename": "%s", "hashes": {"sha256": "%s"}, "provenance": null, "requires-python": ">=3.%d", "size": %d, "upload-time": "2021-06-2%dT10:11:12.131415Z", "url": "https://files.example/packages/ab/cd/%s/%s", "yanked": false}`,
			aSHA256, name, aSHA256, i/400, 1000000+i, i%10, aSHA256[:60], name)
	}
	b.WriteString(`], "meta": {"_last-serial": 27000000, "api-version": "1.4"}, "name": "foo", "versions": ["1.0"]}`)
	return b.String()
}

func BenchmarkParseJSON(b *testing.B) {
	text := bigPage()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		files, err := read(b, typeJSON, "https://index.example/simple/foo/", text)
		if err != nil || len(files) != 4000 {
			b.Fatal(len(files), err)
		}
	}
}

func BenchmarkSkipJSON(b *testing.B) {
	text := bigPage()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s := &scanner{buf: []byte(text)}
		if s.skip(0); s.err != nil {
			b.Fatal(s.err)
		}
	}
}

func BenchmarkParseHTML(b *testing.B) {
	var text strings.Builder
	for i := range 4000 {
		fmt.Fprintf(&text, "<a href=\"https://files.example/packages/ab/cd/%s/foo-1.%d-cp39-cp39-win_amd64.whl#sha256=%s\" data-requires-python=\"&gt;=3.7\">foo-1.%d-cp39-cp39-win_amd64.whl</a><br/>\n", aSHA256[:60], i, aSHA256, i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		files, err := read(b, typeHTML, "https://index.example/simple/foo/", text.String())
		if err != nil || len(files) != 4000 {
			b.Fatal(len(files), err)
		}
	}
}

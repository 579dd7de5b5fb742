package mirror

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	wheel = "demo-1.0-py3-none-any.whl"
	// What the clients ask with.
	acceptUV  = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
	acceptPip = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, text/html; q=0.01"
)

var (
	early = time.Date(2020, 1, 2, 3, 4, 5, 678000000, time.UTC)
	late  = early.AddDate(1, 0, 0)
)

// upstream is an index with a wheel that has METADATA far from its end, a newer yanked one and an sdist.
func upstream() *resolvetest.Server {
	u := &resolvetest.Server{}
	f := resolvetest.Wheel{Name: "demo", Version: "1.0", RequiresPython: ">=3.7", RequiresDist: []string{"other>2"}, Padding: 600_000}.File()
	f.Uploaded = early
	u.AddFile("demo", f)
	reason := `broken & "bad"`
	f = resolvetest.Wheel{Name: "demo", Version: "2.0"}.File()
	f.Uploaded, f.Yanked = late, &reason
	u.AddFile("demo", f)
	u.AddFile("demo", resolvetest.ServerFile{Name: "demo-1.0.tar.gz", Content: []byte("no tar, passed through"), Uploaded: early})
	return u
}

// start serves s, with u behind it.
func start(t testing.TB, u *resolvetest.Server, s *Server) string {
	behind := httptest.NewServer(u)
	t.Cleanup(behind.Close)
	s.URLs = []string{behind.URL + "/simple"}
	if s.Dir == "" {
		s.Dir = t.TempDir()
	}
	front := httptest.NewServer(s)
	t.Cleanup(func() {
		front.Close()
		require.NoError(t, s.Close())
	})
	return front.URL
}

// get asks as a client without opinions of its own: no redirects, nothing decoded.
func get(t testing.TB, url string, header ...string) (*http.Response, []byte) {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, b
}

// TestClient reads a mirror by this module's own client: it tells the same as the index behind it, and METADATA besides.
func TestClient(t *testing.T) {
	for name, offered := range map[string]bool{"METADATA by ranges": false, "METADATA offered": true} {
		t.Run(name, func(t *testing.T) {
			u, s := upstream(), &Server{}
			u.Metadata = offered
			address := start(t, u, s)
			direct := told(t, s.URLs[0])
			mirrored := told(t, address+"/simple")
			require.Len(t, mirrored.Files, 3)
			for i, f := range mirrored.Files {
				want := direct.Files[i]
				assert.Equal(t, f.Kind == dist.Wheel, f.MetadataHash != "")
				assert.True(t, strings.HasPrefix(f.URL, address+"/files/demo/"), f.URL)
				f.URL, f.Index, f.MetadataHash = want.URL, want.Index, want.MetadataHash
				assert.Equal(t, want, f)
			}
			c := &index.Client{URLs: []string{address + "/simple"}}
			m, err := c.Metadata(t.Context(), mirrored.Files[0])
			require.NoError(t, err)
			require.Len(t, m.RequiresDist, 1)
			assert.Equal(t, "other>2", m.RequiresDist[0].String())
			f := &index.Fetcher{}
			blob, err := f.Fetch(t.Context(), mirrored.Files[0].Artifact)
			require.NoError(t, err)
			require.NoError(t, blob.Close())
			require.NoError(t, f.Close())
		})
	}
}

func told(t testing.TB, url string) *dist.Project {
	p, err := (&index.Client{URLs: []string{url}}).Project(t.Context(), "demo")
	require.NoError(t, err)
	return p
}

// TestRequests asks as uv and pip do.
func TestRequests(t *testing.T) {
	u := upstream()
	s := &Server{}
	address := start(t, u, s)
	original := resolvetest.Wheel{Name: "demo", Version: "1.0", RequiresPython: ">=3.7", RequiresDist: []string{"other>2"}, Padding: 600_000}
	content := original.Bytes()

	resp, page := get(t, address+"/simple/demo/", "Accept", acceptUV)
	assert.Equal(t, typeJSON, resp.Header.Get("Content-Type"))
	assert.Equal(t, pageLife, resp.Header.Get("Cache-Control"))
	assert.Empty(t, resp.Header.Get("Content-Encoding"))
	var said struct {
		Meta     map[string]string
		Name     string
		Versions []string
		Files    []map[string]any
	}
	require.NoError(t, json.Unmarshal(page, &said))
	assert.Equal(t, "1.1", said.Meta["api-version"])
	assert.Equal(t, []string{"1.0", "2.0"}, said.Versions)
	require.Len(t, said.Files, 3)
	assert.Equal(t, map[string]any{
		"filename": wheel, "url": "../../files/demo/" + wheel, "hashes": said.Files[0]["hashes"], "requires-python": ">=3.7", "size": float64(len(content)),
		"upload-time": "2020-01-02T03:04:05.678Z", "yanked": false, "core-metadata": true,
	}, said.Files[0])
	assert.Equal(t, `broken & "bad"`, said.Files[2]["yanked"])
	assert.NotContains(t, said.Files[1], "core-metadata", "of an sdist only what the index says")

	tag := resp.Header.Get("ETag")
	resp, _ = get(t, address+"/simple/demo/", "Accept", acceptPip, "If-None-Match", tag)
	assert.Equal(t, http.StatusNotModified, resp.StatusCode)
	resp, packed := get(t, address+"/simple/demo/", "Accept", acceptPip, "Accept-Encoding", "gzip, deflate")
	assert.Equal(t, "gzip", resp.Header.Get("Content-Encoding"))
	z, err := gzip.NewReader(strings.NewReader(string(packed)))
	require.NoError(t, err)
	unpacked, err := io.ReadAll(z)
	require.NoError(t, err)
	assert.Equal(t, page, unpacked)

	resp, text := get(t, address+"/simple/demo/", "Accept", "text/html")
	assert.Equal(t, typeHTML, resp.Header.Get("Content-Type"))
	assert.NotEqual(t, tag, resp.Header.Get("ETag"))
	sum := said.Files[0]["hashes"].(map[string]any)["sha256"].(string)
	assert.Contains(t, string(text), `<a href="../../files/demo/`+wheel+`#sha256=`+sum+`" data-requires-python="&gt;=3.7" data-core-metadata="true">`+wheel+`</a>`)
	assert.Contains(t, string(text), `data-yanked="broken &amp; &#34;bad&#34;"`)

	resp, b := get(t, address+"/files/demo/"+wheel+".metadata")
	assert.Equal(t, original.Metadata(), string(b))
	assert.Equal(t, fileLife, resp.Header.Get("Cache-Control"))
	resp, b = get(t, address+"/files/demo/"+wheel, "Range", "bytes=-100")
	assert.Equal(t, http.StatusPartialContent, resp.StatusCode)
	assert.Equal(t, content[len(content)-100:], b)
	resp, b = get(t, address+"/files/demo/"+wheel, "Range", "bytes=5-9", "If-Range", `"`+sum+`"`)
	assert.Equal(t, http.StatusPartialContent, resp.StatusCode)
	assert.Equal(t, content[5:10], b)
	_, b = get(t, address+"/files/demo/"+wheel)
	assert.Equal(t, content, b)
	_, b = get(t, address+"/files/demo/demo-1.0.tar.gz")
	assert.Equal(t, "no tar, passed through", string(b))

	for path, want := range map[string]int{
		"/simple/demo": http.StatusMovedPermanently, "/simple/De_mo/": http.StatusMovedPermanently, "/": http.StatusNotFound, "/simple/": http.StatusNotFound,
		"/simple/absent/": http.StatusNotFound, "/simple/demo/x": http.StatusNotFound, "/files/demo/absent.whl": http.StatusNotFound,
		"/files/demo/demo-1.0.tar.gz.metadata": http.StatusNotFound, "/files/demo/..%2f..%2fpages%2fdemo.json": http.StatusNotFound, "/simple/..%2fx/": http.StatusNotFound,
	} {
		resp, _ := get(t, address+path)
		assert.Equal(t, want, resp.StatusCode, path)
	}
	c := s.Take()
	assert.Equal(t, []int64{3, 1, 1, 2, 2, 8}, []int64{c.Pages, c.NotModified, c.Metadata, c.Files, c.Ranges, c.Missing})
	assert.Equal(t, int64(len(page)+len(packed)+len(text)), c.PageBytes)
	assert.Equal(t, int64(len(content)+len("no tar, passed through")+105), c.FileBytes)
	assert.Equal(t, int64(len(original.Metadata())), c.MetadataBytes)
	assert.Zero(t, s.Take())
}

// TestSwitches turns off what real indexes lack.
func TestSwitches(t *testing.T) {
	s := &Server{NoMetadata: true, NoRanges: true, NoETags: true, NoCacheControl: true, NoGzip: true}
	address := start(t, upstream(), s)
	resp, page := get(t, address+"/simple/demo/", "Accept", acceptUV, "Accept-Encoding", "gzip")
	for _, header := range []string{"ETag", "Cache-Control", "Content-Encoding"} {
		assert.Empty(t, resp.Header.Get(header), header)
	}
	assert.NotContains(t, string(page), "core-metadata")
	resp, _ = get(t, address+"/files/demo/"+wheel+".metadata")
	assert.Equal(t, http.StatusNotFound, resp.StatusCode)
	resp, b := get(t, address+"/files/demo/"+wheel, "Range", "bytes=-10")
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Empty(t, resp.Header.Get("ETag"))
	assert.Greater(t, len(b), 600_000)
}

func TestBefore(t *testing.T) {
	address := start(t, upstream(), &Server{Before: late})
	p := told(t, address+"/simple")
	require.Len(t, p.Files, 2, "the later one is hidden: at the very time is later")
	resp, _ := get(t, address+"/files/demo/demo-2.0-py3-none-any.whl")
	assert.Equal(t, http.StatusOK, resp.StatusCode, "its address stays")
}

// TestOffline serves what was recorded after the index is gone, and nothing else.
func TestOffline(t *testing.T) {
	u := upstream()
	online := &Server{Dir: t.TempDir()}
	address := start(t, u, online)
	asked := []string{"/simple/demo/", "/files/demo/" + wheel + ".metadata", "/files/demo/demo-2.0-py3-none-any.whl"}
	want := map[string]string{}
	for range 2 {
		for _, path := range asked {
			_, b := get(t, address+path, "Accept", acceptUV)
			want[path] = string(b)
		}
	}
	assert.Equal(t, 1, u.Count("/simple/"), "recorded once")
	assert.Equal(t, 3, len(u.Requests())-1, "a tail, METADATA before it, and a file")
	assert.EqualValues(t, len(u.Requests()), online.Take().Behind)

	s := &Server{Dir: online.Dir, Offline: true, RoundTripper: refusal{t}}
	h := httptest.NewServer(s)
	defer h.Close()
	for _, path := range asked {
		_, b := get(t, h.URL+path, "Accept", acceptUV)
		assert.Equal(t, want[path], string(b), path)
	}
	resp, _ := get(t, h.URL+"/files/demo/demo-2.0-py3-none-any.whl.metadata")
	assert.Equal(t, http.StatusOK, resp.StatusCode, "out of the wheel that is held")
	for _, path := range []string{"/simple/other/", "/files/demo/" + wheel, "/files/demo/demo-1.0.tar.gz"} {
		resp, _ := get(t, h.URL+path)
		assert.Equal(t, http.StatusNotFound, resp.StatusCode, path)
	}
	assert.EqualValues(t, 3, s.Take().Missing)
	require.NoError(t, s.Close())
}

// refusal is a net that must not be used.
type refusal struct{ t *testing.T }

func (r refusal) RoundTrip(q *http.Request) (*http.Response, error) {
	r.t.Errorf("%s was asked for", q.URL)
	return nil, http.ErrServerClosed
}

// TestShared asks for the same things at once: each is asked for once behind the mirror.
func TestShared(t *testing.T) {
	u := upstream()
	address := start(t, u, &Server{})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for _, path := range []string{"/simple/demo/", "/files/demo/" + wheel + ".metadata", "/files/demo/" + wheel} {
				resp, err := http.Get(address + path)
				if assert.NoError(t, err) {
					assert.Equal(t, http.StatusOK, resp.StatusCode)
					_, err = io.Copy(io.Discard, resp.Body)
					assert.NoError(t, err)
					resp.Body.Close()
				}
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 1, u.Count("/simple/"))
	assert.Equal(t, 3, u.Count("/files/"), "a tail, METADATA before it, and the wheel")
}

func TestNoDir(t *testing.T) {
	h := httptest.NewServer(&Server{})
	defer h.Close()
	resp, b := get(t, h.URL+"/simple/demo/")
	assert.Equal(t, http.StatusInternalServerError, resp.StatusCode)
	assert.Contains(t, string(b), "Dir is empty")
}

func TestFailures(t *testing.T) {
	u := upstream()
	s := &Server{}
	address := start(t, u, s)
	u.Fail(resolvetest.Fault{Path: "/simple/", Status: http.StatusForbidden, Times: 1})
	resp, b := get(t, address+"/simple/demo/")
	assert.Equal(t, http.StatusBadGateway, resp.StatusCode)
	assert.Contains(t, string(b), "403")
	resp, _ = get(t, address+"/simple/demo/")
	assert.Equal(t, http.StatusOK, resp.StatusCode, "a failure is not recorded")
	u.Fail(resolvetest.Fault{Path: "/files/demo-2.0", Serve: func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "something else") }})
	resp, _ = get(t, address+"/files/demo/demo-2.0-py3-none-any.whl")
	assert.Equal(t, http.StatusBadGateway, resp.StatusCode, "what has another hash is not passed on")
	resp, err := http.Post(address+"/simple/demo/", "text/plain", nil)
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, http.StatusMethodNotAllowed, resp.StatusCode)
	assert.EqualValues(t, 3, s.Take().Failed)
}

// TestNoRangesBehind: an index without ranges gives the whole wheel, once.
func TestNoRangesBehind(t *testing.T) {
	u := upstream()
	u.Ranges = resolvetest.RangesIgnored
	address := start(t, u, &Server{})
	for _, path := range []string{wheel + ".metadata", wheel} {
		resp, _ := get(t, address+"/files/demo/"+path)
		assert.Equal(t, http.StatusOK, resp.StatusCode)
	}
	assert.Equal(t, 2, u.Count("/files/"), "the refused tail, and the wheel")
}

func TestHead(t *testing.T) {
	s := &Server{}
	address := start(t, upstream(), s)
	for _, path := range []string{"/simple/demo/", "/files/demo/" + wheel, "/files/demo/" + wheel + ".metadata"} {
		resp, err := http.Head(address + path)
		require.NoError(t, err)
		resp.Body.Close()
		assert.Equal(t, http.StatusOK, resp.StatusCode)
		assert.Positive(t, resp.ContentLength)
	}
	c := s.Take()
	assert.EqualValues(t, 3, c.Heads)
	assert.Zero(t, c.Bytes())
	assert.EqualValues(t, 3, c.Requests())
}

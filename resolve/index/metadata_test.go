package index

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClientMetadata(t *testing.T) {
	small := resolvetest.Wheel{Name: "foo", Version: "1.0", RequiresDist: []string{"bar>=1"}}
	early := small
	early.Padding = 200_000 // METADATA lies before the tail
	many := small
	many.Modules = 1500 // the directory does, too
	huge := many
	huge.Padding = 200_000
	for name, c := range map[string]struct {
		server   *resolvetest.Server
		wheel    resolvetest.Wheel
		requests []string // the Range headers of what is asked, besides the page
	}{
		"PEP 658":                   {&resolvetest.Server{Metadata: true}, early, []string{""}},
		"tail":                      {&resolvetest.Server{}, small, []string{"bytes=-65536"}},
		"METADATA before the tail":  {&resolvetest.Server{}, early, []string{"bytes=-65536", "bytes="}},
		"directory before the tail": {&resolvetest.Server{}, many, []string{"bytes=-65536", "bytes=", "bytes="}},
		"both far":                  {&resolvetest.Server{}, huge, []string{"bytes=-65536", "bytes=", "bytes="}},
		"ranges ignored, small":     {&resolvetest.Server{Ranges: resolvetest.RangesIgnored}, small, []string{"bytes=-65536"}},
		"ranges ignored":            {&resolvetest.Server{Ranges: resolvetest.RangesIgnored}, early, []string{"bytes=-65536", ""}},
		"ranges refused":            {&resolvetest.Server{Ranges: resolvetest.RangesRefused}, small, []string{"bytes=-65536", ""}},
		"ranges wrong":              {&resolvetest.Server{Ranges: resolvetest.RangesWrong}, early, []string{"bytes=-65536", ""}},
	} {
		for _, kept := range []*Cache{nil, cache(t)} {
			t.Run(name, func(t *testing.T) {
				leaktest.Check(t)
				s := &resolvetest.Server{Metadata: c.server.Metadata, Ranges: c.server.Ranges}
				s.AddWheel(c.wheel)
				ix, _ := client(t, start(t, s))
				ix.Cache = kept
				m, err := ix.Metadata(t.Context(), offered(t, ix, "foo"))
				require.NoError(t, err)
				require.Len(t, m.RequiresDist, 1)
				assert.Equal(t, "bar", string(m.RequiresDist[0].Name))
				asked := s.Requests()[1:]
				require.Len(t, asked, len(c.requests))
				for i, want := range c.requests {
					assert.Equal(t, "GET", asked[i].Method)
					if want == "" || strings.HasSuffix(want, "6") {
						assert.Equal(t, want, asked[i].Header.Get("Range"))
					} else {
						assert.True(t, strings.HasPrefix(asked[i].Header.Get("Range"), want))
					}
				}
			})
		}
	}
}

func TestClientMetadataWrong(t *testing.T) {
	other := resolvetest.Wheel{Name: "bar", Version: "1.0"}
	good := resolvetest.Wheel{Name: "foo", Version: "1.0"}
	for name, c := range map[string]struct {
		metadata bool
		change   func(f *resolvetest.ServerFile)
		says     string
	}{
		"PEP 658 hash":      {true, func(f *resolvetest.ServerFile) { f.MetadataHash = aSHA256 }, "sha256"},
		"PEP 658 name":      {true, func(f *resolvetest.ServerFile) { f.Metadata = []byte(other.Metadata()) }, "Name"},
		"name":              {false, func(f *resolvetest.ServerFile) { f.Content = resolvetest.Wheel{Name: "foo", Version: "2.0"}.Bytes() }, "Version"},
		"size":              {false, func(f *resolvetest.ServerFile) { f.Size = 10 }, "size"},
		"no zip":            {false, func(f *resolvetest.ServerFile) { f.Content = []byte("hello") }, "no zip"},
		"empty":             {false, func(f *resolvetest.ServerFile) { f.Content = nil }, "no zip"},
		"bad Requires-Dist": {true, func(f *resolvetest.ServerFile) { f.Metadata = []byte("Name: foo\nVersion: 1.0\nRequires-Dist: <\n") }, "line 3: Requires-Dist"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &resolvetest.Server{Metadata: c.metadata}
			f := good.File()
			c.change(&f)
			s.AddFile("foo", f)
			ix, _ := client(t, start(t, s))
			ix.Cache = cache(t)
			file := offered(t, ix, "foo")
			_, err := ix.Metadata(t.Context(), file)
			require.Error(t, err)
			assert.ErrorContains(t, err, c.says)
			assert.ErrorContains(t, err, "foo-1.0-py3-none-any.whl")
			assert.Nil(t, ix.Cache.metadata(file.Hashes["sha256"], file.Index), "nothing wrong is kept")
		})
	}
}

// METADATA that is offered but not there is read out of the wheel.
func TestClientMetadataOfferedInVain(t *testing.T) {
	s := &resolvetest.Server{Metadata: true}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	s.Fail(resolvetest.Fault{Path: ".metadata", Status: 404})
	c, _ := client(t, start(t, s))
	_, err := c.Metadata(t.Context(), offered(t, c, "foo"))
	assert.NoError(t, err)
}

func TestClientMetadataOfSdist(t *testing.T) {
	for name, c := range map[string]struct {
		metadata string
		ok       bool
	}{
		"not offered": {"", false},
		"final":       {"Metadata-Version: 2.2\nName: foo\nVersion: 1.0\nRequires-Dist: bar\n", true},
		"dynamic":     {"Metadata-Version: 2.2\nName: foo\nVersion: 1.0\nDynamic: Requires-Dist\n", false},
		"too old":     {"Metadata-Version: 2.1\nName: foo\nVersion: 1.0\n", false},
	} {
		s := &resolvetest.Server{Metadata: true}
		f := resolvetest.ServerFile{Name: "foo-1.0.tar.gz", Content: []byte("x")}
		if c.metadata != "" {
			f.Metadata = []byte(c.metadata)
		}
		s.AddFile("foo", f)
		ix, _ := client(t, start(t, s))
		m, err := ix.Metadata(t.Context(), offered(t, ix, "foo"))
		if c.ok {
			require.NoError(t, err, name)
			assert.Len(t, m.RequiresDist, 1)
			continue
		}
		assert.ErrorIs(t, err, ErrNoMetadata, name)
	}
}

// What one index said of a wheel is not believed of another's.
func TestProvisionalMetadataIsPerIndex(t *testing.T) {
	w := resolvetest.Wheel{Name: "foo", Version: "1.0", RequiresDist: []string{"true-dependency"}}.File()
	liar, honest := &resolvetest.Server{Metadata: true}, &resolvetest.Server{Metadata: true}
	honest.AddFile("foo", w)
	w.Metadata = []byte("Name: foo\nVersion: 1.0\nRequires-Dist: evil\n")
	liar.AddFile("foo", w)
	kept := cache(t)
	for _, c := range []struct {
		server *resolvetest.Server
		want   string
	}{{liar, "evil"}, {honest, "true-dependency"}} {
		ix, _ := client(t, start(t, c.server))
		ix.Cache = kept
		m, err := ix.Metadata(t.Context(), offered(t, ix, "foo"))
		require.NoError(t, err)
		assert.Equal(t, c.want, string(m.RequiresDist[0].Name))
	}
}

func TestProvisionalMetadataIsCompared(t *testing.T) {
	s := &resolvetest.Server{Metadata: true}
	w := resolvetest.Wheel{Name: "foo", Version: "1.0", RequiresDist: []string{"true-dependency"}}.File()
	w.Metadata = []byte("Name: foo\nVersion: 1.0\nRequires-Dist: evil\n")
	s.AddFile("foo", w)
	h, kept := start(t, s), cache(t)
	ix, _ := client(t, h)
	ix.Cache = kept
	file := offered(t, ix, "foo")
	_, err := ix.Metadata(t.Context(), file)
	require.NoError(t, err)

	f, _ := fetcher(t, kept)
	_, err = f.Fetch(t.Context(), file.Artifact)
	var me *MetadataMismatchError
	require.ErrorAs(t, err, &me)
	assert.Equal(t, "foo-1.0-py3-none-any.whl", me.File)

	again, seen := client(t, h)
	again.Cache = kept
	m, err := again.Metadata(t.Context(), offered(t, again, "foo"))
	require.NoError(t, err)
	assert.Equal(t, "true-dependency", string(m.RequiresDist[0].Name), "the wheel's own word counts now")
	assert.Empty(t, seen.of(ForMetadata, false))
	b, err := f.Fetch(t.Context(), file.Artifact)
	require.NoError(t, err)
	b.Close()
}

// zipOf writes members in order; a name may come twice.
func zipOf(t testing.TB, comment string, members ...zip.FileHeader) []byte {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for _, h := range members {
		content := h.Comment
		h.Comment = ""
		w, err := z.CreateHeader(&h)
		require.NoError(t, err)
		_, err = io.WriteString(w, content)
		require.NoError(t, err)
	}
	require.NoError(t, z.SetComment(comment))
	require.NoError(t, z.Close())
	return buf.Bytes()
}

func metadataMember(content string) zip.FileHeader {
	return zip.FileHeader{Name: "foo-1.0.dist-info/METADATA", Method: zip.Deflate, Comment: content}
}

func fromBytes(b []byte) ([]byte, error) {
	return readMetadata("foo.whl", int64(len(b)), fromReader(bytes.NewReader(b)))
}

func TestReadMetadata(t *testing.T) {
	const text = "Name: foo\n"
	stored := metadataMember(text)
	stored.Method = zip.Store
	for name, b := range map[string][]byte{
		"deflated":                zipOf(t, "", metadataMember(text)),
		"stored":                  zipOf(t, "", stored),
		"comment":                 zipOf(t, "made by hand", metadataMember(text)),
		"another below":           zipOf(t, "", metadataMember(text), zip.FileHeader{Name: "vendor/bar-1.0.dist-info/METADATA"}),
		"64-bit end record":       widen(zipOf(t, "", metadataMember(text))),
		"a folder of that ending": zipOf(t, "", metadataMember(text), zip.FileHeader{Name: ".dist-info/METADATA"}),
	} {
		got, err := fromBytes(b)
		require.NoError(t, err, name)
		assert.Equal(t, text, string(got), name)
	}
}

// widen gives a zip a 64-bit end record to which the plain one refers.
func widen(b []byte) []byte {
	le := binary.LittleEndian
	end := append([]byte(nil), b[len(b)-endSize:]...)
	b = append([]byte(nil), b[:len(b)-endSize]...)
	at := uint64(len(b))
	record := make([]byte, end64Size)
	copy(record, "PK\x06\x06")
	le.PutUint64(record[4:], end64Size-12)
	le.PutUint64(record[24:], uint64(le.Uint16(end[8:])))
	le.PutUint64(record[32:], uint64(le.Uint16(end[10:])))
	le.PutUint64(record[40:], uint64(le.Uint32(end[12:])))
	le.PutUint64(record[48:], uint64(le.Uint32(end[16:])))
	locator := make([]byte, locatorSize)
	copy(locator, "PK\x06\x07")
	le.PutUint64(locator[8:], at)
	le.PutUint32(locator[16:], 1)
	le.PutUint32(end[16:], 0xffffffff)
	return append(append(append(b, record...), locator...), end...)
}

func TestReadMetadataHostile(t *testing.T) {
	le := binary.LittleEndian
	good := zipOf(t, "", metadataMember(strings.Repeat("Name: foo\n", 50)))
	end := len(good) - endSize
	central := int(le.Uint32(good[end+16:]))
	change := func(b []byte, fn func(b []byte)) []byte {
		b = append([]byte(nil), b...)
		fn(b)
		return b
	}
	encrypted := metadataMember("x")
	encrypted.Flags = 1
	wide := widen(good)
	for name, c := range map[string]struct {
		b    []byte
		says string
	}{
		"nothing":              {nil, "no zip"},
		"cut":                  {good[:len(good)-1], "no zip"},
		"something behind":     {append(good[:len(good):len(good)], 'x'), "no zip"},
		"something before":     {append([]byte("x"), good...), "does not end where"},
		"two end records":      {zipOf(t, string(good[end:]), metadataMember("x")), "no zip"},
		"parts":                {change(good, func(b []byte) { b[end+4] = 1 }), "several parts"},
		"count":                {change(good, func(b []byte) { b[end+8], b[end+10] = 2, 2 }), "too small for its entries"},
		"directory offset":     {change(good, func(b []byte) { b[end+16]++ }), "does not end where"},
		"directory broken":     {change(good, func(b []byte) { b[central] = 'x' }), "broken"},
		"directory name":       {change(good, func(b []byte) { b[central+28] = 0xff }), "broken"},
		"64-bit not there":     {change(good, func(b []byte) { le.PutUint32(b[end+16:], 0xffffffff) }), "64-bit end record"},
		"64-bit wrong":         {change(wide, func(b []byte) { b[len(b)-endSize-locatorSize+8]++ }), "64-bit end record is wrong"},
		"64-bit huge":          {change(wide, func(b []byte) { le.PutUint64(b[len(b)-endSize-locatorSize-end64Size+48:], 1<<63) }), "does not end where"},
		"64-bit member":        {change(good, func(b []byte) { le.PutUint32(b[central+42:], 0xffffffff) }), "64-bit sizes"},
		"member outside":       {change(good, func(b []byte) { le.PutUint32(b[central+42:], 0xfffffffe) }), "lies outside"},
		"no METADATA":          {zipOf(t, "", zip.FileHeader{Name: "x"}), "no .dist-info/METADATA"},
		"no file":              {zipOf(t, ""), "no .dist-info/METADATA"},
		"two METADATA":         {zipOf(t, "", metadataMember("x"), metadataMember("x")), "more than one"},
		"two dist-info":        {zipOf(t, "", metadataMember("x"), zip.FileHeader{Name: "bar-1.0.dist-info/METADATA"}), "more than one"},
		"encrypted":            {zipOf(t, "", encrypted), "encrypted"},
		"method":               {change(good, func(b []byte) { b[central+10], b[8] = 14, 14 }), "compressed in a way"},
		"too large":            {change(good, func(b []byte) { le.PutUint32(b[central+24:], dist.MaxMetadata+1) }), "too large"},
		"compressed too large": {change(good, func(b []byte) { le.PutUint32(b[central+20:], 1<<30) }), "too large"},
		"local signature":      {change(good, func(b []byte) { b[0] = 'x' }), "no local header"},
		"local name":           {change(good, func(b []byte) { b[localSize] = 'x' }), "differ"},
		"local method":         {change(good, func(b []byte) { b[8] = 0 }), "differ"},
		"local flags":          {change(good, func(b []byte) { b[6] ^= 2 }), "differ"},
		"local sizes":          {change(good, func(b []byte) { b[6] &^= 8; b[central+8] &^= 8 }), "differ"},
		"data descriptor":      {change(good, func(b []byte) { b[central-12]++ }), "data descriptor"},
		"local extra":          {change(good, func(b []byte) { b[28] = 0xff }), "reaches into"},
		"longer than said":     {change(good, func(b []byte) { b[central+24]--; b[central-4]-- }), "another length"},
		"shorter than said":    {change(good, func(b []byte) { b[central+24]++; b[central-4]++ }), "another length"},
		"CRC":                  {change(good, func(b []byte) { b[central+16]++; b[central-12]++ }), "CRC-32"},
		"compressed bytes":     {change(good, func(b []byte) { b[localSize+26] = 0xff }), "broken"},
	} {
		_, err := fromBytes(c.b)
		var we *WheelError
		require.ErrorAs(t, err, &we, name)
		assert.ErrorContains(t, err, c.says, name)
	}
}

// Where the standard library opens the zip, it reads the same. What else is wrong with other members is found when the wheel is opened as a whole.
func FuzzReadMetadata(f *testing.F) {
	f.Add(zipOf(f, "", metadataMember("Name: foo\n")))
	f.Add(zipOf(f, "comment", zip.FileHeader{Name: "a/b.py", Comment: "x = 1"}, metadataMember(strings.Repeat("Name: foo\n", 20))))
	f.Add(widen(zipOf(f, "", metadataMember("x"))))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := fromBytes(b)
		if err != nil {
			return
		}
		require.LessOrEqual(t, len(got), dist.MaxMetadata)
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, member := range z.File {
			if isMetadata([]byte(member.Name)) {
				r, err := member.Open()
				require.NoError(t, err)
				want, err := io.ReadAll(r)
				require.NoError(t, err)
				require.Equal(t, want, got)
				return
			}
		}
		t.Fatal("the standard library finds none")
	})
}

package archive

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"math"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t *testing.T, blob []byte) *Reader {
	t.Helper()
	r, err := Open(bytes.NewReader(blob), int64(len(blob)), Limits{})
	require.NoError(t, err)
	return r
}

func names(r *Reader) (out []string) {
	for _, e := range r.Entries() {
		out = append(out, e.Name)
	}
	return out
}

func TestOpenAccepts(t *testing.T) {
	stream := all(set32(14, 0), set32(18, 0), set32(22, 0))
	packed := deflated("text")
	marked64 := all(set32(18, 0xffffffff), set32(22, 0xffffffff))
	tests := []struct {
		name string
		zip  []byte
		want string // names
	}{
		{"empty", build(), ""},
		{"one", build(plain...), "a.py"},
		{"sorted", named("b", "a/z", "a-b"), "a-b a/z b"},
		{"folders of their own", named("pkg/", "pkg/a.py", "empty/"), "pkg/a.py"},
		{"deflated folder", build(piece{name: "pkg/", deflate: true, packed: "\x03\x00", attributes: 0o040755<<16 | dosFolder}, piece{name: "pkg/a"}), "pkg/a"},
		{"folder with setgid", build(piece{name: "pkg/", attributes: 0o042775 << 16}, piece{name: "pkg/a"}), "pkg/a"},
		{"no mode", build(piece{name: "a", attributes: 0}), "a"},
		{"flagged as UTF-8", build(piece{name: "é.py", flags: flagUTF8}), "é.py"},
		{"level flags", build(piece{name: "a", body: "x", deflate: true, flags: flagLevel}), "a"},
		{"descriptor", build(piece{name: "a", body: "text", deflate: true, flags: flagDescriptor, local: stream, after: descriptor("text", packed)}), "a"},
		{"descriptor with signature", build(piece{name: "a", body: "text", deflate: true, flags: flagDescriptor, local: stream, after: descriptorMark + descriptor("text", packed)}, piece{name: "b"}), "a b"},
		{"descriptor and true local header", build(piece{name: "a", body: "text", flags: flagDescriptor, after: descriptor("text", "text")}), "a"},
		{"ZIP64 descriptor", build(piece{name: "a", body: "text", flags: flagDescriptor, local: all(stream, marked64, extraLocal(extraZIP64, u64(0, 0))),
			after: descriptorMark + u32(crcText) + u64(4, 4)}), "a"},
		{"ZIP64 local header of a small entry", build(piece{name: "a", body: "text", local: all(marked64, extraLocal(extraZIP64, u64(4, 4)))}), "a"},
		{"ZIP64 repeats local sizes", build(piece{name: "a", body: "text", local: extraLocal(extraZIP64, u64(4, 4))}), "a"},
		{"ZIP64 in the directory", build(piece{name: "a", body: "text", central: all(set32(20, 0xffffffff), set32(24, 0xffffffff), set32(42, 0xffffffff), extraCentral(extraZIP64, u64(4, 4, 0)))}), "a"},
		{"ZIP64 end record", whole{pieces: plain, zip64: true, end: all(set16(8, 0xffff), set16(10, 0xffff), set32(12, 0xffffffff), set32(16, 0xffffffff))}.bytes(), "a.py"},
		{"ZIP64 end record, values repeated", whole{pieces: plain, zip64: true}.bytes(), "a.py"},
		{"comment", whole{pieces: plain, comment: "a comment, PKWARE"}.bytes(), "a.py"},
		{"comment of the greatest length", whole{pieces: plain, comment: strings.Repeat("c", math.MaxUint16)}.bytes(), "a.py"},
		{"long extra field", build(piece{name: "a", local: extraLocal(0xcafe, strings.Repeat("x", 999))}, piece{name: "b"}), "a b"},
		{"same name in an extra field", build(piece{name: "a", central: extraCentral(extraUnicodePath, "\x01\x00\x00\x00\x00a")}), "a"},
		{"very compressible", build(piece{name: "a", body: strings.Repeat("\x00", 4<<20), deflate: true}), "a"},
		{"names near the rules", named("CON_.py", "com10", "lpt", "nul_", "a.b.c", " a", "~a", "a b", ".hidden", "..a", "com", "COM1x.py"), " a ..a .hidden COM1x.py CON_.py a b a.b.c com com10 lpt nul_ ~a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, tt.zip)
			assert.Equal(t, tt.want, strings.Join(names(r), " "))
			for _, e := range r.Entries() {
				body, err := r.ReadFile(e.Name)
				require.NoError(t, err)
				assert.Len(t, body, int(e.Size))
			}
		})
	}
}

func TestOpenMode(t *testing.T) {
	for mode, want := range map[uint32]fs.FileMode{0: 0o644, 0o100644: 0o644, 0o100600: 0o644, 0o100755: 0o755, 0o100710: 0o755, 0o755: 0o755, 0o100000: 0o644} {
		e, ok := open(t, build(piece{name: "a", attributes: mode << 16})).Lookup("a")
		assert.True(t, ok)
		assert.Equal(t, want, e.Mode, "%#o", mode)
	}
}

func TestOpenLimits(t *testing.T) {
	blob := build(piece{name: "a", body: "12345"}, piece{name: "b", body: "12345"})
	tests := []struct {
		limits Limits
		ok     bool
	}{
		{Limits{}, true}, {Limits{Files: 2, Unpacked: 10}, true}, {Limits{Files: 1}, false}, {Limits{Unpacked: 9}, false},
	}
	for _, tt := range tests {
		_, err := Open(bytes.NewReader(blob), int64(len(blob)), tt.limits)
		if tt.ok {
			assert.NoError(t, err, "%+v", tt.limits)
		} else {
			assert.ErrorContains(t, err, "Z10", "%+v", tt.limits)
		}
	}
}

// Every wheel-sized lie about the number of entries is met before memory is spent on it.
func TestOpenManyFiles(t *testing.T) {
	var pieces []piece
	for range DefaultFiles + 1 {
		pieces = append(pieces, piece{name: "a"})
	}
	blob := whole{pieces: pieces, zip64: true, end: all(set16(8, 0xffff), set16(10, 0xffff))}.bytes()
	_, err := Open(bytes.NewReader(blob), int64(len(blob)), Limits{})
	assert.Equal(t, &FormatError{[]Violation{{Z10, "", "100001 entries, at most 100000"}}}, err)
}

// A cut-short zip is refused at every length, and never panics.
func TestOpenTruncated(t *testing.T) {
	blob := build(piece{name: "a.py", body: "text", deflate: true}, piece{name: "b/c.py", body: "more"})
	for n := range blob {
		_, err := Open(bytes.NewReader(blob[:n]), int64(n), Limits{})
		var format *FormatError
		assert.ErrorAs(t, err, &format, "%d bytes", n)
	}
}

type brokenReader struct{ io.ReaderAt }

func (b brokenReader) ReadAt(p []byte, at int64) (int, error) { return 0, fs.ErrPermission }

func TestOpenReadError(t *testing.T) {
	_, err := Open(brokenReader{}, 1000, Limits{})
	assert.ErrorIs(t, err, fs.ErrPermission, "not a fault of the zip")
	_, err = Open(bytes.NewReader(build(plain...)), 1000, Limits{})
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF, "shorter than the caller says")
}

// sparse is a zip around zeros that are not there.
type sparse struct {
	head, tail []byte
	zeros      int64
}

func (s sparse) size() int64 { return int64(len(s.head)) + s.zeros + int64(len(s.tail)) }

func (s sparse) ReadAt(p []byte, at int64) (int, error) {
	for i := range p {
		switch off := at + int64(i); {
		case off < int64(len(s.head)):
			p[i] = s.head[off]
		case off < int64(len(s.head))+s.zeros:
			p[i] = 0
		case off < s.size():
			p[i] = s.tail[off-int64(len(s.head))-s.zeros]
		default:
			return i, io.EOF
		}
	}
	return len(p), nil
}

// large is a ZIP64 archive of a stored file above 4 GiB and a small one behind it.
func large(sizeSaid uint64) sparse {
	const zeros = 5 << 30
	head, central := piece{name: "big", local: all(set32(18, 0xffffffff), set32(22, 0xffffffff), extraLocal(extraZIP64, u64(sizeSaid, zeros))),
		central: all(set32(20, 0xffffffff), set32(24, 0xffffffff), extraCentral(extraZIP64, u64(sizeSaid, zeros)))}.append(nil)
	at := uint64(len(head)) + zeros
	tail, small := piece{name: "small", body: "text", central: all(set32(42, 0xffffffff), extraCentral(extraZIP64, u64(at)))}.append(nil)
	at += uint64(len(tail))
	dir := append(central, small...)
	tail = append(tail, dir...)
	tail = append(tail, end64Signature+u64(44)+"\x2d\x00\x2d\x00"+u32(0, 0)+u64(2, 2, uint64(len(dir)), at)...)
	tail = append(tail, locatorSignature+u32(0)+u64(at+uint64(len(dir)))+u32(1)...)
	tail = append(tail, endSignature+u32(0, 0x20002, uint32(len(dir)), 0xffffffff)+"\x00\x00"...)
	return sparse{head, tail, zeros}
}

func TestOpenZIP64(t *testing.T) {
	s := large(5 << 30)
	r, err := Open(s, s.size(), Limits{})
	require.NoError(t, err)
	assert.Equal(t, []Entry{{"big", 0o644, zip.Store, 0, 5 << 30, 5 << 30}, {"small", 0o644, zip.Store, crcText, 4, 4}}, r.Entries())
	body, err := r.ReadFile("small")
	require.NoError(t, err)
	assert.Equal(t, "text", string(body))

	s = large(6 << 30)
	_, err = Open(s, s.size(), Limits{})
	assert.ErrorContains(t, err, "stored 6442450944 bytes as 5368709120")
}

func TestContent(t *testing.T) {
	packed := deflated("text")
	lie := func(at int, v uint32) piece {
		p := piece{name: "a", body: "text", deflate: true, local: set32(14+at, v), central: set32(16+at, v)}
		return p
	}
	tests := []struct {
		name string
		p    piece
		want string
	}{
		{"CRC", lie(0, 1), "CRC-32"},
		{"size too small", lie(8, 3), "unpacks to more than its 3 bytes"},
		{"size zero", lie(8, 0), "unpacks to more than its 0 bytes"},
		{"size too large", lie(8, 5), "ends 1 bytes before its 5"},
		{"broken stream", piece{name: "a", body: "text", deflate: true, packed: "\xff" + packed[1:]}, "broken"},
		{"cut short stream", piece{name: "a", body: "text", deflate: true, packed: packed[:len(packed)-2]}, "ends"},
		{"bytes after the stream", piece{name: "a", body: "text", deflate: true, packed: packed + "hidden"}, "go on after their end"},
		{"stored CRC", piece{name: "a", body: "text", local: set32(14, 9), central: set32(16, 9)}, "CRC-32"},
		{"CRC of nothing", piece{name: "a", local: set32(14, 9), central: set32(16, 9)}, "CRC-32"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t, build(tt.p))
			_, err := r.ReadFile("a")
			var format *FormatError
			require.ErrorAs(t, err, &format)
			require.Len(t, format.Violations, 1)
			assert.Equal(t, Z6, format.Violations[0].Rule)
			assert.ErrorContains(t, err, tt.want)
			f, err := r.Open("a")
			require.NoError(t, err)
			got, err2 := io.ReadAll(f)
			assert.Equal(t, format, err2, "the same through fs.FS")
			assert.LessOrEqual(t, len(got), int(r.Entries()[0].Size), "no more than declared")
			require.NoError(t, f.Close())
		})
	}
}

func TestReaderFS(t *testing.T) {
	r := open(t, build(piece{name: "pkg/"}, piece{name: "pkg/a.py", body: "a = 1\n", deflate: true}, piece{name: "pkg/sub/b.py"},
		piece{name: "pkg/sub-c.py", body: "text"}, piece{name: "pkg-1.dist-info/RECORD"}, piece{name: "é", flags: flagUTF8, body: "x"}))
	require.NoError(t, fstest.TestFS(r, "pkg/a.py", "pkg/sub/b.py", "pkg/sub-c.py", "pkg-1.dist-info/RECORD", "é"))
	assert.Equal(t, int64(11), r.Size())
	for _, name := range []string{"nothing", "pkg/", "../pkg", "/pkg/a.py", "pkg/su"} {
		_, err := r.Open(name)
		assert.Error(t, err, name)
	}
	f, err := r.Open("pkg/a.py")
	require.NoError(t, err)
	require.NoError(t, f.Close())
	_, err = f.Read(make([]byte, 1))
	assert.ErrorIs(t, err, fs.ErrClosed)
	assert.ErrorIs(t, f.Close(), fs.ErrClosed)
}

// What OpenRaw gives makes a zip with the same files again.
func TestOpenRaw(t *testing.T) {
	r := open(t, build(piece{name: "pkg/a.py", body: "a = 1\n", deflate: true, attributes: 0o100755 << 16}, piece{name: "é", flags: flagUTF8, body: "text"}))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, name := range names(r) {
		h, raw, err := r.OpenRaw(name)
		require.NoError(t, err)
		part, err := w.CreateRaw(h)
		require.NoError(t, err)
		_, err = io.Copy(part, raw)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	again := open(t, b.Bytes())
	assert.Equal(t, r.Entries(), again.Entries())
	body, err := again.ReadFile("pkg/a.py")
	require.NoError(t, err)
	assert.Equal(t, "a = 1\n", string(body))
	_, _, err = r.OpenRaw("pkg")
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

package archive

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile are zips that Open must refuse, each for one rule alone.
var hostile = []struct {
	name string
	rule Rule
	zip  []byte
}{
	{"Z1 parent", Z1, named("../evil.py")},
	{"Z1 parent inside", Z1, named("pkg/../../evil.py")},
	{"Z1 parent at the end", Z1, named("pkg/..")},
	{"Z1 parent with backslash", Z1, named(`..\evil.py`)},
	{"Z1 parent mixed", Z1, named(`pkg/..\..\evil.py`)},
	{"Z1 absolute", Z1, named("/etc/evil.py")},
	{"Z1 absolute with backslash", Z1, named(`\evil.py`)},
	{"Z1 drive relative", Z1, named("C:evil.py")},
	{"Z1 drive absolute", Z1, named("C:/evil.py")},
	{"Z1 drive with backslash", Z1, named(`C:\evil.py`)},
	{"Z1 UNC", Z1, named(`\\server\share\evil.py`)},
	{"Z1 UNC with slashes", Z1, named("//server/share/evil.py")},
	{"Z1 verbatim path", Z1, named(`\\?\C:\evil.py`)},
	{"Z1 device path", Z1, named("//./pipe/evil")},
	{"Z1 NUL", Z1, named("a.py\x00.txt")},
	{"Z1 newline", Z1, named("a\n.py")},
	{"Z1 escape", Z1, named("\x1b[2J.py")},
	{"Z1 DEL", Z1, named("a\x7f.py")},
	{"Z1 C1 control", Z1, build(piece{name: "a\u0085.py", flags: flagUTF8})},
	{"Z1 empty name", Z1, named("")},
	{"Z1 folder of no name", Z1, named("/")},
	{"Z1 dot", Z1, named("./a.py")},
	{"Z1 dot inside", Z1, named("pkg/./a.py")},
	{"Z1 double slash", Z1, named("pkg//a.py")},
	{"Z1 alternate stream", Z1, named("a.py:ads")},
	{"Z1 stream type", Z1, named("pkg/a.py::$DATA")},
	{"Z1 trailing dot", Z1, named("a.py.")},
	{"Z1 trailing space", Z1, named("a.py ")},
	{"Z1 trailing dot of a folder", Z1, named("pkg./a.py")},
	{"Z1 three dots", Z1, named(".../a.py")},
	{"Z1 wildcard", Z1, named("a?.py")},
	{"Z1 pipe", Z1, named("a|b.py")},
	{"Z1 CON", Z1, named("pkg/CON")},
	{"Z1 con.py", Z1, named("con.py")},
	{"Z1 aux folder", Z1, named("aux/a.py")},
	{"Z1 nul with two extensions", Z1, named("nul.tar.gz")},
	{"Z1 PRN with a space before the extension", Z1, named("PRN .py")},
	{"Z1 COM0", Z1, named("COM0")},
	{"Z1 com9.txt", Z1, named("com9.txt")},
	{"Z1 COM superscript", Z1, build(piece{name: "COM¹.py", flags: flagUTF8})},
	{"Z1 LPT superscript", Z1, build(piece{name: "lpt³", flags: flagUTF8})},
	{"Z1 CONIN$", Z1, named("CONIN$")},
	{"Z1 conout$.log", Z1, named("conout$.log")},

	{"Z2 case", Z2, named("A.py", "a.py")},
	{"Z2 case of a folder", Z2, named("Pkg/a.py", "pkg/b.py")},
	{"Z2 NFC and NFD", Z2, build(piece{name: "é.py", flags: flagUTF8}, piece{name: "e\u0301.py", flags: flagUTF8})},
	{"Z2 full folding", Z2, build(piece{name: "straße.py", flags: flagUTF8}, piece{name: "STRASSE.py"})},
	{"Z2 Kelvin sign", Z2, build(piece{name: "\u212a.py", flags: flagUTF8}, piece{name: "k.py"})},
	{"Z2 dotless i", Z2, build(piece{name: "ın.py", flags: flagUTF8}, piece{name: "in.py"})},
	{"Z2 ignored code point", Z2, build(piece{name: "a\u200d.py", flags: flagUTF8}, piece{name: "a.py"})},

	{"Z3 twice, same content", Z3, named("a.py", "a.py")},
	{"Z3 twice, other content", Z3, build(piece{name: "a.py", body: "1"}, piece{name: "a.py", body: "2"})},
	{"Z3 folder twice", Z3, named("pkg/", "pkg/")},

	{"Z4 file and folder", Z4, named("pkg", "pkg/a.py")},
	{"Z4 file and folder of its own", Z4, named("pkg", "pkg/")},
	{"Z4 file and folder by case", Z4, named("PKG", "pkg/a.py")},
	{"Z4 folder with content", Z4, build(piece{name: "pkg/", body: "x"})},
	{"Z4 folder with hidden bytes", Z4, build(piece{name: "pkg/", deflate: true, packed: "\x03\x00hidden"})},
	{"Z4 folder by mode only", Z4, build(piece{name: "pkg", attributes: 0o040755 << 16})},
	{"Z4 folder by attribute only", Z4, build(piece{name: "pkg", attributes: dosFolder})},
	{"Z4 file by mode only", Z4, build(piece{name: "pkg/", attributes: 0o100644 << 16})},

	{"Z5 symbolic link", Z5, build(piece{name: "a", body: "/etc/passwd", attributes: 0o120777 << 16})},
	{"Z5 pipe", Z5, build(piece{name: "a", attributes: 0o010644 << 16})},
	{"Z5 block device", Z5, build(piece{name: "a", attributes: 0o060644 << 16})},
	{"Z5 character device", Z5, build(piece{name: "a", attributes: 0o020644 << 16})},
	{"Z5 socket", Z5, build(piece{name: "a", attributes: 0o140644 << 16})},
	{"Z5 setuid", Z5, build(piece{name: "a", attributes: 0o104755 << 16})},
	{"Z5 setgid", Z5, build(piece{name: "a", attributes: 0o102755 << 16})},
	{"Z5 sticky", Z5, build(piece{name: "a", attributes: 0o101644 << 16})},
	{"Z5 setuid without kind", Z5, build(piece{name: "a", attributes: 0o004755 << 16})},
	{"Z5 link said to be made on DOS", Z5, build(piece{name: "a", attributes: 0o120777 << 16, central: set16(4, 20)})},
	{"Z5 reparse point", Z5, build(piece{name: "a", attributes: 0x400})},

	{"Z6 other name", Z6, build(piece{name: "good.py", local: rename("evil.py")})},
	{"Z6 other name's length", Z6, build(piece{name: "good.py", body: "xx", local: all(set16(26, 6), func(b []byte) []byte { return b[:len(b)-1] })})},
	{"Z6 other size", Z6, build(piece{name: "a", body: "text", deflate: true, local: set32(22, 3)})},
	{"Z6 other compressed size", Z6, build(piece{name: "a", body: "text", local: set32(18, 3)})},
	{"Z6 other CRC", Z6, build(piece{name: "a", body: "text", local: set32(14, 1)})},
	{"Z6 other method", Z6, build(piece{name: "a", body: "text", local: set16(8, 8)})},
	{"Z6 other flags", Z6, build(piece{name: "a", body: "text", local: set16(6, flagUTF8)})},
	{"Z6 encrypted in the local header only", Z6, build(piece{name: "a", body: "text", local: set16(6, flagEncrypted)})},
	{"Z6 stored in fewer bytes than it has", Z6, build(piece{name: "a", body: "text", local: set32(22, 9), central: set32(24, 9)})},
	{"Z6 no local header", Z6, build(piece{name: "a", body: "text", local: set32(0, 0)})},
	{"Z6 no data descriptor", Z6, build(piece{name: "a", body: "text", flags: flagDescriptor})},
	{"Z6 descriptor of other CRC", Z6, streamed(func(d string) string { return descriptorMark + "\x00" + d[1:] })},
	{"Z6 descriptor of other size", Z6, streamed(func(d string) string { return d[:8] + "\x07" + d[9:] })},
	{"Z6 descriptor of other signature", Z6, streamed(func(d string) string { return "PK\x07\x09" + d })},
	{"Z6 descriptor too long", Z6, streamed(func(d string) string { return d + "\x00" })},
	{"Z6 ZIP64 descriptor of a small entry", Z6, streamed(func(string) string { return u32(crcText) + u64(6, 4) })},
	{"Z6 name in an extra field", Z6, build(piece{name: "a", central: extraCentral(extraUnicodePath, "\x01\x00\x00\x00\x00evil.py")})},
	{"Z6 name in a local extra field", Z6, build(piece{name: "a", local: extraLocal(extraUnicodePath, "\x01\x00\x00\x00\x00evil.py")})},

	{"Z6 ZIP64 value that nothing asks for", Z6, build(piece{name: "a", body: "x", central: extraCentral(extraZIP64, u64(9))})},
	{"Z6 ZIP64 values out of order", Z6, build(piece{name: "a", body: "x", central: all(set32(20, 0xffffffff), extraCentral(extraZIP64, u64(1, 1)))})},
	{"Z6 ZIP64 twice", Z6, build(piece{name: "a", body: "x", central: all(set32(24, 0xffffffff), extraCentral(extraZIP64, u64(1)), extraCentral(extraZIP64, u64(1)))})},
	{"Z6 local ZIP64 size", Z6, build(piece{name: "a", body: "x", local: all(set32(22, 0xffffffff), extraLocal(extraZIP64, u64(2)))})},

	{"Z7 encrypted", Z7, build(piece{name: "a", body: "x", flags: flagEncrypted})},
	{"Z7 strongly encrypted", Z7, build(piece{name: "a", body: "x", flags: flagEncrypted | 1<<6})},
	{"Z7 patch", Z7, build(piece{name: "a", body: "x", flags: 1 << 5})},
	{"Z7 masked headers", Z7, build(piece{name: "a", body: "x", flags: 1 << 13})},
	{"Z7 AES", Z7, build(piece{name: "a", body: "x", central: extraCentral(extraEncryption, "\x02\x00AE\x03\x00\x00")})},

	{"Z8 shared local header", Z8, build(piece{name: "a", body: "x"}, piece{name: "b", body: "x", offset: ptr(0), omitLocal: true})},
	{"Z8 entry inside another", Z8, quoted()},
	{"Z8 past the directory", Z8, build(piece{name: "a", body: "x", local: all(set32(18, 99), set32(22, 99)), central: all(set32(20, 99), set32(24, 99))})},

	{"Z9 not a zip", Z9, []byte("import os\n")},
	{"Z9 nothing", Z9, nil},
	{"Z9 bytes before", Z9, whole{prefix: "#!/bin/sh\n", pieces: plain}.bytes()},
	{"Z9 bytes before, offsets moved", Z9, func() []byte { b := build(plain...); return append([]byte("MZ"), b...) }()},
	{"Z9 bytes after", Z9, whole{pieces: plain, suffix: "more"}.bytes()},
	{"Z9 two zips", Z9, append(build(plain...), build(plain...)...)},
	{"Z9 two zips, offsets moved", Z9, whole{prefix: string(build(piece{name: "z"})), pieces: plain}.bytes()},
	{"Z9 bytes between entries", Z9, build(piece{name: "a", body: "x", after: "hidden"}, piece{name: "b"})},
	{"Z9 bytes before the directory", Z9, whole{pieces: plain, beforeDir: "hidden"}.bytes()},
	{"Z9 entry that the directory leaves out", Z9, whole{pieces: plain, beforeDir: string(localOnly("hidden.py"))}.bytes()},
	{"Z9 bytes after the directory", Z9, whole{pieces: plain, beforeEnd: "hidden"}.bytes()},
	{"Z9 zip in the comment", Z9, whole{pieces: plain, comment: string(build(plain...))}.bytes()},
	{"Z9 end record in the comment", Z9, whole{pieces: plain, comment: "x" + endSignature + strings.Repeat("\x00", 18)}.bytes()},
	{"Z9 local header in the comment", Z9, whole{pieces: plain, comment: "x" + localSignature}.bytes()},
	{"Z9 end record in an entry's comment", Z9, build(piece{name: "a", central: entryComment(endSignature + strings.Repeat("\x00", 18))})},
	{"Z9 comment cut short", Z9, whole{pieces: plain, end: set16(20, 4)}.bytes()},
	{"Z9 second disk", Z9, whole{pieces: plain, end: set16(4, 1)}.bytes()},
	{"Z9 directory on another disk", Z9, whole{pieces: plain, end: set16(6, 1)}.bytes()},
	{"Z9 fewer entries on this disk", Z9, whole{pieces: plain, end: set16(8, 0)}.bytes()},
	{"Z9 entry on another disk", Z9, build(piece{name: "a", central: set16(34, 1)})},
	{"Z9 more entries than said", Z9, whole{pieces: append(plain, piece{name: "z"}), end: all(set16(8, 1), set16(10, 1))}.bytes()},
	{"Z9 fewer entries than said", Z9, whole{pieces: plain, end: all(set16(8, 2), set16(10, 2))}.bytes()},
	{"Z9 directory's place", Z9, whole{pieces: plain, end: set32(16, 1<<20)}.bytes()},
	{"Z9 directory's signature", Z9, build(piece{name: "a", central: set16(2, 0)})},
	{"Z9 directory entry cut short", Z9, build(piece{name: "a", central: set16(28, 999)})},
	{"Z9 extra field cut short", Z9, build(piece{name: "a", central: func(b []byte) []byte { le.PutUint16(b[30:], 3); return append(b, "abc"...) }})},
	{"Z9 ZIP64 record elsewhere", Z9, whole{pieces: plain, zip64: true, locator: set32(8, 0)}.bytes()},
	{"Z9 ZIP64 extensible", Z9, whole{pieces: plain, zip64: true, end64: func(b []byte) []byte { le.PutUint64(b[4:], 48); return b }}.bytes()},
	{"Z9 ZIP64 count", Z9, whole{pieces: plain, zip64: true, end: all(set16(8, 2), set16(10, 2))}.bytes()},
	{"Z9 ZIP64 directory", Z9, whole{pieces: plain, zip64: true, end: set32(16, 0)}.bytes()},
	{"Z9 ZIP64 disks", Z9, whole{pieces: plain, zip64: true, locator: set32(16, 2)}.bytes()},

	{"Z10 too deep", Z10, named(strings.Repeat("a/", MaxDepth) + "b")},
	{"Z10 bomb of one entry", Z10, build(grown("a", MaxSparse+1))},
	{"Z10 bomb of many", Z10, build(bombs()...)},
	{"Z10 impossible size", Z10, build(piece{name: "a", body: "x", central: all(set32(24, 0xffffffff), extraCentral(extraZIP64, u64(1<<63)))})},
	{"Z10 directory", Z10, whole{pieces: plain, end: set32(12, MaxDirectory+1)}.bytes()},

	{"Z11 not UTF-8", Z11, build(piece{name: "\xff.py", flags: flagUTF8})},
	{"Z11 not UTF-8, not flagged", Z11, named("caf\x82.py")},
	{"Z11 surrogate", Z11, build(piece{name: "\xed\xa0\x80.py", flags: flagUTF8})},
	{"Z11 not flagged", Z11, named("é.py")},
	{"Z12 too long", Z12, named(strings.Repeat("a", MaxName+1))},
	{"Z13 bzip2", Z13, method(12)},
	{"Z13 LZMA", Z13, method(14)},
	{"Z13 Zstandard", Z13, method(93)},
	{"Z13 AES", Z13, method(99)},
	{"Z13 Deflate64", Z13, method(9)},
}

// also are rules that a zip of the table cannot help breaking.
var also = map[string]Rule{"Z8 shared local header": Z6}

var plain = []piece{{name: "a.py", body: "x = 1\n"}}

const crcText = 0x3b8ba7c7 // of "text"

func named(names ...string) []byte {
	pieces := make([]piece, len(names))
	for i, name := range names {
		pieces[i].name = name
	}
	return build(pieces...)
}

func rename(name string) edit {
	return func(b []byte) []byte { return append(b[:localLength], name...) }
}

func method(m uint16) []byte {
	return build(piece{name: "a", body: "x", local: set16(8, m), central: set16(10, m)})
}

// streamed is an entry with a data descriptor, which change breaks.
func streamed(change func(string) string) []byte {
	p := piece{name: "a", body: "text", deflate: true, flags: flagDescriptor, local: all(set32(14, 0), set32(18, 0), set32(22, 0))}
	p.after = change(descriptor("text", deflated("text")))
	return build(p)
}

// localOnly is an entry without its place in a directory.
func localOnly(name string) []byte {
	b, _ := piece{name: name, body: "import os"}.append(nil)
	return b
}

// quoted is a zip whose second entry lies inside the first one's stored bytes.
func quoted() []byte {
	inner := localOnly("b")
	return build(piece{name: "a", body: string(inner)},
		piece{name: "b", body: "import os", offset: ptr(localLength + 1), omitLocal: true})
}

// grown says that it unpacks to size bytes, from few.
func grown(name string, size uint32) piece {
	return piece{name: name, deflate: true, packed: "packed", local: set32(22, size), central: set32(24, size)}
}

func bombs() []piece {
	pieces := make([]piece, 65)
	for i := range pieces {
		pieces[i] = grown(fmt.Sprint(i), 1<<20)
	}
	return pieces
}

func TestOpenRefuses(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Open(bytes.NewReader(tt.zip), int64(len(tt.zip)), Limits{})
			var format *FormatError
			require.True(t, errors.As(err, &format), "want a FormatError, got %v", err)
			for _, v := range format.Violations {
				assert.Contains(t, []Rule{tt.rule, also[tt.name]}, v.Rule, "%v", v)
			}
			assert.True(t, slices.ContainsFunc(format.Violations, func(v Violation) bool { return v.Rule == tt.rule }), "%v", err)
			_, again := Open(bytes.NewReader(tt.zip), int64(len(tt.zip)), Limits{})
			assert.Equal(t, err, again, "the same violations in the same order")
		})
	}
}

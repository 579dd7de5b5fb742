package wheel

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// lines is an edit of the RECORD's text.
func lines(change func(string) string) func([]wheelmake.Member) []wheelmake.Member {
	return func(members []wheelmake.Member) []wheelmake.Member {
		for i, m := range members {
			if strings.HasSuffix(m.Name, ".dist-info/RECORD") {
				members[i].Body = change(m.Body)
			}
		}
		return members
	}
}

func replaceLine(old, new string) func([]wheelmake.Member) []wheelmake.Member {
	return lines(func(s string) string {
		if !strings.Contains(s, old) {
			panic("no such text: " + old)
		}
		return strings.Replace(s, old, new, 1)
	})
}

// initHash is the hash of demo/__init__.py; it has characters that standard base64 writes otherwise.
var initHash = wheelmake.Hash("def main(): text\n")

var recordTests = []struct {
	name string
	edit func([]wheelmake.Member) []wheelmake.Member
	want []string // nil: true
}{
	{"true", nil, nil},
	{"R1 content", wheelmake.Replace("demo/__init__.py", "evil"), []string{"RECORD demo/__init__.py", "RECORD demo/__init__.py"}},
	{"R1 content of the same size", wheelmake.Replace("demo/data,1.txt", "tixt"), []string{"RECORD demo/data,1.txt"}},
	{"R1 unlisted", wheelmake.Add(wheelmake.Member{Name: "evil.py", Body: "x"}), []string{"RECORD evil.py"}},
	{"R1 absent", wheelmake.Drop("demo/__init__.py"), []string{"RECORD demo/__init__.py"}},
	{"listed twice", lines(func(s string) string { return s + s[:strings.Index(s, "\n")+1] }), []string{"RECORD demo/__init__.py"}},
	{"listed twice by another spelling", lines(func(s string) string { return s + "./" + s[:strings.Index(s, "\n")+1] }), []string{"RECORD demo/__init__.py"}},
	{"CRLF, no last line end, empty lines", lines(func(s string) string {
		return "\n" + strings.TrimSuffix(strings.ReplaceAll(s, "\n", "\r\n\r\n"), "\r\n")
	}), nil},
	{"dot slash", replaceLine("demo/__init__.py", "./demo/__init__.py"), nil},
	{"backslash", replaceLine("demo/__init__.py", `demo\__init__.py`), []string{"RECORD demo/__init__.py", `RECORD demo\__init__.py`}},
	{"absolute", replaceLine("demo/__init__.py", "/demo/__init__.py"), []string{"RECORD /demo/__init__.py", "RECORD demo/__init__.py"}},
	{"parent", replaceLine("demo/__init__.py", "x/../demo/__init__.py"), []string{"RECORD demo/__init__.py", "RECORD x/../demo/__init__.py"}},
	{"case", replaceLine("demo/__init__.py", "Demo/__init__.py"), []string{"RECORD Demo/__init__.py", "RECORD demo/__init__.py"}},
	{"folder", lines(func(s string) string { return "demo/,,\n" + s }), []string{"RECORD demo/"}},
	{"size", replaceLine(",17\n", ",18\n"), []string{"RECORD demo/__init__.py"}},
	{"no size", replaceLine(",17\n", ",\n"), []string{"RECORD demo/__init__.py"}},
	{"no hash", replaceLine(initHash, ""), []string{"RECORD demo/__init__.py"}},
	{"md5", replaceLine(initHash, "md5=GuA5nDIQC5yK5Y2fEDXVBw"), []string{"RECORD demo/__init__.py"}},
	{"sha1", replaceLine(initHash, "sha1=2jmj7l5rSw0yVb_vlWAYkK_YBwk"), []string{"RECORD demo/__init__.py"}},
	{"padded", replaceLine(initHash, initHash+"="), []string{"RECORD demo/__init__.py"}},
	{"standard base64", replaceLine(initHash, strings.NewReplacer("-", "+", "_", "/").Replace(initHash)), []string{"RECORD demo/__init__.py"}},
	{"hexadecimal", replaceLine(initHash, "sha256="+strings.Repeat("0", 64)), []string{"RECORD demo/__init__.py"}},
	{"cut short", replaceLine(initHash, initHash[:30]), []string{"RECORD demo/__init__.py"}},
	{"sha384", replaceLine(initHash, "sha384="+encode(sha512.Sum384([]byte("def main(): text\n")))), nil},
	{"sha512", replaceLine(initHash, "sha512="+encode(sha512.Sum512([]byte("def main(): text\n")))), nil},
	{"sha512 of something else", replaceLine(initHash, "sha512="+encode(sha512.Sum512(nil))), []string{"RECORD demo/__init__.py"}},
	{"signatures", wheelmake.Add(wheelmake.Member{Name: "demo_lib-1.2.dist-info/RECORD.jws"}, wheelmake.Member{Name: "demo_lib-1.2.dist-info/RECORD.p7s", Body: "x"}), nil},
	{"itself with a hash", replaceLine("RECORD,,", "RECORD,"+initHash+",1"), []string{"RECORD demo_lib-1.2.dist-info/RECORD"}},
	{"itself unlisted", replaceLine("demo_lib-1.2.dist-info/RECORD,,\n", ""), nil},
	{"empty", lines(func(string) string { return "" }), []string{"RECORD demo/__init__.py", "RECORD demo/data,1.txt", "RECORD demo_lib-1.2.dist-info/METADATA",
		"RECORD demo_lib-1.2.dist-info/WHEEL", "RECORD demo_lib-1.2.dist-info/entry_points.txt"}},
	{"unreadable", lines(func(string) string { return "\"" }), []string{"RECORD", "RECORD demo/__init__.py", "RECORD demo/data,1.txt",
		"RECORD demo_lib-1.2.dist-info/METADATA", "RECORD demo_lib-1.2.dist-info/WHEEL", "RECORD demo_lib-1.2.dist-info/entry_points.txt"}},
}

func encode[T [48]byte | [64]byte](sum T) string {
	switch sum := any(sum).(type) {
	case [48]byte:
		return base64.RawURLEncoding.EncodeToString(sum[:])
	case [64]byte:
		return base64.RawURLEncoding.EncodeToString(sum[:])
	}
	return ""
}

// Trap 36.
func TestVerify(t *testing.T) {
	for _, tt := range recordTests {
		t.Run(tt.name, func(t *testing.T) {
			err := open(t, edited(tt.edit)).Verify(context.Background())
			if tt.want == nil {
				require.NoError(t, err)
				return
			}
			assert.Equal(t, tt.want, rules(t, err), "%v", err)
		})
	}
}

// Heal reports what Verify finds, and what it gives is true and lays out.
func TestHeal(t *testing.T) {
	for _, tt := range recordTests {
		t.Run(tt.name, func(t *testing.T) {
			w := open(t, edited(tt.edit))
			healed, found, err := w.Heal(context.Background())
			require.NoError(t, err)
			assert.Equal(t, tt.want, short(found))
			require.NoError(t, healed.Verify(context.Background()))
			again, found, err := healed.Heal(context.Background())
			require.NoError(t, err)
			assert.Empty(t, found)
			assert.Equal(t, healed.record, again.record)
			tree, err := healed.Layout(FlatScheme(), "test")
			require.NoError(t, err)
			checkTree(t, tree)
			if len(tt.want) > 0 {
				assert.Error(t, w.Verify(context.Background()), "the wheel itself stays as it is")
			}
		})
	}
}

func TestVerifyContent(t *testing.T) {
	s := spec()
	s.Deflate = false
	blob := wheelmake.Make(s)
	blob[bytes.Index(blob, []byte("def main"))] ^= 1 // in the zip, so that its CRC-32 is wrong, too
	w, err := Open(bytes.NewReader(blob), int64(len(blob)), s.Filename())
	require.NoError(t, err)
	assert.Equal(t, []string{"Z6 demo/__init__.py"}, rules(t, w.Verify(context.Background())))
	_, _, err = w.Heal(context.Background())
	assert.Equal(t, []string{"Z6 demo/__init__.py"}, rules(t, err), "no RECORD can make this true")
}

func TestVerifyCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, open(t, spec()).Verify(ctx), context.Canceled)
}

package wheel

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// FuzzOpen: a wheel that opens and verifies lays out into a tree whose RECORD is true.
func FuzzOpen(f *testing.F) {
	for _, s := range []wheelmake.Spec{spec(), layoutSpec(), edited(wheelmake.Drop("/RECORD")), files("demo_lib-1.2.data/scripts/x", "../x")} {
		s.Deflate = false // so that the fuzzer can change contents
		f.Add(wheelmake.Make(s))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		if len(blob) > 1<<20 {
			return
		}
		w, err := Open(bytes.NewReader(blob), int64(len(blob)), spec().Filename())
		if err != nil {
			var format *FormatError
			require.True(t, errors.As(err, &format) && len(format.Violations) > 0, "%v", err)
			return
		}
		if w.zip.Size() > 1<<20 {
			return
		}
		if w.Verify(context.Background()) != nil {
			if w, _, err = w.Heal(context.Background()); err != nil {
				return
			}
			require.NoError(t, w.Verify(context.Background()))
		}
		tree, err := w.Layout(FlatScheme(), "fuzz")
		if err != nil {
			var format *FormatError
			require.ErrorAs(t, err, &format)
			return
		}
		checkTree(t, tree)
	})
}

// FuzzParseRecord: what is read is written and read again as the same lines, sorted.
func FuzzParseRecord(f *testing.F) {
	f.Add([]byte("a,sha256=x,1\n\"b,c\",,\r\n\"d\"\"e\",h,0"))
	f.Add([]byte(wheelmake.Record([]wheelmake.Member{{Name: "é"}}, "RECORD")))
	f.Add([]byte("a,h,1\r\n\nb,,\r"))
	f.Fuzz(func(t *testing.T, b []byte) {
		entries, err := ParseRecord(b)
		if plain, ok := plainRecord(string(b)); ok && len(b) <= MaxRecord && utf8.Valid(b) {
			quoted, err := quotedRecord(b)
			require.NoError(t, err)
			require.Equal(t, quoted, plain)
		}
		if err != nil {
			return
		}
		again, err := ParseRecord(FormatRecord(entries))
		require.NoError(t, err)
		slices.SortStableFunc(entries, func(a, b RecordEntry) int { return strings.Compare(a.Path, b.Path) })
		require.Equal(t, entries, again)
		in := Installed{Record: entries}
		for _, name := range in.Owned(fstest.MapFS{}) {
			require.NotRegexp(t, `^/|(^|/)\.\.(/|$)|[\\:]`, name)
		}
	})
}

func FuzzEntryPoints(f *testing.F) {
	f.Add([]byte("[console_scripts]\npip3.11 = pip._internal:main [x,y]\n"))
	f.Add([]byte("# c\n[g]\na=b\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		points, err := ParseEntryPoints(b)
		if err != nil {
			return
		}
		for _, p := range points {
			require.NotEmpty(t, p.Group)
			require.NotEmpty(t, p.Module)
			require.NotContains(t, p.Name, "=")
			if p.IsScript() {
				require.NotEmpty(t, p.Attr)
				require.NotContains(t, p.Name, "/")
			}
		}
	})
}

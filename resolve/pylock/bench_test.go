package pylock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkParse reads and writes a lock of 100 packages with ten wheels each.
func BenchmarkParse(b *testing.B) {
	var text strings.Builder
	text.WriteString(head)
	for i := range 100 {
		tags := make([]string, 10)
		for n := range tags {
			tags[n] = fmt.Sprintf("cp3%d-cp3%d-manylinux_2_28_x86_64", n+5, n+5)
		}
		text.WriteString(entry(fmt.Sprintf("p%d", i), "version = '1.0'\ndependencies = [{name = 'p0'}]", tags...))
	}
	lock, err := Parse([]byte(text.String()))
	require.NoError(b, err)
	b.Run("Parse", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(text.Len()))
		for b.Loop() {
			_, err := Parse([]byte(text.String()))
			require.NoError(b, err)
		}
	})
	b.Run("Marshal", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := lock.Marshal()
			require.NoError(b, err)
		}
	})
}

// BenchmarkRead reads a requirements file of 1000 pins with two hashes each.
func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&text, "p%d==1.%d ; python_version >= '3.8' \\\n    %s \\\n    %s\n    # via p0\n", i, i, sha1st, sha1st)
	}
	f := files{"f": text.String()}
	b.ReportAllocs()
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		_, err := f.reader().Read([]string{"f"}, nil)
		require.NoError(b, err)
	}
}

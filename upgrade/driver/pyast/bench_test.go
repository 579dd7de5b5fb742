package pyast

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkSurface reads 100 modules of 15 classes, with the interpreters' start.
func BenchmarkSurface(b *testing.B) {
	var text strings.Builder
	text.WriteString("from a.b import c\nimport d.e as f\n")
	for i := range 15 {
		fmt.Fprintf(&text, "class C%d(c.Base):\n    kind = %[1]d\n", i)
		for m := range 12 {
			fmt.Fprintf(&text, "    def m%d(self, volume, name=None, *args, **kwargs):\n        if volume:\n            self.volume = f.call(volume, name, key=self.name['x'] + 1)\n        return [v for v in args if v.id == name]\n", m)
		}
	}
	var files []Source
	for i := range 100 {
		files = append(files, Source{Name: fmt.Sprintf("m%d", i), Text: []byte(text.String())})
	}
	r := reader(b)
	b.SetBytes(int64(len(files) * text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		found, err := r.Surface(b.Context(), files)
		require.NoError(b, err)
		require.NoError(b, found[len(found)-1].Err)
	}
}

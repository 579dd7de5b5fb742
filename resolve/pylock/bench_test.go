package pylock

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
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

// BenchmarkMerge locks 100 projects for five platforms, a third of them in two versions.
func BenchmarkMerge(b *testing.B) {
	var all []*resolve.Resolution
	for i, p := range [][2]string{{"3.7.4", "win32"}, {"3.9.18", "win_amd64"}, {"3.9.18", "macosx_11_0_arm64"}, {"3.9.18", "manylinux_2_17_x86_64"}, {"3.12.1", "manylinux_2_17_x86_64"}} {
		pl, err := resolve.NewPlatform(fmt.Sprint(i), pep440.MustParse(p[0]), p[1])
		require.NoError(b, err)
		r := &resolve.Resolution{Platform: pl}
		for n := range 100 {
			version := "1.0"
			if n%3 == 0 && i == 0 {
				version = "0.9"
			}
			name := fmt.Sprintf("p%03d-%s-py3-none-any.whl", n, version)
			parsed, err := dist.ParseFilename(name)
			require.NoError(b, err)
			f := dist.File{Filename: parsed, Artifact: dist.Artifact{File: name, URL: "https://files.example/" + name, Size: 1, Hashes: map[string]string{"sha256": strings.Repeat("a", 64)}}}
			r.Pins = append(r.Pins, resolve.Pin{Name: f.Name, Version: f.Version, Files: []dist.File{f}, RequiredBy: []resolve.Reason{{By: "p000", Requirement: pep508.Requirement{Name: f.Name}}}})
		}
		all = append(all, r)
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := Merge(all...)
		require.NoError(b, err)
	}
}

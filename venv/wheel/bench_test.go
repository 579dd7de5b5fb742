package wheel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// thousand is a wheel of 1,000 files of 10,000 bytes each, of words, so that they compress like code.
func thousand() (blob []byte, filename string) {
	r := rand.New(rand.NewPCG(1, 1))
	words := make([]string, 2000)
	for i := range words {
		words[i] = fmt.Sprintf("%x ", r.Uint64()>>(8*r.IntN(8)))
	}
	s := wheelmake.Spec{Name: "large", Version: "1", Deflate: true, Files: map[string]string{}}
	for i := range 1000 {
		var b bytes.Buffer
		for b.Len() < 10_000 {
			b.WriteString(words[r.IntN(len(words))])
		}
		s.Files[fmt.Sprintf("large/part%d/mod%d.py", i/20, i)] = b.String()[:10_000]
	}
	return wheelmake.Make(s), s.Filename()
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func BenchmarkOpen(b *testing.B) {
	blob, name := thousand()
	b.ReportAllocs()
	for b.Loop() {
		must(Open(bytes.NewReader(blob), int64(len(blob)), name))
	}
}

func BenchmarkVerify(b *testing.B) {
	blob, name := thousand()
	w := must(Open(bytes.NewReader(blob), int64(len(blob)), name))
	b.ReportAllocs()
	b.SetBytes(w.zip.Size())
	for b.Loop() {
		if err := w.Verify(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBundle is the way from a wheel that was verified before to the raw members of a bundle, hashed: without the zip's headers.
func BenchmarkBundle(b *testing.B) {
	blob, name := thousand()
	b.ReportAllocs()
	b.SetBytes(int64(len(blob)))
	buf := make([]byte, 64<<10)
	for b.Loop() {
		tree := must(must(Open(bytes.NewReader(blob), int64(len(blob)), name)).Layout(FlatScheme(), "bench"))
		hash := sha256.New()
		for _, file := range tree.Files() {
			_, raw, err := tree.OpenRaw(file)
			if err != nil {
				b.Fatal(err)
			}
			must(io.CopyBuffer(hash, raw, buf))
		}
	}
}

func BenchmarkParseRecord(b *testing.B) {
	blob, name := thousand()
	text := must(must(Open(bytes.NewReader(blob), int64(len(blob)), name)).Layout(FlatScheme(), "bench")).Record()
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		must(ParseRecord(text))
	}
}

package archive

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// BenchmarkOpen reads and checks the directory of a wheel of numpy's size.
func BenchmarkOpen(b *testing.B) {
	blob := many(900, 100)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(bytes.NewReader(blob), int64(len(blob)), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpenFile does so through system calls.
func BenchmarkOpenFile(b *testing.B) {
	blob := many(900, 100)
	path := filepath.Join(b.TempDir(), "a.zip")
	if err := os.WriteFile(path, blob, 0o644); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(f, int64(len(blob)), Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEach(b *testing.B) {
	blob := many(900, 10000)
	r, err := Open(bytes.NewReader(blob), int64(len(blob)), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(r.Size())
	for b.Loop() {
		if err := r.Each(context.Background(), func(_ int, body io.Reader) error { _, err := io.Copy(io.Discard, body); return err }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExtract(b *testing.B) {
	blob := many(900, 10000)
	r, err := Open(bytes.NewReader(blob), int64(len(blob)), Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(r.Size())
	for b.Loop() {
		b.StopTimer()
		in, err := os.OpenRoot(b.TempDir())
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := r.Extract(context.Background(), in, nil); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		in.Close()
		b.StartTimer()
	}
}

package api

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
)

// Write writes the Index in the form that doc.go describes: the same bytes for the same Index. What Read would not give back as it is, is a *FormatError.
func Write(w io.Writer, ix *Index) error {
	text, err := encode(ix)
	if err != nil {
		return err
	}
	if _, err := decode(text, MaxMemory); err != nil {
		return err
	}
	var file bytes.Buffer
	z, err := gzip.NewWriterLevel(&file, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err = z.Write(text); err != nil {
		return err
	}
	if err = z.Close(); err != nil {
		return err
	}
	if file.Len() > MaxFile {
		return &FormatError{Reason: fmt.Sprintf("takes %d bytes: more than MaxFile", file.Len())}
	}
	_, err = file.WriteTo(w)
	return err
}

// encode gives the text: the pools, each entry of which names only what came before it, and then the releases.
func encode(ix *Index) ([]byte, error) {
	e := &encoder{texts: map[string]int{}}
	e.index(ix) // gathers the strings
	e.sortTexts()
	e.index(ix)
	if e.err != nil {
		return nil, e.err
	}
	out := writer(magic)
	out.texts(e.sorted)
	for _, p := range []*pool{&e.signatures, &e.symbols, &e.modules} {
		out.count(len(p.entries))
		for _, entry := range p.entries {
			out = append(out, entry...)
		}
	}
	return append(out, e.releases...), nil
}

// writer is the text: numbers are varints.
type writer []byte

func (w *writer) count(numbers ...int) {
	for _, n := range numbers {
		*w = binary.AppendUvarint(*w, uint64(n))
	}
}

func (w *writer) signed(n int) { *w = binary.AppendVarint(*w, int64(n)) }

// length is that of a list or map, plus one: nil is 0, as it differs from what is empty.
func (w *writer) length(n int, none bool) {
	if none {
		n = -1
	}
	w.count(n + 1)
}

func bit(b byte, set bool) byte {
	if set {
		return b
	}
	return 0
}

// texts writes strings in their order, each without what it begins with of the one before.
func (w *writer) texts(sorted []string) {
	w.count(len(sorted))
	last := ""
	for _, s := range sorted {
		same := shared(last, s)
		w.count(same, len(s)-same)
		*w = append(*w, s[same:]...)
		last = s
	}
}

func shared(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

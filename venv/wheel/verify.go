package wheel

import (
	"bytes"
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/internal/archive"
)

// Verify hashes every file against RECORD, in parallel: each file listed with sha256 or better and size, none missing, none extra.
// All violations come as one *FormatError; other errors are ctx's or those of the reader.
func (w *Wheel) Verify(ctx context.Context) error {
	x := w.newExam()
	if err := w.zip.Each(ctx, x.verify); err != nil {
		return err
	}
	found := x.found()
	return found.err(w.file)
}

// Heal is for a wheel whose RECORD is wrong or unreadable, while the zip and the rest of the wheel are whole: it gives the same wheel with
// the RECORD that its files ask for, and all that Verify finds wrong with its own, for the caller to report. It is for the caller to know
// the wheel from elsewhere, by an index's sha256. A file that the zip itself gives a wrong CRC-32 or size is a *FormatError still.
func (w *Wheel) Heal(ctx context.Context) (*Wheel, []Violation, error) {
	x := w.newExam()
	x.sums = make([][sha256.Size]byte, len(x.entries))
	if err := w.zip.Each(ctx, x.verify); err != nil {
		return nil, nil, err
	}
	found := x.found()
	for _, v := range found {
		if strings.HasPrefix(v.Rule, "Z") {
			return nil, nil, found.err(w.file)
		}
	}
	healed := *w
	healed.record = record{lines: make(map[string]RecordEntry, len(x.entries))}
	for i, e := range x.entries {
		line := RecordEntry{e.Name, formatHash(x.sums[i]), e.Size}
		if w.isUnhashed(e.Name) {
			line.Hash, line.Size = "", -1
		}
		healed.record.lines[e.Name] = line
	}
	return &healed, found.sorted(), nil
}

// isUnhashed knows the files that RECORD cannot hash (PyPA "Binary distribution format", "The .dist-info directory").
func (w *Wheel) isUnhashed(name string) bool {
	file, ok := strings.CutPrefix(name, w.distInfo+"/")
	return ok && (file == "RECORD" || file == "RECORD.jws" || file == "RECORD.p7s")
}

// exam compares the files with RECORD. Each file has its own place for what is found, so that goroutines share nothing.
type exam struct {
	w       *Wheel
	entries []archive.Entry
	faults  []faults            // of entries[i]
	sums    [][sha256.Size]byte // of entries[i]; nil where not wanted
}

func (w *Wheel) newExam() *exam {
	entries := w.zip.Entries()
	return &exam{w, entries, make([]faults, len(entries)), nil}
}

// verify hashes one file. Its error is none of the wheel's.
func (x *exam) verify(i int, body io.Reader) error {
	e, found := &x.entries[i], &x.faults[i]
	line, listed := x.w.record.lines[e.Name]
	var sums []hash.Hash
	var want []byte
	switch newHash, digest, err := parseHash(line.Hash); {
	case x.w.isUnhashed(e.Name):
		if line.Hash != "" {
			found.add("RECORD", e.Name, "has a hash, which it cannot")
		}
	case !listed:
		found.add("RECORD", e.Name, "not listed")
	case err != nil:
		found.add("RECORD", e.Name, "%v", err)
	default:
		sums, want = append(sums, newHash()), digest
	}
	if x.sums != nil {
		sums = append(sums, sha256.New())
	}
	if err := consume(body, sums); err != nil {
		return found.zip(err)
	}
	if x.sums != nil {
		sums[len(sums)-1].Sum(x.sums[i][:0])
	}
	if want != nil && !bytes.Equal(sums[0].Sum(nil), want) {
		found.add("RECORD", e.Name, "its hash is another than RECORD's")
	}
	if want != nil && line.Size != e.Size {
		found.add("RECORD", e.Name, "has %d bytes, RECORD says %d", e.Size, line.Size)
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// consume reads all of body, for its own checks too, into the hashes.
func consume(body io.Reader, sums []hash.Hash) error {
	buf := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buf)
	for {
		n, err := body.Read(buf[:])
		for _, h := range sums {
			h.Write(buf[:n])
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// found is all that is wrong: with RECORD itself, with files, and with lines that have no file.
func (x *exam) found() faults {
	all := append(faults{}, x.w.record.faults...)
	for _, f := range x.faults {
		all = append(all, f...)
	}
	for name := range x.w.record.lines {
		if _, ok := x.w.zip.Lookup(name); !ok && !x.w.isUnhashed(name) {
			all.add("RECORD", name, "listed, but not in the wheel")
		}
	}
	return all
}

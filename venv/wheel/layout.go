package wheel

import (
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"path"
	"strings"
	"unicode"

	"github.com/chandlery-go/chandlery/internal/archive"
)

// Layout is the tree that installing the wheel gives: shipped __pycache__ dropped, .data spread by the scheme, INSTALLER and a true RECORD
// added; see the package doc. Layout hashes only what it must to write RECORD: it believes the sha256 in the wheel's RECORD, which is
// for Verify (or Heal) to check before. Two files on one path are a *FormatError.
func (w *Wheel) Layout(s Scheme, installer string) (*Tree, error) {
	return w.LayoutWith(s, installer, nil)
}

// LayoutWith is Layout with files that the installer makes beside those of the wheel. They stand in RECORD.
func (w *Wheel) LayoutWith(s Scheme, installer string, made []Made) (*Tree, error) {
	if installer == "" || strings.ContainsFunc(installer, unicode.IsControl) {
		return nil, fmt.Errorf("installer %q is empty or has control characters: give the program's name", installer)
	}
	library := s.Platlib
	if w.purelib {
		library = s.Purelib
	}
	l := layout{w, places{w.distInfo, w.data, library, string(w.filename.Name), s}, nil, nil}
	for _, e := range w.zip.Entries() {
		if l.replaced(e.Name, made) {
			continue
		}
		if err := l.take(&e); err != nil {
			return nil, err
		}
	}
	l.write("INSTALLER", []byte(installer+"\n"))
	l.make(made)
	self := path.Join(w.distInfo, "RECORD")
	text := FormatRecord(append(l.lines, RecordEntry{self, "", -1}))
	l.parts = append(l.parts, archive.Part{Name: path.Join(library, self), Body: text})
	z, err := archive.Assemble(l.parts)
	if err != nil {
		var found faults
		if err := found.zip(err); err != nil {
			return nil, err
		}
		return nil, found.err(w.file)
	}
	return &Tree{z, text, path.Join(library, w.distInfo), autoload(z, s)}, nil
}

// layout is a tree in the making.
type layout struct {
	w *Wheel
	places
	parts []archive.Part
	lines []RecordEntry // of parts, relative to library
}

// take gives one file of the wheel its place.
func (l *layout) take(e *archive.Entry) error {
	to, script := l.place(e.Name)
	if to == "" {
		return nil
	}
	line, err := l.w.line(e)
	if err != nil {
		return err
	}
	line.Path = relative(l.library, to)
	l.lines = append(l.lines, line)
	l.parts = append(l.parts, archive.Part{Name: to, From: l.w.zip, Entry: e.Name, Executable: script || e.Mode&0o111 != 0})
	return nil
}

// ofInstallation are the files of .dist-info that are about one installation, so none that a wheel brings (PyPA "Recording installed
// projects"), and the signatures of a RECORD that does not stay.
var ofInstallation = []string{"RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json"}

// write adds a file to .dist-info.
func (l *layout) write(name string, body []byte) {
	name = path.Join(l.w.distInfo, name)
	l.lines = append(l.lines, RecordEntry{name, formatHash(sha256.Sum256(body)), int64(len(body))})
	l.parts = append(l.parts, archive.Part{Name: path.Join(l.library, name), Body: body})
}

// line is the RECORD line of a file, from the wheel's RECORD where that has a sha256.
func (w *Wheel) line(e *archive.Entry) (RecordEntry, error) {
	if line, ok := w.record.lines[e.Name]; ok && strings.HasPrefix(line.Hash, "sha256=") {
		return RecordEntry{Hash: line.Hash, Size: e.Size}, nil
	}
	sum, err := w.zip.SHA256(context.Background(), e.Name)
	if err != nil {
		var found faults
		return RecordEntry{}, cmp.Or(found.zip(err), found.err(w.file))
	}
	return RecordEntry{Hash: formatHash(sum), Size: e.Size}, nil
}

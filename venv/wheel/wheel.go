package wheel

import (
	"cmp"
	"io"
	"path"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// MaxUnpacked bounds what a wheel may unpack to, in bytes.
	MaxUnpacked = archive.DefaultUnpacked
	// MaxFiles bounds the entries of a wheel.
	MaxFiles = archive.DefaultFiles
)

// Wheel is an opened wheel whose structure was checked (PyPA "Binary distribution format"). Immutable, safe for concurrent use; the
// reader that it was opened on must stay open.
type Wheel struct {
	file     string
	filename dist.Filename
	zip      *archive.Reader
	distInfo string // "numpy-1.0.dist-info"
	data     string // "numpy-1.0.data"; "" where there is none
	purelib  bool
	raw      []byte // METADATA
	metadata *dist.Metadata
	record   record
}

// Open checks the zip, the file name, .dist-info, WHEEL and METADATA (name and version equal the file name's). What is wrong comes
// together as one *FormatError; other errors are those of r. It does not hash the contents: Verify does.
func Open(r io.ReaderAt, size int64, filename string) (*Wheel, error) {
	w, found := &Wheel{file: filename}, faults{}
	var err error
	if w.filename, err = dist.ParseFilename(filename); err != nil {
		found.add("filename", "", "%v", err)
	} else if w.filename.Kind != dist.Wheel {
		found.add("filename", "", "no wheel: its name does not end in .whl")
	}
	named := len(found) == 0
	if w.zip, err = archive.Open(r, size, archive.Limits{Files: MaxFiles, Unpacked: MaxUnpacked}); err != nil {
		if err := found.zip(err); err != nil {
			return nil, err
		}
		return nil, found.err(filename)
	}
	if err := w.folders(named, &found); err != nil {
		return nil, err
	}
	if err := found.err(filename); err != nil {
		return nil, err
	}
	return w, nil
}

// folders finds the folders that a wheel has besides its files, and reads what .dist-info says. named says that the file name is known.
func (w *Wheel) folders(named bool, found *faults) error {
	distInfos, datas := map[string]bool{}, map[string]bool{}
	for _, e := range w.zip.Entries() {
		top, _, below := strings.Cut(e.Name, "/")
		switch {
		case below && strings.HasSuffix(top, ".dist-info"):
			distInfos[top] = true
		case below && strings.HasSuffix(top, ".data"):
			datas[top] = true
			w.dataPart(e.Name, found)
		}
	}
	w.distInfo, w.data = w.one(".dist-info", distInfos, named, found), w.one(".data", datas, named, found)
	if len(distInfos) == 0 {
		found.add("dist-info", "", "no .dist-info folder at the top")
	}
	if w.distInfo == "" {
		return nil
	}
	return w.distInfoFiles(named, found)
}

// one is the only folder of a kind; its name is the file name's (PyPA "Binary distribution format", "The .dist-info directory").
func (w *Wheel) one(suffix string, folders map[string]bool, named bool, found *faults) (name string) {
	rule := suffix[1:]
	for folder := range folders {
		name = folder
		if len(folders) > 1 {
			found.add(rule, folder, "one of %d %s folders, at most one may be", len(folders), suffix)
		}
		if n, v, ok := splitFolder(strings.TrimSuffix(folder, suffix)); !ok {
			found.add(rule, folder, "not named by a project and its version")
		} else if named && (n != w.filename.Name || !v.Equal(w.filename.Version)) {
			found.add(rule, folder, "of %s %s, but the file name says %s %s", n, v, w.filename.Name, w.filename.Version)
		}
	}
	if len(folders) > 1 {
		return ""
	}
	return name
}

// splitFolder reads the stem of "numpy-1.0.dist-info". A version has no dash there.
func splitFolder(stem string) (pep508.Name, pep440.Version, bool) {
	at := strings.LastIndexByte(stem, '-')
	if at < 0 {
		return "", pep440.Version{}, false
	}
	n, err := pep508.ParseName(stem[:at])
	if err != nil {
		return "", pep440.Version{}, false
	}
	v, err := pep440.Parse(stem[at+1:])
	return n, v, err == nil
}

// dataPart checks that a file in .data lies in a part that has a place.
func (w *Wheel) dataPart(name string, found *faults) {
	_, rest, _ := strings.Cut(name, "/")
	key, _, below := strings.Cut(rest, "/")
	if _, known := (Scheme{}).part(key); !known || !below {
		found.add("data", name, "not in one of the parts purelib, platlib, scripts, headers and data")
	}
}

func (w *Wheel) distInfoFiles(named bool, found *faults) error {
	text, err := w.read("WHEEL", maxWheelFile, found)
	if err != nil {
		return err
	}
	if text != nil {
		w.purelib = wheelFile(text, found)
	}
	if w.raw, err = w.read("METADATA", dist.MaxMetadata, found); err != nil {
		return err
	}
	if w.raw != nil {
		w.checkMetadata(named, found)
	}
	text, err = w.read("RECORD", MaxRecord, found)
	if err == nil && text != nil {
		w.record = newRecord(text)
	}
	return err
}

func (w *Wheel) checkMetadata(named bool, found *faults) {
	var err error
	if w.metadata, err = dist.ParseMetadata(w.raw); err == nil && named {
		err = w.metadata.Matches(w.filename)
	}
	if err != nil {
		found.add("METADATA", "", "%v", err)
	}
}

// read reads a file of .dist-info; nil where it is found to be missing, too large or broken.
func (w *Wheel) read(name string, limit int64, found *faults) ([]byte, error) {
	full := path.Join(w.distInfo, name)
	e, ok := w.zip.Lookup(full)
	switch {
	case !ok:
		found.add(name, full, "missing")
		return nil, nil
	case e.Size > limit:
		found.add(name, full, "%d bytes, at most %d", e.Size, limit)
		return nil, nil
	}
	b, err := w.zip.ReadFile(full)
	if err != nil {
		return nil, found.zip(err)
	}
	return b, nil
}

// Filename is what the wheel's file name says.
func (w *Wheel) Filename() dist.Filename { return w.filename }

// Metadata is METADATA, parsed; the caller must not change it.
func (w *Wheel) Metadata() *dist.Metadata { return w.metadata }

// MetadataBytes is METADATA as it stands; the caller must not change it.
func (w *Wheel) MetadataBytes() []byte { return w.raw }

// DistInfo is the name of the .dist-info folder, "numpy-1.0.dist-info".
func (w *Wheel) DistInfo() string { return w.distInfo }

// EntryPoints reads entry_points.txt; a wheel without one has none. The error is a *FormatError, or one of the reader.
func (w *Wheel) EntryPoints() ([]EntryPoint, error) {
	if _, ok := w.zip.Lookup(w.distInfo + "/entry_points.txt"); !ok {
		return nil, nil
	}
	var found faults
	text, err := w.read("entry_points.txt", MaxEntryPoints, &found)
	if err != nil || text == nil {
		return nil, cmp.Or(err, found.err(w.file))
	}
	points, err := ParseEntryPoints(text)
	if err != nil {
		found.add("entry_points.txt", "", "%v", err)
	}
	return points, found.err(w.file)
}

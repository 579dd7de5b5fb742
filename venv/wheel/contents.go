package wheel

import (
	"context"
	"crypto/sha256"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Contents is all that an installer needs to know of a verified wheel whose files lie unpacked.
type Contents struct {
	File        string // file name of the wheel
	DistInfo    string // "numpy-1.0.dist-info"
	Data        string // "numpy-1.0.data"; "" where there is none
	Purelib     bool   // Root-Is-Purelib
	Files       []ContentsFile
	EntryPoints []EntryPoint
}

// ContentsFile is one file of a wheel.
type ContentsFile struct {
	Name       string // slash path in the wheel
	Hash       string // "sha256=…", as RECORD has it
	Size       int64
	Executable bool
	Time       int64 // of its last change, in nanoseconds since 1970, where it lies unpacked
}

// Unpack writes the wheel's files below root, which is empty, as they stand in the wheel, and verifies them against RECORD in the same pass. What Verify finds
// wrong is the same *FormatError; then, and on any other error, what was written stays. Nothing is synced to disk.
func (w *Wheel) Unpack(ctx context.Context, root *os.Root) (*Contents, error) {
	points, err := w.EntryPoints()
	if err != nil {
		return nil, err
	}
	written, err := w.zip.Extract(ctx, root, nil)
	if err != nil {
		var found faults
		if err := found.zip(err); err != nil {
			return nil, err
		}
		return nil, found.err(w.file)
	}
	if !w.recorded(written) { // wrong, or with hashes of another kind: Verify knows
		if err := w.Verify(ctx); err != nil {
			return nil, err
		}
	}
	c := &Contents{w.file, w.distInfo, w.data, w.purelib, make([]ContentsFile, len(written)), points}
	for i, e := range written {
		c.Files[i] = ContentsFile{e.Name, formatHash(e.SHA256), e.Size, e.Mode&0o111 != 0, e.Time}
	}
	return c, nil
}

// recorded reports whether RECORD lists just these files, each with its sha256 and size.
func (w *Wheel) recorded(written []archive.Extracted) bool {
	listed := 0
	for _, e := range written {
		line, ok := w.record.lines[e.Name]
		if w.isUnhashed(e.Name) {
			if line.Hash != "" {
				return false
			}
			continue
		}
		if !ok || line.Hash != formatHash(e.SHA256) || line.Size != e.Size {
			return false
		}
		listed++
	}
	for name := range w.record.lines {
		if w.isUnhashed(name) {
			listed++
		}
	}
	return len(w.record.faults) == 0 && listed == len(w.record.lines)
}

// Placed is where installing puts a file of a wheel.
type Placed struct {
	*ContentsFile
	To     string // slash path below the scheme's root
	Script bool   // of .data/scripts: gets the execute bit, and an interpreter for its "#!python"
}

// Place spreads the files by a scheme, without those that Layout leaves out too: bytecode, and what tells of another installation. In the order of Files.
func (c *Contents) Place(s Scheme) ([]Placed, error) {
	name, err := dist.ParseFilename(c.File)
	if err != nil {
		return nil, err
	}
	p := places{c.DistInfo, c.Data, c.Library(s), string(name.Name), s}
	all := make([]Placed, 0, len(c.Files))
	for i := range c.Files {
		if to, script := p.place(c.Files[i].Name); to != "" {
			all = append(all, Placed{&c.Files[i], to, script})
		}
	}
	return all, nil
}

// Library is the folder that takes the wheel's root, and so its .dist-info.
func (c *Contents) Library(s Scheme) string {
	if c.Purelib {
		return s.Purelib
	}
	return s.Platlib
}

// Relative is a path as RECORD has it: as seen from the folder that .dist-info lies in (PyPA "Recording installed projects", "The RECORD file"). Both are slash paths
// below one root, "" is that root.
func Relative(library, file string) string { return relative(library, file) }

// places says where each file of a wheel goes.
type places struct {
	distInfo, data string
	library        string // where the root of the wheel goes
	name           string // of the project, for headers
	scheme         Scheme
}

// place is where a file goes; "" is nowhere.
func (p *places) place(name string) (to string, script bool) {
	if path.Base(path.Dir(name)) == "__pycache__" && strings.HasSuffix(name, ".pyc") {
		return "", false
	}
	if file, ok := strings.CutPrefix(name, p.distInfo+"/"); ok && slices.Contains(ofInstallation, file) {
		return "", false
	}
	rest, ok := strings.CutPrefix(name, p.data+"/")
	if !ok || p.data == "" {
		return path.Join(p.library, name), false
	}
	key, rest, _ := strings.Cut(rest, "/")
	folder, _ := p.scheme.part(key) // Open refused what is unknown
	if key == "headers" {
		folder = path.Join(folder, p.name)
	}
	return path.Join(folder, rest), key == "scripts"
}

// HashOf is a file's hash as RECORD has it.
func HashOf(body []byte) string { return formatHash(sha256.Sum256(body)) }

package wheel

import (
	"archive/zip"
	"crypto/sha256"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
)

// Tree is the installed form of a wheel, an fs.FS. Immutable, safe for concurrent use; it reads from the wheel's reader.
type Tree struct {
	zip      *archive.Reader
	record   []byte
	distInfo string
	autoload []string
}

// Open implements fs.FS. Reading a file to its end checks its size and CRC-32.
func (t *Tree) Open(name string) (fs.File, error) { return t.zip.Open(name) }

// ReadFile implements fs.ReadFileFS.
func (t *Tree) ReadFile(name string) ([]byte, error) { return t.zip.ReadFile(name) }

// ReadDir implements fs.ReadDirFS.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) { return t.zip.ReadDir(name) }

// Stat implements fs.StatFS.
func (t *Tree) Stat(name string) (fs.FileInfo, error) { return t.zip.Stat(name) }

// OpenRaw gives a file as it can stand in a zip: its compressed bytes, and a header with name, method, CRC-32, sizes and mode. Files that
// the wheel does not bring (INSTALLER, RECORD) are stored.
func (t *Tree) OpenRaw(name string) (*zip.FileHeader, io.Reader, error) { return t.zip.OpenRaw(name) }

// Files lists the files, sorted.
func (t *Tree) Files() []string {
	entries := t.zip.Entries()
	names := make([]string, len(entries))
	for i := range entries {
		names[i] = entries[i].Name
	}
	return names
}

// Size is how many bytes the files have together, unpacked.
func (t *Tree) Size() int64 { return t.zip.Size() }

// DistInfo is the path of the .dist-info folder.
func (t *Tree) DistInfo() string { return t.distInfo }

// Record is RECORD as written; the caller must not change it.
func (t *Tree) Record() []byte { return t.record }

// RecordSHA256 is its hash: it names the content of the whole tree.
func (t *Tree) RecordSHA256() [sha256.Size]byte { return sha256.Sum256(t.record) }

// Autoload lists the files that make Python run code, or import from elsewhere, at its start, with nobody importing the library: .pth and
// .start files, .egg-link files, and modules named sitecustomize or usercustomize, where libraries lie. Sorted.
func (t *Tree) Autoload() []string { return t.autoload }

func autoload(z *archive.Reader, s Scheme) (found []string) {
	for _, e := range z.Entries() {
		for _, library := range []string{s.Purelib, s.Platlib} {
			if name := relative(library, e.Name); !strings.HasPrefix(name, "../") && startsAlone(name) {
				found = append(found, e.Name)
				break
			}
		}
	}
	return found
}

// startsAlone judges a path below a library folder. Names count in any case, as file systems may ignore it.
func startsAlone(name string) bool {
	top, _, below := strings.Cut(strings.ToLower(name), "/")
	stem, _, _ := strings.Cut(top, ".")
	if stem == "sitecustomize" || stem == "usercustomize" {
		return true
	}
	switch path.Ext(top) {
	case ".pth", ".start", ".egg-link":
		return !below
	}
	return false
}

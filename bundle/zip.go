package bundle

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"slices"

	"github.com/chandlery-go/chandlery/internal/archive"
)

// Zip is the default Packager. Its archives hold the files sorted by path, dated 1980-01-01, with no mode but "may be executed" and no extra
// fields (ZIP64's where a size needs it). A file of a tree with OpenRaw keeps its compressed bytes; any other is stored. Nothing in the bytes
// depends on the host or on the release of Go.
type Zip struct {
	MaxFiles    int   // files that Unpack accepts; 0: 100,000
	MaxUnpacked int64 // bytes that Unpack writes in all; 0: 8 GiB
}

// Format is "zip".
func (Zip) Format() string { return "zip" }

// rawTree is a tree whose files can be had as a zip has them already.
type rawTree interface {
	OpenRaw(name string) (*zip.FileHeader, io.Reader, error)
}

// Pack writes the regular files of tree. It refuses a tree that holds anything else, or names that one of Windows, macOS and Linux cannot write.
func (Zip) Pack(ctx context.Context, w io.Writer, tree fs.FS) error {
	names, err := treeFiles(tree)
	if err != nil {
		return err
	}
	z := newZipWriter(w)
	defer z.release()
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := packFile(z, tree, name); err != nil {
			return fmt.Errorf("pack %s: %w", name, err)
		}
	}
	return z.end()
}

// treeFiles lists the files of a tree, sorted, after the checks that Unpack will make.
func treeFiles(tree fs.FS) ([]string, error) {
	var names []string
	var faults []error
	if listed, ok := tree.(interface{ Files() []string }); ok {
		names = slices.Clone(listed.Files())
	} else if err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Type().IsRegular():
			names = append(names, name)
		case !d.IsDir():
			faults = append(faults, fmt.Errorf("%s is no regular file", name))
		}
		return nil
	}); err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		if err := archive.CheckName(name); err != nil {
			faults = append(faults, err)
		}
	}
	return names, errors.Join(append(faults, archive.Collisions(names)...)...)
}

// packFile writes one file, as it stands where the tree has it raw, else stored.
func packFile(z *zipWriter, tree fs.FS, name string) error {
	if raw, ok := tree.(rawTree); ok {
		h, r, err := raw.OpenRaw(name)
		if err != nil {
			return err
		}
		return z.file(zipEntry{name: name, method: h.Method, crc: h.CRC32, size: h.UncompressedSize64, packed: h.CompressedSize64,
			executable: h.Mode()&0o111 != 0}, r)
	}
	e, err := measure(tree, name)
	if err != nil {
		return err
	}
	f, err := tree.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := crc32.NewIEEE()
	if err := z.file(e, io.TeeReader(f, sum)); err != nil {
		return err
	}
	if sum.Sum32() != e.crc {
		return errors.New("the file changed while it was packed")
	}
	return nil
}

// measure reads a file once for its CRC-32 and size, which a zip has before the content.
func measure(tree fs.FS, name string) (zipEntry, error) {
	f, err := tree.Open(name)
	if err != nil {
		return zipEntry{}, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return zipEntry{}, err
	}
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, f)
	return zipEntry{name: name, method: zip.Store, crc: sum.Sum32(), size: uint64(n), packed: uint64(n), executable: st.Mode()&0o111 != 0}, err
}

// Unpack refuses an archive that breaks a rule of internal/archive and then writes its files below root, which must be empty.
func (p Zip) Unpack(ctx context.Context, root *os.Root, r io.ReaderAt, size int64) error {
	z, err := archive.Open(r, size, archive.Limits{Files: p.MaxFiles, Unpacked: p.MaxUnpacked})
	if err != nil {
		return err
	}
	_, err = z.Extract(ctx, root, nil)
	return err
}

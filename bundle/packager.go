package bundle

import (
	"context"
	"io"
	"io/fs"
	"os"
)

// Packager packs a library's installed tree into one archive and unpacks it. Pack's bytes depend on the tree alone: not on host, clock, locale or order of
// reading. Safe for concurrent use.
type Packager interface {
	// Format is recorded in each manifest leaf ("zip"); the client picks its Packager by it. It is the archive's file extension too.
	Format() string
	// Pack writes the tree. A tree that also has OpenRaw(name) (*zip.FileHeader, io.Reader, error) is copied without compressing again.
	Pack(ctx context.Context, w io.Writer, tree fs.FS) error
	// Unpack checks the whole archive as hostile input, then writes it below root, which must be empty. Nothing is left behind on error but files below root.
	Unpack(ctx context.Context, root *os.Root, r io.ReaderAt, size int64) error
}

// Installer is what INSTALLER says in every bundle: the Updater drops only distributions that have it.
const Installer = "chandlery"

package wheel

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Installed is one distribution found in a folder by its .dist-info.
type Installed struct {
	Name         pep508.Name
	Version      pep440.Version
	DistInfo     string         // folder name
	Installer    string         // content of INSTALLER, trimmed; "" where none
	Record       []RecordEntry  // nil where there is no RECORD
	RecordSHA256 string         // hex; "" where there is no RECORD
	Metadata     *dist.Metadata // METADATA, not to be changed; nil where it cannot be read
}

// ErrEgg says that something was installed the way of old setuptools: without a RECORD nobody knows which files are its own.
var ErrEgg = errors.New("installed as an egg, whose files are not known: uninstall it with the tool that installed it")

// ScanError says which metadata folder or file cannot be read.
type ScanError struct {
	Path string
	Err  error
}

func (e *ScanError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *ScanError) Unwrap() error { return e.Err }

// Scan lists the distributions in a folder, whoever installed them, sorted by name, then by version, then by folder; two .dist-info folders
// of one name are both listed. Name and version are METADATA's, else the folder name's. What cannot be read, and eggs (ErrEgg), are
// reported as a *ScanError each and are not listed; the rest is. root is read by several goroutines at a time.
func Scan(root fs.FS) ([]Installed, []error) {
	list, err := fs.ReadDir(root, ".")
	if err != nil {
		return nil, []error{&ScanError{".", err}}
	}
	all, bad := make([]Installed, len(list)), make([]error, len(list))
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range list {
		switch ext := strings.ToLower(path.Ext(d.Name())); ext {
		case ".dist-info":
			group.Go(func() error {
				all[i], bad[i] = installed(root, d.Name())
				return nil
			})
		case ".egg-info", ".egg-link", ".egg":
			bad[i] = ErrEgg
		}
	}
	_ = group.Wait() // what went wrong is in bad
	var found []Installed
	var errs []error
	for i, d := range list {
		switch {
		case bad[i] != nil:
			errs = append(errs, &ScanError{d.Name(), bad[i]})
		case all[i].DistInfo != "":
			found = append(found, all[i])
		}
	}
	slices.SortFunc(found, func(a, b Installed) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Version.Compare(b.Version), strings.Compare(a.DistInfo, b.DistInfo))
	})
	return found, errs
}

func installed(root fs.FS, folder string) (Installed, error) {
	in := Installed{DistInfo: folder}
	if err := in.identify(root); err != nil {
		return in, err
	}
	text, err := readOptional(root, folder+"/INSTALLER", maxInstaller)
	if err != nil {
		return in, err
	}
	in.Installer = strings.TrimSpace(string(text))
	if text, err = readOptional(root, folder+"/RECORD", MaxRecord); err != nil || text == nil {
		return in, err
	}
	sum := sha256.Sum256(text)
	in.RecordSHA256 = hex.EncodeToString(sum[:])
	in.Record, err = ParseRecord(text)
	return in, err
}

const maxInstaller = 1 << 10 // bytes

// identify reads name and version. pip renames what it is about to delete to begin with ~: such a folder is a remnant, whatever METADATA
// in it says.
func (in *Installed) identify(root fs.FS) error {
	if strings.HasPrefix(in.DistInfo, "~") {
		return errors.New("remnant of an installation that pip was stopped in: delete it")
	}
	text, err := readOptional(root, in.DistInfo+"/METADATA", dist.MaxMetadata)
	if err != nil {
		return err
	}
	m, err := dist.ParseMetadata(text)
	if err == nil {
		in.Name, in.Version, in.Metadata = m.Name, m.ProjectVersion, m
		return nil
	}
	var ok bool
	if in.Name, in.Version, ok = splitFolder(in.DistInfo[:len(in.DistInfo)-len(".dist-info")]); !ok {
		return fmt.Errorf("neither METADATA nor the folder's name says what it is: %w", err)
	}
	return nil
}

// readOptional reads a file; nil where there is none.
func readOptional(root fs.FS, name string, limit int64) ([]byte, error) {
	f, err := root.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", name, limit)
	}
	if b == nil {
		b = []byte{}
	}
	return b, nil
}

package environment

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/build"
)

// unpacked is what lies in source trees and is no part of an sdist.
var unpacked = []string{".git", ".hg", ".svn", ".tox", ".nox", ".venv", "__pycache__", ".stestr", ".pytest_cache"}

const pkgInfo = "PKG-INFO"

// pack makes an sdist (PyPA "Source distribution format") of a source tree, the same bytes for the same tree. A tree without PKG-INFO gets one, from which pbr and setuptools-scm take the
// version, as there is no repository to ask any more.
func (v *VendorPicker) pack(ctx context.Context, name pep508.Name, dir string) (string, error) {
	if v.Cache == "" {
		return "", &MissingFieldError{"VendorPicker.Cache"}
	}
	version, own, err := v.versionOf(name, dir)
	if err != nil {
		return "", err
	}
	cache := filepath.Join(v.Cache, "sources")
	if err := os.MkdirAll(cache, folderMode); err != nil {
		return "", err
	}
	temp, err := os.CreateTemp(cache, "pack-*")
	if err != nil {
		return "", err
	}
	defer os.Remove(temp.Name()) // it has another name then, or is of no use
	sum := sha256.New()
	top := strings.ReplaceAll(string(name), "-", "_") + "-" + version.String()
	err = (&packer{ctx: ctx, top: top, own: own}).run(io.MultiWriter(temp, sum), dir)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return "", err
	}
	place := filepath.Join(cache, hex.EncodeToString(sum.Sum(nil)))
	if err := os.MkdirAll(place, folderMode); err != nil {
		return "", err
	}
	file := filepath.Join(place, top+".tar.gz")
	return file, os.Rename(temp.Name(), file)
}

// versionOf tells the tree's version, and the PKG-INFO that it lacks.
func (v *VendorPicker) versionOf(name pep508.Name, dir string) (version pep440.Version, own []byte, err error) {
	text, err := os.ReadFile(filepath.Join(dir, pkgInfo))
	if err == nil {
		m, err := dist.ParseMetadata(text)
		if err != nil {
			return version, nil, err
		}
		if m.Name != name {
			return version, nil, fmt.Errorf("%s says that it is %s, not %s", pkgInfo, m.Name, name)
		}
		return m.ProjectVersion, nil, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return version, nil, err
	}
	if v.Version == "" {
		return version, nil, fmt.Errorf("the source tree has no %s that says its version: say it (VendorPicker.Version), or make an sdist of it", pkgInfo)
	}
	if version, err = pep440.Parse(v.Version); err != nil {
		return version, nil, err
	}
	return version, fmt.Appendf(nil, "Metadata-Version: 1.1\nName: %s\nVersion: %s\n", name, version), nil
}

// packer writes one tree.
type packer struct {
	ctx   context.Context
	top   string
	own   []byte // the tree's PKG-INFO, where it has none
	tar   *tar.Writer
	files int
	size  int64
}

func (p *packer) run(to io.Writer, dir string) error {
	z := gzip.NewWriter(to)
	p.tar = tar.NewWriter(z)
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error { return p.add(root, name, d, err) }); err != nil {
		return err
	}
	if p.own != nil {
		if err := p.write(pkgInfo, p.own, fileMode); err != nil {
			return err
		}
	}
	return errors.Join(p.tar.Close(), z.Close())
}

func (p *packer) add(root *os.Root, name string, d fs.DirEntry, err error) error {
	if err := errors.Join(err, p.ctx.Err()); err != nil {
		return err
	}
	switch skip := slices.Contains(unpacked, d.Name()); {
	case skip && d.IsDir():
		return fs.SkipDir
	case skip || d.IsDir(): // .git is a file in a work tree of git
		return nil
	}
	if p.files++; p.files > build.MaxFiles {
		return fmt.Errorf("more than %d files", build.MaxFiles)
	}
	switch {
	case d.Type()&fs.ModeSymlink != 0:
		target, err := root.Readlink(name)
		if err != nil {
			return err
		}
		return p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeSymlink, Name: path.Join(p.top, name), Linkname: target, Mode: int64(programMode), ModTime: packedAt})
	case !d.Type().IsRegular():
		return fmt.Errorf("%s is neither a file nor a folder", name)
	}
	fi, err := d.Info()
	if err != nil {
		return err
	}
	if p.size += fi.Size(); p.size > build.MaxUnpacked {
		return fmt.Errorf("more than %d bytes", int64(build.MaxUnpacked))
	}
	body, err := root.ReadFile(name)
	if err != nil {
		return err
	}
	mode := fileMode
	if fi.Mode()&0o100 != 0 {
		mode = programMode
	}
	return p.write(name, body, mode)
}

var packedAt = time.Unix(build.SourceDate, 0).UTC()

func (p *packer) write(name string, body []byte, mode fs.FileMode) error {
	err := p.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: path.Join(p.top, name), Size: int64(len(body)), Mode: int64(mode), ModTime: packedAt})
	if err == nil {
		_, err = p.tar.Write(body)
	}
	return err
}

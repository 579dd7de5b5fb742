package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// unpack writes an sdist into the folder dir, which exists and is empty. On error what was written stays.
func unpack(ctx context.Context, blob dist.Blob, f dist.File, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	u := &unpacker{root: root, made: map[string]bool{}}
	if err := walk(ctx, blob, f, u.visit); err != nil {
		return err
	}
	return u.link()
}

type unpacker struct {
	root  *os.Root
	made  map[string]bool // folders that stand
	links []entry         // symbolic ones, which are made when all else stands
}

func (u *unpacker) visit(e entry, body io.Reader) error {
	if e.kind == folder {
		return u.folder(e.name)
	}
	if err := u.folder(path.Dir(e.name)); err != nil {
		return err
	}
	switch e.kind {
	case symlink:
		u.links = append(u.links, e)
		return nil
	case hardlink:
		from, err := u.root.Open(e.target)
		if err != nil {
			return err
		}
		defer from.Close()
		st, err := from.Stat()
		if err != nil {
			return err
		}
		e.executable = st.Mode()&0o111 != 0
		return u.write(e, from)
	}
	return u.write(e, body)
}

func (u *unpacker) folder(name string) error {
	if u.made[name] {
		return nil
	}
	u.made[name] = true
	return u.root.MkdirAll(name, 0o777)
}

// write makes a file that was not there. Its time is kept, as makefiles and generated sources live by it.
func (u *unpacker) write(e entry, body io.Reader) error {
	out, err := u.root.OpenFile(e.name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if e.executable {
		mode = 0o755
	}
	_, err = io.Copy(out, body)
	if err := errors.Join(err, out.Chmod(mode), out.Close()); err != nil || e.modified.IsZero() {
		return err
	}
	return u.root.Chtimes(e.name, e.modified, e.modified)
}

// link makes the symbolic links, and then follows each: os.Root refuses a way that leads out, by however many links. A link to nothing may stand.
func (u *unpacker) link() error {
	if len(u.links) == 0 {
		return nil
	}
	for _, e := range u.links {
		if path.IsAbs(e.target) || filepath.IsAbs(filepath.FromSlash(e.target)) || e.target == "" {
			return outside(e, nil)
		}
		if err := u.root.Symlink(filepath.FromSlash(e.target), e.name); err != nil {
			return err
		}
	}
	top, err := u.root.OpenRoot(firstPart(u.links[0].name))
	if err != nil {
		return err
	}
	defer top.Close()
	for _, e := range u.links {
		if _, err := top.Stat(e.name[len(firstPart(e.name))+1:]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return outside(e, err)
		}
	}
	return nil
}

func outside(e entry, err error) error {
	return &SdistError{Rule: "S4", Name: e.name, Detail: fmt.Sprintf("a link to %.200q, outside of the sdist's folder", e.target), Err: err}
}

func firstPart(name string) string {
	for i := range len(name) {
		if name[i] == '/' {
			return name[:i]
		}
	}
	return name
}

// removeAll removes a folder that a build may have made unwritable.
func removeAll(dir string) error {
	if os.RemoveAll(dir) == nil {
		return nil
	}
	filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			os.Chmod(p, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}

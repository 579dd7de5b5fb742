package venv

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

// tree is the slash path, below the root, of the staging tree, which is laid out like the environment.
func (a *application) tree() string { return path.Join(a.t.Stage(), "new") }

// staged is the absolute path of a file in the staging tree.
func (a *application) staged(to string) string {
	return filepath.Join(a.f.Root.Name(), filepath.FromSlash(a.tree()), filepath.FromSlash(to))
}

// stage completes the laying out of all files, compiles them, and writes the RECORDs.
func (a *application) stage(ctx context.Context, l *laying, wheels []*incoming) error {
	if err := l.complete(wheels); err != nil {
		return err
	}
	if err := eachOf(wheels, a.writeMade); err != nil {
		return err
	}
	if a.Compile {
		if err := a.compile(ctx, wheels); err != nil {
			return err
		}
	}
	return eachOf(wheels, a.writeRecord)
}

// eachOf does something for all wheels, some at a time.
func eachOf(wheels []*incoming, do func(*incoming) error) error {
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, in := range wheels {
		group.Go(func() error { return named(in.Name, do(in)) })
	}
	return group.Wait()
}

func (a *application) step(name string) error {
	if a.Step == nil {
		return nil
	}
	return a.Step(name)
}

// skeleton lists the folders that an environment has though nothing is installed. They are staged, so that one whose whole content goes out is replaced rather than removed.
func (e *Env) skeleton() []string {
	return []string{e.Scheme.Purelib, e.Scheme.Platlib, e.Scheme.Scripts, e.Python.VenvPaths["include"]}
}

// keepModes gives the staged folders of the skeleton, and those above, the modes that they have.
func (a *application) keepModes(skeleton []string) error {
	for _, dir := range skeleton {
		for ; dir != "."; dir = path.Dir(dir) {
			fi, err := a.f.Root.Lstat(dir)
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return err
			}
			if err := os.Chmod(a.staged(dir), fi.Mode().Perm()); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeStaged writes a new file. One that is there was brought by another distribution with the same bytes, as checkOwners knows; it may be a link to the store, so it is left as it is.
func writeStaged(name string, body []byte, perm fs.FileMode) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = f.Write(body)
	return errors.Join(err, f.Close())
}

// writeMade writes what no wheel brings.
func (a *application) writeMade(in *incoming) error {
	for _, m := range in.made {
		perm := fs.FileMode(0o644)
		if m.executable {
			perm = 0o755
		}
		in.lines = append(in.lines, wheel.RecordEntry{Path: wheel.Relative(in.library, m.to), Hash: wheel.HashOf(m.body), Size: int64(len(m.body))})
		if err := writeStaged(a.staged(m.to), m.body, perm); err != nil {
			return err
		}
	}
	return nil
}

// writeRecord writes RECORD, which lists itself without hash.
func (a *application) writeRecord(in *incoming) error {
	self := path.Join(in.contents.DistInfo, "RECORD")
	in.lines = append(in.lines, wheel.RecordEntry{Path: self, Size: -1})
	return writeStaged(a.staged(path.Join(in.library, self)), wheel.FormatRecord(in.lines), 0o644)
}

// tells are the files of .dist-info that are about this installation.
func (a *application) tells(in *incoming) {
	add := func(name, body string) {
		in.made = append(in.made, madeFile{path.Join(in.library, in.contents.DistInfo, name), []byte(body), false})
	}
	add("INSTALLER", a.name()+"\n")
	if in.Requested {
		add("REQUESTED", "")
	}
	if in.Direct != "" {
		add("direct_url.json", in.Direct)
	}
}

// replacedByLauncher knows the scripts that old setuptools put into wheels for entry points, which are made here.
func (in *incoming) replacedByLauncher(name string) bool {
	lower := strings.ToLower(name)
	for _, suffix := range []string{".exe", "-script.py", ".pya"} {
		if strings.HasSuffix(lower, suffix) {
			name = name[:len(name)-len(suffix)]
			break
		}
	}
	return slices.ContainsFunc(in.contents.EntryPoints, func(p wheel.EntryPoint) bool { return p.IsScript() && p.Name == name })
}

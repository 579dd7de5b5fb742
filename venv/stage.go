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

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// batch is how many files one goroutine links before it asks for more.
const batch = 256

// tree is the slash path, below the root, of the staging tree, which is laid out like the environment.
func (a *application) tree() string { return path.Join(a.t.Stage(), "new") }

// staged is the absolute path of a file in the staging tree.
func (a *application) staged(to string) string {
	return filepath.Join(a.f.Root.Name(), filepath.FromSlash(a.tree()), filepath.FromSlash(to))
}

// stage lays out all files, compiles them, and writes the RECORDs.
func (a *application) stage(ctx context.Context, wheels []*incoming) error {
	if err := a.step("stage"); err != nil {
		return err
	}
	if err := a.checkOwners(wheels); err != nil {
		return err
	}
	if err := a.makeFolders(wheels); err != nil {
		return err
	}
	defer a.linker.tree.Close()
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, in := range wheels {
		in.lines = make([]wheel.RecordEntry, len(in.files), len(in.files)+len(in.made)+8)
		for start := 0; start < len(in.files); start += batch {
			end := min(start+batch, len(in.files))
			group.Go(func() error { return named(in.Name, a.place(gctx, in, start, end)) })
		}
	}
	if err := group.Wait(); err != nil {
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

// folders lists every folder of the staging tree, an outer one before those that it holds.
func (a *application) folders(wheels []*incoming, skeleton []string) []string {
	all := map[string]bool{".": true}
	add := func(to string) {
		for dir := path.Dir(to); !all[dir]; dir = path.Dir(dir) {
			all[dir] = true
		}
	}
	for _, dir := range skeleton {
		add(path.Join(dir, "x"))
	}
	for _, in := range wheels {
		add(path.Join(in.library, in.contents.DistInfo, "RECORD"))
		for _, p := range in.files {
			add(p.To)
		}
		for _, m := range in.made {
			add(m.to)
		}
	}
	dirs := make([]string, 0, len(all))
	for dir := range all {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return dirs
}

// makeFolders makes them, each distribution's own beside those of others.
func (a *application) makeFolders(wheels []*incoming) error {
	skeleton := a.env.skeleton()
	dirs := a.folders(wheels, skeleton)
	if err := os.Mkdir(a.staged("."), 0o755); err != nil {
		return err
	}
	var err error
	if a.linker.tree, err = durable.OpenDir(a.staged(".")); err != nil {
		return err
	}
	group := errgroup.Group{}
	group.SetLimit(runtime.GOMAXPROCS(0))
	for start := 1; start < len(dirs); { // the first is the tree itself
		end := start + 1
		for end < len(dirs) && !shared(dirs[start], skeleton) && strings.HasPrefix(dirs[end], dirs[start]+"/") {
			end++
		}
		below := dirs[start:end]
		if len(below) == 1 { // what it holds may stand further down
			if err := a.mkdirs(below); err != nil {
				return errors.Join(err, group.Wait())
			}
		} else {
			group.Go(func() error { return a.mkdirs(below) })
		}
		start = end
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return a.keepModes(skeleton)
}

// shared reports whether a folder is of the skeleton, or above it.
func shared(dir string, skeleton []string) bool {
	return dir == "." || slices.ContainsFunc(skeleton, func(s string) bool { return s == dir || strings.HasPrefix(s, dir+"/") })
}

func (a *application) mkdirs(dirs []string) error {
	for _, dir := range dirs {
		if err := a.linker.tree.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	return nil
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

// place puts some files of a wheel into the staging tree and notes their lines of RECORD.
func (a *application) place(ctx context.Context, in *incoming, start, end int) (err error) {
	files, err := durable.OpenDir(in.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	for i := start; i < end; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := &in.files[i]
		in.lines[i] = wheel.RecordEntry{Path: wheel.Relative(in.library, p.To), Hash: p.Hash, Size: p.Size}
		if p.Script {
			body, changed, err := a.rewrite(in.file(p.Name))
			if err != nil {
				return err
			}
			if changed {
				in.lines[i].Hash, in.lines[i].Size = wheel.HashOf(body), int64(len(body))
				if err := writeStaged(a.staged(p.To), body, 0o755); err != nil {
					return err
				}
				continue
			}
		}
		if err := a.linker.link(files, p.Name, p.To, p.Executable, p.Executable || p.Script); err != nil {
			return err
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

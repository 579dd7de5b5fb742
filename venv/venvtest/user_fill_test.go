//go:build unix

package venvtest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// copied is the copy in which an Apply works.
type copied struct {
	*os.Root
	env  *venv.Env
	stay []wheel.Installed
}

// fill copies the environment and brings the copy to the plan's state.
func (i *installer) fill(ctx context.Context, f *folders, env *venv.Env, plan *venv.Plan) error {
	stay, err := staying(ctx, env, plan)
	if err == nil {
		err = f.step("copy")
	}
	if err == nil {
		err = copyTree(ctx, env.Root, env.Root+".next")
	}
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(env.Root + ".next")
	if err != nil {
		return err
	}
	defer root.Close()
	c := &copied{root, env, stay}
	for _, out := range plan.Remove {
		if err := f.step("uninstall " + out.DistInfo); err != nil {
			return err
		}
		if err := c.uninstall(out); err != nil {
			return fmt.Errorf("%s: %w", out.Name, err)
		}
	}
	for _, in := range plan.Install {
		if err := f.step("install " + in.File.File); err != nil {
			return err
		}
		if err := i.install(ctx, c, in); err != nil {
			return fmt.Errorf("%s: %w", in.Name, err)
		}
	}
	return nil
}

// staying lists what the plan leaves installed. A plan of another state is refused.
func staying(ctx context.Context, env *venv.Env, plan *venv.Plan) (stay []wheel.Installed, err error) {
	found, err := env.Installed(ctx)
	if err != nil {
		return nil, err
	}
	for _, in := range found {
		goes := slices.ContainsFunc(plan.Remove, func(out wheel.Installed) bool {
			return out.DistInfo == in.DistInfo && out.RecordSHA256 == in.RecordSHA256
		})
		comes := slices.ContainsFunc(plan.Install, func(i venv.Install) bool { return i.Name == in.Name })
		if comes && !goes && *fault != "stale" {
			return nil, fmt.Errorf("%s: %w", in.Name, venv.ErrStale)
		}
		if !goes {
			stay = append(stay, in)
		}
	}
	if len(found)-len(stay) != len(plan.Remove) && *fault != "stale" {
		return nil, venv.ErrStale
	}
	return stay, nil
}

// copyTree keeps modes, links, and the times that bytecode is checked by.
func copyTree(ctx context.Context, from, to string) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		at := to + strings.TrimPrefix(name, from)
		fi, err := d.Info()
		if err != nil {
			return err
		}
		switch {
		case d.IsDir():
			return errors.Join(os.Mkdir(at, fi.Mode().Perm()), os.Chmod(at, fi.Mode().Perm()))
		case d.Type() == fs.ModeSymlink && *fault != "links":
			target, err := os.Readlink(name)
			return errors.Join(err, os.Symlink(target, at))
		case d.Type() == fs.ModeSymlink:
			if fi, err = os.Stat(name); err != nil || fi.IsDir() {
				return err
			}
		}
		b, err := os.ReadFile(name)
		return errors.Join(err, os.WriteFile(at, b, fi.Mode().Perm()), os.Chmod(at, fi.Mode().Perm()), os.Chtimes(at, fi.ModTime(), fi.ModTime()))
	})
}

// uninstall removes what RECORD lists, but for what others list too, and the folders that are empty then.
func (c *copied) uninstall(out wheel.Installed) error {
	site, err := fs.Sub(c.FS(), c.env.Scheme.Purelib)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, in := range c.stay {
		for _, e := range in.Record {
			keep[path.Join(c.env.Scheme.Purelib, e.Path)] = true
		}
	}
	names := slices.Concat(out.Owned(site), out.Outside())
	if *fault == "bytecode" {
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, ".pyc") })
	}
	for _, name := range names {
		below := path.Join(c.env.Scheme.Purelib, name)
		if path.IsAbs(name) || !filepath.IsLocal(below) || keep[below] {
			continue
		}
		if err := c.Remove(below); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		c.prune(path.Dir(below))
		if *fault == "namespace" && path.Dir(name) == "space" {
			c.RemoveAll(path.Dir(below))
		}
	}
	return nil
}

// prune removes a folder and those above it as far as they are empty and not of the environment itself.
func (c *copied) prune(dir string) {
	for *fault != "folders" && dir != "." && !c.own(dir) && c.Remove(dir) == nil {
		dir = path.Dir(dir)
	}
}

func (c *copied) own(dir string) bool {
	for _, own := range c.env.Python.VenvPaths {
		if own == dir || strings.HasPrefix(own, dir+"/") {
			return true
		}
	}
	return false
}

// install lays a wheel out in the copy.
func (i *installer) install(ctx context.Context, c *copied, in venv.Install) error {
	blob, err := i.fetcher.Fetch(ctx, in.File.Artifact)
	if err != nil {
		return err
	}
	defer blob.Close()
	w, err := wheel.Open(blob, blob.Size(), in.File.File)
	if err != nil {
		return err
	}
	if err := w.Verify(ctx); err != nil && *fault != "verify" {
		return err
	}
	if w.Filename().Name != in.Name || !c.admits(w) {
		return errors.New("the wheel is another project's, or for another interpreter")
	}
	files, err := c.files(w, in)
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := c.write(f); err != nil {
			return err
		}
	}
	return nil
}

func (c *copied) admits(w *wheel.Wheel) bool {
	for _, t := range w.Filename().Tags {
		if slices.Contains(c.env.Python.Tags, t.String()) {
			return true
		}
	}
	return *fault == "tags"
}

type file struct {
	name string // slash path below the environment
	body []byte
	mode fs.FileMode
}

func (c *copied) write(f file) error {
	flags := os.O_CREATE | os.O_WRONLY | os.O_EXCL // what is there is another's, or the environment's own
	if *fault == "overwrites" {
		flags = os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	}
	if *fault == "mode" {
		f.mode = 0o644
	}
	if err := c.MkdirAll(path.Dir(f.name), 0o755); err != nil {
		return err
	}
	out, err := c.OpenFile(f.name, flags, f.mode)
	if err != nil {
		return err
	}
	_, err = out.Write(f.body)
	return errors.Join(err, out.Close())
}

// files is all that a wheel becomes: what it brings, launchers, what tells of the installation, and a RECORD of them.
func (c *copied) files(w *wheel.Wheel, in venv.Install) ([]file, error) {
	scheme := c.env.Scheme
	if *fault == "headers" {
		scheme.Headers = "include"
	}
	tree, err := w.Layout(scheme, "user")
	if err != nil {
		return nil, err
	}
	points, err := w.EntryPoints()
	if err != nil {
		return nil, err
	}
	all := map[string]file{}
	for _, name := range tree.Files() {
		body, err1 := tree.ReadFile(name)
		fi, err2 := tree.Stat(name)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		all[name] = file{name, c.script(name, body), fi.Mode().Perm()}
	}
	for _, p := range points {
		if p.IsScript() {
			name := path.Join(c.env.Scheme.Scripts, p.Name)
			object, _, _ := strings.Cut(p.Attr, ".")
			all[name] = file{name, fmt.Appendf(nil, "#!%s\nimport sys\nfrom %s import %s\nsys.exit(%s())\n", c.env.Python.Path, p.Module, object, p.Attr), 0o755}
		}
	}
	c.tells(all, tree.DistInfo(), in)
	return c.record(all, tree.DistInfo(), tree.Record()), nil
}

// script gives a script of the wheel the environment's interpreter.
func (c *copied) script(name string, body []byte) []byte {
	rest, ok := bytes.CutPrefix(body, []byte("#!python"))
	if !ok || path.Dir(name) != c.env.Scheme.Scripts || *fault == "interpreter" {
		return body
	}
	return slices.Concat([]byte("#!"), []byte(c.env.Python.Path), rest)
}

// tells adds REQUESTED and direct_url.json.
func (c *copied) tells(all map[string]file, info string, in venv.Install) {
	if name := info + "/REQUESTED"; in.Requested && *fault != "requested" {
		all[name] = file{name, nil, 0o644}
	}
	if name := info + "/direct_url.json"; in.Direct != "" && *fault != "direct" {
		all[name] = file{name, []byte(in.Direct), 0o644}
	}
	if *fault == "installer" {
		delete(all, info+"/INSTALLER")
	}
}

// record writes RECORD anew, as scripts were changed and files added since Layout.
func (c *copied) record(all map[string]file, info string, laidOut []byte) (files []file) {
	self := info + "/RECORD"
	delete(all, self)
	entries := []wheel.RecordEntry{{Path: wheel.Relative(path.Dir(info), self), Size: -1}}
	for name, f := range all {
		files = append(files, f)
		if *fault == "launchers" && bytes.Contains(f.body, []byte("sys.exit(")) {
			continue
		}
		entries = append(entries, wheel.RecordEntry{Path: wheel.Relative(path.Dir(info), name), Hash: wheel.HashOf(f.body), Size: int64(len(f.body))})
	}
	body := wheel.FormatRecord(entries)
	if *fault == "hashes" {
		body = laidOut
	}
	return append(files, file{self, body, 0o644})
}

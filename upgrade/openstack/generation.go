package openstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/venv"
)

// generation is one that is being made.
type generation struct {
	c      *Configurer
	d      Description
	old    upgrade.Subject
	env    *venv.Env
	trial  bool
	name   string // cinder-26.3.0-trial
	dir    string // where it will stand
	files  []string
	live   oslo.Stack
	owner  owner             // of state, and whose group may read
	values map[string]string // of placeholders

	override oslo.File
	body     map[string][]byte // files by name
}

// draft decides the contents of all files.
func (g *generation) draft(ctx context.Context) error {
	g.body = map[string][]byte{}
	if err := g.takeFiles(ctx); err != nil {
		return err
	}
	if g.old.Component.Config.Rootwrap {
		if err := g.rootwrap(ctx); err != nil {
			return err
		}
	}
	if g.trial {
		if err := g.isolate(); err != nil {
			return err
		}
	}
	g.set(g.c.Options)
	header := fmt.Sprintf("# Made by chandlery for %s: what this generation sets above the operator's files. It is made anew for each upgrade.\n", g.name)
	g.body[overrideName] = append([]byte(header), g.override.Bytes()...)
	return nil
}

// takeFiles copies those files of which the new version's are to be used.
func (g *generation) takeFiles(ctx context.Context) error {
	changes, err := g.c.CompareFiles(ctx, g.old, g.env)
	if err != nil {
		return err
	}
	conflicts := slices.DeleteFunc(slices.Clone(changes), func(f FileChange) bool { return f.Choice != Conflict })
	if len(conflicts) > 0 {
		return &ConflictError{conflicts}
	}
	for _, f := range changes {
		if f.Choice != Take {
			continue
		}
		var found string
		if g.body[f.Name], err = readMaybe(f.New, &found); err != nil {
			return err
		}
		if f.file.Option != "" {
			g.override.Set(f.file.Section, f.file.Option, filepath.Join(g.dir, f.Name))
		}
	}
	return nil
}

// isolate keeps a trial from production.
func (g *generation) isolate() error {
	for _, t := range g.d.Trial.Transports {
		url, ok := g.live.Get(t.Section, t.Option)
		if url = expand(g.live, t.Section, url); !ok || url == "" {
			if t.Required {
				return fmt.Errorf("%s: %w", g.old.Component.Name, ErrNoTransport)
			}
			continue
		}
		url, err := withVirtualHost(url, cmp.Or(g.c.VirtualHost, "chandlery_trial"))
		if err != nil {
			return fmt.Errorf("[%s] %s: %w", t.Section, t.Option, err)
		}
		g.override.Set(t.Section, t.Option, strings.ReplaceAll(url, "$", "$$"))
	}
	g.set(g.d.Trial.Options)
	return nil
}

// set writes settings into the override file.
func (g *generation) set(settings []Setting) {
	for _, s := range settings {
		value := s.Value
		for placeholder, v := range g.values {
			value = strings.ReplaceAll(value, placeholder, v)
		}
		sections := []string{s.Section}
		if s.Section == "*" {
			sections = g.live.Sections()
		}
		for _, section := range sections {
			if _, set := g.live.Get(section, s.Option); set || !s.WhenSet && s.Section != "*" {
				g.override.Set(section, s.Option, value)
			}
		}
	}
}

// write makes the folder beside its place and puts it there in one step. What a killed write left is removed first.
func (g *generation) write(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(g.dir), 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(g.dir))
	if err != nil {
		return err
	}
	defer root.Close()
	staging := durable.TempPrefix + g.name
	if err := root.RemoveAll(staging); err != nil {
		return err
	}
	if err := g.fill(root, staging); err != nil {
		return errors.Join(err, root.RemoveAll(staging))
	}
	if err := g.check(ctx, filepath.Join(root.Name(), staging)); err != nil {
		return errors.Join(err, root.RemoveAll(staging))
	}
	if err := durable.SyncTree(ctx, root, staging); err != nil {
		return errors.Join(err, root.RemoveAll(staging))
	}
	return place(root, staging, g.name)
}

// place gives the staged folder its name; one that has it goes.
func place(root *os.Root, staging, name string) error {
	_, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = root.Rename(staging, name)
	case err == nil:
		if err = durable.Exchange(root, staging, name); errors.Is(err, errors.ErrUnsupported) {
			err = replace(root, staging, name)
		}
	}
	if err != nil {
		return err
	}
	return errors.Join(durable.SyncDir(root, "."), root.RemoveAll(staging))
}

// replace is Exchange in two steps, for file systems without it. What stood there then has the staging folder's name.
func replace(root *os.Root, staging, name string) error {
	aside := staging + ".old"
	if err := errors.Join(root.RemoveAll(aside), root.Rename(name, aside)); err != nil {
		return err
	}
	if err := root.Rename(staging, name); err != nil {
		return errors.Join(err, root.Rename(aside, name))
	}
	return root.Rename(aside, staging)
}

// fill writes the files into the staging folder. All may hold secrets, so only root and the service user's group read them.
func (g *generation) fill(root *os.Root, staging string) error {
	if err := mkdirOwned(root, staging, 0o750, owner{uid: -1, gid: g.owner.gid}); err != nil {
		return err
	}
	for name, b := range g.body {
		if err := writeOwned(root, path.Join(staging, name), b, 0o640, owner{uid: -1, gid: g.owner.gid}); err != nil {
			return err
		}
	}
	if !g.trial {
		return nil
	}
	for _, name := range []string{stateName, stateName + "/lock", stateName + "/conversion", stateName + "/coordination"} {
		if err := mkdirOwned(root, path.Join(staging, name), 0o750, g.owner); err != nil {
			return err
		}
	}
	return nil
}

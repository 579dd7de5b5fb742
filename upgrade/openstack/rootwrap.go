package openstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

// rootwrap drafts rootwrap.conf, the options that make the services use it, and the grant for sudo.
func (g *generation) rootwrap(ctx context.Context) error {
	conf, err := g.liveRootwrap()
	if err != nil {
		return err
	}
	stack := oslo.Stack{conf}
	scripts := g.env.Scripts
	var filters []string
	for _, folder := range g.d.Rootwrap.Filters {
		folder = filepath.Join(g.env.Root, filepath.FromSlash(folder))
		if st, err := os.Stat(folder); err == nil && st.IsDir() {
			filters = append(filters, folder)
		}
	}
	own, err := operatorFilters(stack.List(oslo.Default, "filters_path"), filters)
	if err != nil {
		return err
	}
	exec := append([]string{scripts}, slices.DeleteFunc(stack.List(oslo.Default, "exec_dirs"), func(dir string) bool { return dir == scripts })...)
	for _, dir := range append(slices.Clone(filters), exec...) {
		if strings.ContainsAny(dir, ",\n") {
			return fmt.Errorf("%q cannot stand in rootwrap.conf: no comma may be in it", dir)
		}
	}
	conf.Set(oslo.Default, "filters_path", strings.Join(append(filters, own...), ","))
	conf.Set(oslo.Default, "exec_dirs", strings.Join(exec, ","))
	g.body[rootwrapName] = conf.Bytes()
	g.set(g.d.Rootwrap.Set)
	if err := ctx.Err(); err != nil {
		return err
	}
	return g.sudoers()
}

// liveRootwrap reads the operator's rootwrap.conf, else the new version's own.
func (g *generation) liveRootwrap() (*oslo.File, error) {
	file := g.d.Rootwrap.File
	for _, path := range []string{
		locate(g.live, g.files, file),
		filepath.Join(g.env.Root, filepath.FromSlash(g.old.Component.Config.DataDir), file.Name),
	} {
		f, err := readFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return f, err
	}
	return &oslo.File{}, nil
}

// operatorFilters lists those of the old filter folders that have something of their own: a file that the new folders have not, or have otherwise. What is just the old package's would
// allow what the new version no longer asks for. A folder that is not there yet stays.
func operatorFilters(old, fresh []string) (own []string, err error) {
	for _, folder := range old {
		if slices.Contains(fresh, folder) {
			continue
		}
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			own = append(own, folder)
			continue
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return ownFilter(filepath.Join(folder, e.Name()), fresh) }) {
			own = append(own, folder)
		}
	}
	return own, nil
}

func ownFilter(file string, fresh []string) bool {
	if strings.HasPrefix(filepath.Base(file), ".") {
		return false
	}
	var found string
	b, err := readMaybe(file, &found)
	if err != nil {
		return true
	}
	for _, folder := range fresh {
		if same, err := readMaybe(filepath.Join(folder, filepath.Base(file)), &found); err == nil && same != nil && bytes.Equal(b, same) {
			return false
		}
	}
	return true
}

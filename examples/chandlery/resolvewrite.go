package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve"
)

// perPlatform in --output stands for a platform's name.
const perPlatform = "{platform}"

// drafts are the files of --output, one a platform, before they have their names.
type drafts struct {
	command *resolveCommand
	files   []*outputFile
	failed  []error
	folders openFolders
}

// drafts is nil where --output is one file, or none.
func (c *resolveCommand) drafts(platforms int) *drafts {
	if !strings.Contains(c.Output, perPlatform) {
		return nil
	}
	return &drafts{command: c, files: make([]*outputFile, platforms), failed: make([]error, platforms)}
}

// add writes the file of a platform, while others are resolved still.
func (d *drafts) add(i int, r *resolve.Resolution) {
	if d == nil {
		return
	}
	text, err := d.command.render([]*resolve.Resolution{r})
	if err == nil {
		d.files[i] = &outputFile{path: strings.ReplaceAll(d.command.Output, perPlatform, fileName(r.Platform.Name)), text: text}
		err = d.files[i].write(&d.folders)
	}
	d.failed[i] = err
}

// place gives the files their names: none before all are written.
func (d *drafts) place() (paths []string, err error) {
	defer d.folders.close()
	for _, f := range d.files {
		if f != nil {
			paths = append(paths, f.path)
		}
	}
	return paths, place(d.files, &d.folders, cmp.Or(d.failed...))
}

// discard removes what was written.
func (d *drafts) discard() {
	if d != nil {
		_ = place(d.files, &d.folders, context.Canceled) // what led here is told
		d.folders.close()
	}
}

// write makes the files of --output.
func (c *resolveCommand) write(all []*resolve.Resolution, ready *drafts) ([]string, error) {
	if ready != nil {
		return ready.place()
	}
	text, err := c.render(all)
	if err != nil {
		return nil, err
	}
	return []string{c.Output}, putFile(c.Output, text)
}

// openFolders are those of files that are written; each is opened once.
type openFolders struct {
	mu   sync.Mutex
	open map[string]*os.Root
}

func (d *openFolders) of(path string) (*os.Root, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dir := filepath.Dir(path)
	if d.open[dir] != nil {
		return d.open[dir], nil
	}
	root, err := os.OpenRoot(dir)
	if err == nil {
		if d.open == nil {
			d.open = map[string]*os.Root{}
		}
		d.open[dir] = root
	}
	return root, err
}

func (d *openFolders) sync() error {
	for _, root := range d.open {
		if err := durable.SyncDir(root, "."); err != nil {
			return err
		}
	}
	return nil
}

func (d *openFolders) close() {
	for _, root := range d.open {
		root.Close()
	}
}

// outputFile is a file to be put in its place.
type outputFile struct {
	path    string
	text    []byte
	written *durable.Temp // without its name; nil: not written
}

// place gives files that were written their names, in order, so that of one path the last stands; where something failed before, it removes them.
func place(files []*outputFile, in *openFolders, failed error) error {
	for _, f := range files {
		if f == nil || f.written == nil {
			continue
		}
		if failed == nil {
			failed = unwritten(f.path, f.written.Rename())
		}
		if failed != nil {
			_ = f.written.Discard() // the error that led here is told
		}
	}
	if failed != nil {
		return failed
	}
	return in.sync()
}

// write writes the file for good, and does not give it its name.
func (f *outputFile) write(in *openFolders) error {
	root, err := in.of(f.path)
	if err != nil {
		return unwritten(f.path, err)
	}
	if f.written, err = durable.Create(root, filepath.Base(f.path), 0o666); err != nil {
		return unwritten(f.path, err)
	}
	_, err = f.written.Write(f.text)
	return unwritten(f.path, errors.Join(err, f.written.Finish()))
}

// putFile puts a file in its place, whole or not at all.
func putFile(file string, b []byte) error { return unwritten(file, durable.WritePath(file, b, 0o666)) }

// unwritten says which file an error kept from being written.
func unwritten(file string, err error) error {
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

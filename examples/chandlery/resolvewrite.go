package main

import (
	"cmp"
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

// write makes the files of --output: all are ready before the first is written.
func (c *resolveCommand) write(all []*resolve.Resolution) ([]string, error) {
	if !strings.Contains(c.Output, perPlatform) {
		text, err := c.render(all)
		if err != nil {
			return nil, err
		}
		return []string{c.Output}, putFile(c.Output, text)
	}
	files, paths := make([]*outputFile, len(all)), make([]string, len(all))
	err := each(len(all), func(i int) error {
		text, err := c.render(all[i : i+1])
		paths[i] = strings.ReplaceAll(c.Output, perPlatform, fileName(all[i].Platform.Name))
		files[i] = &outputFile{path: paths[i], text: text}
		return err
	})
	if err != nil {
		return nil, err
	}
	return paths, putFiles(files)
}

// each does a thing for every number below n, all at once, and gives the first error by number.
func each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { errs[i] = do(i) })
	}
	running.Wait()
	return cmp.Or(errs...)
}

// outputFile is a file to be put in its place.
type outputFile struct {
	path    string
	text    []byte
	written *durable.Temp // without its name; nil: not written
}

// putFiles puts files in their places, each whole or not at all, and none before all are written. They are made durable together, as a disk does several in the time of
// one, and so is each folder, once.
func putFiles(files []*outputFile) error {
	folders := map[string]*os.Root{}
	defer func() {
		for _, root := range folders {
			root.Close()
		}
	}()
	for _, f := range files {
		dir := filepath.Dir(f.path)
		if folders[dir] != nil {
			continue
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			return f.wrap(err)
		}
		folders[dir] = root
	}
	err := each(len(files), func(i int) error { return files[i].write(folders[filepath.Dir(files[i].path)]) })
	for _, f := range files { // in order: where two have one path, the last stands
		if err == nil {
			err = f.wrap(f.written.Rename())
		}
		if err != nil {
			f.discard()
		}
	}
	for _, root := range folders {
		if err == nil {
			err = durable.SyncDir(root, ".")
		}
	}
	return err
}

// write writes the file for good, and does not give it its name.
func (f *outputFile) write(root *os.Root) (err error) {
	if f.written, err = durable.Create(root, filepath.Base(f.path), 0o666); err != nil {
		return f.wrap(err)
	}
	_, err = f.written.Write(f.text)
	return f.wrap(errors.Join(err, f.written.Finish()))
}

// discard removes what was written and has no name yet.
func (f *outputFile) discard() {
	if f.written != nil {
		_ = f.written.Discard() // the error that led here is told
	}
}

func (f *outputFile) wrap(err error) error {
	if err != nil {
		return fmt.Errorf("write %s: %w", f.path, err)
	}
	return nil
}

// putFile puts a file in its place, whole or not at all.
func putFile(file string, b []byte) error { return putFiles([]*outputFile{{path: file, text: b}}) }

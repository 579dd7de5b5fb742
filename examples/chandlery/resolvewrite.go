package main

import (
	"cmp"
	"fmt"
	"slices"
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
	texts, files := make([][]byte, len(all)), make([]string, len(all))
	err := each(len(all), func(i int) (err error) {
		texts[i], err = c.render(all[i : i+1])
		files[i] = strings.ReplaceAll(c.Output, perPlatform, fileName(all[i].Platform.Name))
		return err
	})
	if err != nil {
		return nil, err
	}
	return files, each(len(files), func(i int) error {
		if slices.Contains(files[i+1:], files[i]) {
			return nil // it would be replaced
		}
		return putFile(files[i], texts[i])
	})
}

// each does a thing for every number below n, all at once, and gives the first error by number: a disk makes several files durable in the time of one.
func each(n int, do func(i int) error) error {
	errs := make([]error, n)
	var running sync.WaitGroup
	for i := range n {
		running.Go(func() { errs[i] = do(i) })
	}
	running.Wait()
	return cmp.Or(errs...)
}

// putFile puts a file in its place, whole or not at all.
func putFile(file string, b []byte) error {
	if err := durable.WritePath(file, b, 0o666); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}

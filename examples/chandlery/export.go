package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/offline"
	"github.com/chandlery-go/chandlery/resolve/index"
)

type exportCommand struct {
	File     string   `arg:"" type:"path" help:"The zip to write."`
	Platform []string `placeholder:"NAME" help:"Whose libraries it gets; several. Without it those of all."`
	storeFlag
	signFlags
	channelFlag
}

// Run writes the live release, with all that a machine without network needs to verify and install it.
func (c *exportCommand) Run(ctx context.Context, out *output, p program) error {
	s, err := c.existing(ctx, presignFlag{})
	if err != nil {
		return err
	}
	k, err := c.remembered(s)
	if err != nil {
		return err
	}
	if k.root == nil {
		return noKeys("which keys count in %s is unknown: give --root FILE, or --keys DIR with root.json", c.Store)
	}
	dir, err := os.MkdirTemp("", "chandlery-export-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	client := &trust.Client{Root: k.root, Dir: dir, Channel: c.Channel, Clock: p.now}
	overStore(client, s.objects)
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	contents, err := writeWhole(c.File, func(w io.Writer) (*offline.Contents, error) {
		return offline.Export(ctx, w, client, storeFetcher{s, fetcher}, c.Platform...)
	})
	if err != nil {
		return err
	}
	result := exportJSON{contents.Channel, contents.Sequence, contents.Platforms, contents.Bundles, contents.Bytes, contents.Expires}
	out.result(result, func(w io.Writer) {
		fmt.Fprintf(w, "release %d of %s for %s: %d bundles, %s, in %s\n", contents.Sequence, contents.Channel, strings.Join(contents.Platforms, ", "), contents.Bundles, byteSize(contents.Bytes), c.File)
		fmt.Fprintf(w, "its signatures end at %s: later it takes chandlery update --max-staleness\n", contents.Expires.UTC().Format(time.RFC3339))
	})
	return nil
}

// exportJSON is the result of export; its field names are part of the command's promise.
type exportJSON struct {
	Channel   string    `json:"channel"`
	Sequence  uint64    `json:"sequence"`
	Platforms []string  `json:"platforms"`
	Bundles   int       `json:"bundles"`
	Bytes     int64     `json:"bytes"`   // of them
	Expires   time.Time `json:"expires"` // until then it installs without --max-staleness
}

// writeWhole gives a file its name when it is whole.
func writeWhole[T any](file string, write func(io.Writer) (T, error)) (made T, err error) {
	f, err := os.CreateTemp(filepath.Dir(file), ".chandlery-export-*")
	if err != nil {
		return made, err
	}
	defer os.Remove(f.Name())
	made, err = write(f)
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		return made, err
	}
	return made, os.Rename(f.Name(), file)
}

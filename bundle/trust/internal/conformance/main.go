// Command conformance is the client under test of the tuf-conformance project's suite, over trust.Client:
//
//	conformance --metadata-dir D init ROOT.json
//	conformance --metadata-url U --metadata-dir D refresh
//	conformance --metadata-url U --metadata-dir D --target-name T [--target-name T2 …] --target-dir TD --target-base-url TU download
//
// It exits with 0 where all went well, else with 1. The suite sets the time through the C library, which Go's clock does not ask: so it is that of date(1).
//
// Whoever has the suite (the repository theupdateframework/tuf-conformance), Python 3.10 or later and the program faketime runs it so, from this module's root:
//
//	go build -o ../conformance ./bundle/trust/internal/conformance
//	cd ../tuf-conformance
//	python3 -m venv env
//	env/bin/pip install .
//	env/bin/pytest tuf_conformance --entrypoint "$PWD/../conformance"
//
// All of its tests pass (113 of 113); so no file of expected failures, conformance.xfails, belongs beside the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// initialRoot is the root that init was given, in the metadata folder. Every name there that ends in .json is read by the suite as metadata.
const initialRoot = "initial-root"

type names []string

func (n *names) String() string     { return strings.Join(*n, " ") }
func (n *names) Set(s string) error { *n = append(*n, s); return nil }

type command struct {
	metadataURL, metadataDir, targetDir, targetURL string
	targets                                        names
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var c command
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	flags.StringVar(&c.metadataURL, "metadata-url", "", "")
	flags.StringVar(&c.metadataDir, "metadata-dir", "", "")
	flags.StringVar(&c.targetDir, "target-dir", "", "")
	flags.StringVar(&c.targetURL, "target-base-url", "", "")
	flags.Var(&c.targets, "target-name", "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	return c.run(ctx, flags.Args())
}

func (c *command) run(ctx context.Context, args []string) error {
	if c.metadataDir == "" || len(args) == 0 {
		return errors.New("--metadata-dir and one of init, refresh, download are required")
	}
	switch {
	case args[0] == "init" && len(args) == 2:
		return c.init(args[1])
	case args[0] == "refresh" && len(args) == 1:
		return c.update(ctx, (*trust.Client).Refresh)
	case args[0] == "download" && len(args) == 1 && len(c.targets) > 0 && c.targetDir != "":
		return c.update(ctx, c.download)
	}
	return fmt.Errorf("%q cannot be done with these flags", args)
}

func (c *command) init(root string) error {
	b, err := os.ReadFile(root)
	if err != nil {
		return err
	}
	return errors.Join(durable.WritePath(filepath.Join(c.metadataDir, initialRoot), b, 0o644),
		durable.WritePath(filepath.Join(c.metadataDir, "root.json"), b, 0o644))
}

// update does something with a client, then shows the newest root that it trusts.
func (c *command) update(ctx context.Context, do func(*trust.Client, context.Context) error) error {
	root, err := os.ReadFile(filepath.Join(c.metadataDir, initialRoot))
	if err != nil {
		return err
	}
	now, err := now(ctx)
	if err != nil {
		return err
	}
	client := &trust.Client{Root: root, Dir: c.metadataDir, Mirrors: []trust.Mirror{{Metadata: c.metadataURL, Targets: c.targetURL}},
		Clock: func() time.Time { return now }}
	return errors.Join(do(client, ctx), c.showRoot())
}

func (c *command) download(client *trust.Client, ctx context.Context) error {
	for _, name := range c.targets {
		t, err := client.Lookup(ctx, name)
		if err != nil {
			return err
		}
		file := filepath.Join(c.targetDir, url.PathEscape(name))
		if b, err := os.ReadFile(file); err == nil && t.Check(b) == nil {
			continue
		}
		b, err := client.Fetch(ctx, t)
		if err != nil {
			return err
		}
		if err := durable.WritePath(file, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (c *command) showRoot() error {
	history := filepath.Join(c.metadataDir, "root_history")
	newest := 0
	entries, err := os.ReadDir(history)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		number, _, _ := strings.Cut(e.Name(), ".")
		if n, err := strconv.Atoi(number); err == nil {
			newest = max(newest, n)
		}
	}
	if newest == 0 {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(history, fmt.Sprintf("%d.root.json", newest)))
	if err != nil {
		return err
	}
	return durable.WritePath(filepath.Join(c.metadataDir, "root.json"), b, 0o644)
}

func now(ctx context.Context) (time.Time, error) {
	out, err := exec.CommandContext(ctx, "date", "+%s").Output()
	if err != nil {
		return time.Time{}, err
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return time.Unix(seconds, 0), err
}

package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// rawBenchmarks are what the machine needs for multi5's wheels at the least. Each is a process of this program.
func rawBenchmarks() []benchmark {
	var all []benchmark
	for _, verb := range []string{"sha256", "copy", "inflate"} {
		all = append(all, benchmark{
			Name:       "the machine: " + rawNames[verb],
			Contenders: []contender{{"this program", (*site).haveWheels, func(s *site) (usage, error) { return s.raw(verb) }}},
			Where:      noNetwork,
		})
	}
	return all
}

var rawNames = map[string]string{
	"sha256":  "sha256 of multi5's wheels, one thread",
	"copy":    "copy multi5's wheels",
	"inflate": "inflate multi5's wheels and hash every file, all processors",
}

// wheels are multi5's distinct wheels, as chandlery's warm cache has them.
func (s *site) wheels() ([]string, error) {
	var all []string
	root := s.cachePath("chandlery", multi5(warm))
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.HasPrefix(path, filepath.Join(root, "files-")) {
			all = append(all, path)
		}
		return err
	})
	if os.IsNotExist(err) {
		return nil, nil
	}
	return all, err
}

// haveWheels publishes multi5 where that was not done yet.
func (s *site) haveWheels() error {
	all, err := s.wheels()
	if err != nil || len(all) > 0 {
		return err
	}
	p := publishFive(warm)
	if err := p.Prepare(s); err != nil {
		return err
	}
	_, err = p.Run(s)
	return err
}

func (s *site) raw(verb string) (usage, error) {
	all, err := s.wheels()
	if err != nil {
		return usage{}, err
	}
	to, err := s.fresh("copies")
	if err != nil {
		return usage{}, err
	}
	return s.measure(command(s.ctx, nil, s.tools.self, slices.Concat([]string{"raw", verb, to}, all)...))
}

// runRaw is the process: raw VERB FOLDER FILE...
func runRaw(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("usage: raw VERB FOLDER FILES")
	}
	do, ok := map[string]func(ctx context.Context, to, file string) error{"sha256": rawSHA256, "copy": rawCopy, "inflate": rawInflate}[args[0]]
	if !ok {
		return fmt.Errorf("raw %s: no such work", args[0])
	}
	for _, file := range args[2:] {
		if err := do(ctx, args[1], file); err != nil {
			return err
		}
	}
	return nil
}

func rawSHA256(_ context.Context, _, file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.CopyBuffer(sha256.New(), struct{ io.Reader }{f}, make([]byte, 256<<10))
	return err
}

func rawCopy(_ context.Context, to, file string) error {
	from, err := os.Open(file)
	if err != nil {
		return err
	}
	defer from.Close()
	f, err := os.Create(filepath.Join(to, filepath.Base(file)))
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(f, from); err != nil {
		return err
	}
	return f.Close()
}

func rawInflate(ctx context.Context, _, file string) error {
	b, err := dist.OpenFile(file)
	if err != nil {
		return err
	}
	defer b.Close()
	z, err := archive.Open(b, b.Size(), archive.Limits{})
	if err != nil {
		return err
	}
	return z.Each(ctx, func(_ int, body io.Reader) error {
		_, err := io.Copy(sha256.New(), body)
		return err
	})
}

package s3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// made is an index of made wheels, and their Fetcher. It is the same in every process.
type made struct {
	resolvetest.Index
	blobs map[string][]byte // by url
}

// newMade has three libraries in two versions, of a size from which parts can be lost.
func newMade() (*made, error) {
	m := &made{blobs: map[string][]byte{}}
	for i, version := range []string{"1.0", "2.0"} {
		for name, requires := range map[string][]string{"app": {"lib"}, "lib": nil, "native": nil} {
			spec := wheelmake.Spec{Name: name, Version: version, Requires: requires, Files: map[string]string{}}
			if name == "native" {
				spec.Tag, spec.Platlib = "cp39-cp39-manylinux_2_17_x86_64", true
			}
			for part := range 6 {
				spec.Files[fmt.Sprintf("%s/part%d.py", name, part)] = fmt.Sprintf("# %s of %s\n%q\n", name, version, pattern(part*8_000+i))
			}
			if err := m.add(spec); err != nil {
				return nil, err
			}
		}
	}
	return m, nil
}

func (m *made) add(spec wheelmake.Spec) error {
	b := wheelmake.Make(spec)
	name, err := dist.ParseFilename(spec.Filename())
	if err != nil {
		return err
	}
	metadata, err := dist.ParseMetadata([]byte(spec.Metadata()))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(b)
	a := dist.Artifact{File: spec.Filename(), URL: "https://index.example/" + spec.Filename(), Size: int64(len(b)), Hashes: map[string]string{"sha256": hex.EncodeToString(sum[:])}}
	m.blobs[a.URL] = b
	m.Add(dist.File{Filename: name, RequiresPython: metadata.RequiresPython, Uploaded: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Artifact: a}, metadata)
	return nil
}

type memory struct{ *bytes.Reader }

func (memory) Close() error { return nil }

func (m *made) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	return memory{bytes.NewReader(m.blobs[a.URL])}, ctx.Err()
}

// madeConfig asks for each library in a version.
func madeConfig(app, lib, native string) (*manifest.Config, error) {
	return manifest.ParseConfig(fmt.Appendf(nil, `{"app": {"expectedVersions": {"linux": %q}}, "lib": {"expectedVersions": {"linux": %q}}, "native": {"expectedVersions": {"linux": %q}}}`,
		app, lib, native))
}

// publishMade publishes the libraries in a version: "1.0" or "2.0". One work after the other: the same requests in the same order each time.
func publishMade(ctx context.Context, s *s3.Store, sink bundle.Sink, channel, version, work string) error {
	cfg, err := madeConfig(version, version, version)
	if err != nil {
		return err
	}
	index, err := newMade()
	if err != nil {
		return err
	}
	p := bundle.Publisher{Index: index, Fetcher: index, Store: s, Sink: sink, Channel: channel, WorkDir: work, Concurrency: 1}
	_, err = p.Publish(ctx, cfg)
	return err
}

package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// storeFlag says where a store is.
type storeFlag struct {
	Store string `required:"" placeholder:"DIR|s3://BUCKET" help:"The store: a folder, or s3://bucket/prefix?endpoint=URL&region=NAME."`
}

// addressFlags say where clients find what is stored.
type addressFlags struct {
	BaseURL string `name:"base-url" placeholder:"URL" help:"Where clients find the store; without it urls are relative."`
	presignFlag
}

// presignFlag is for buckets that nobody else can read.
type presignFlag struct {
	Presign time.Duration `placeholder:"DURATION" help:"Of a bucket that is not public: sign the addresses of libraries, for so long (168h at most)."`
}

// objects is all that can be done with a store.
type objects interface {
	bundle.Store
	store.Files
	store.Lister
	store.Remover
}

// site is an opened store.
type site struct {
	objects        // hand this on, not the site: a store can have further abilities
	dir     string // of a store that is a folder; else ""
}

// open opens the store that the flag names. A folder need not be there.
func (f storeFlag) open(_ context.Context, a addressFlags) (*site, error) {
	if strings.HasPrefix(f.Store, "s3://") {
		return f.bucket(a)
	}
	if a.Presign != 0 {
		return nil, usage("--presign is for s3:// stores: a folder's addresses need no signature")
	}
	dir := kong.ExpandPath(f.Store)
	return &site{objects: store.Dir{Path: dir, BaseURL: a.BaseURL}, dir: dir}, nil
}

// bucket opens a bucket, with the credentials that its service's own tools would use.
func (f storeFlag) bucket(a addressFlags) (*site, error) {
	objects, err := s3.ParseURL(f.Store)
	if err != nil {
		return nil, usage("--store: %v", err)
	}
	if a.BaseURL != "" {
		objects.BaseURL = a.BaseURL
	}
	if a.Presign != 0 {
		objects.Presign = a.Presign
	}
	objects.RoundTripper = newTransport()
	objects.Credentials = &s3.Environment{Getenv: os.Getenv, Service: objects.Service, RoundTripper: objects.RoundTripper}
	return &site{objects: objects}, nil
}

// existing opens a store that must be there.
func (f storeFlag) existing(ctx context.Context, p presignFlag) (*site, error) {
	s, err := f.open(ctx, addressFlags{presignFlag: p})
	if err != nil || s.dir == "" {
		return s, err
	}
	if info, err := os.Stat(s.dir); err != nil || !info.IsDir() {
		return nil, usage("--store %s is no folder", f.Store)
	}
	return s, nil
}

// lasts is how long the addresses of what is stored last; 0 is for ever.
func (s *site) lasts() time.Duration {
	if l, ok := s.objects.(store.Lasting); ok {
		return l.Lasts()
	}
	return 0
}

// signer is a store that makes addresses with which anyone can read for a time.
type signer interface {
	Sign(ctx context.Context, name string, lasts time.Duration) (string, error)
}

// readdress is libraries with new addresses, where those of the store end.
func (s *site) readdress(ctx context.Context, libraries map[pep508.Name]map[string]manifest.Leaf) (map[pep508.Name]map[string]manifest.Leaf, error) {
	objects, signs := s.objects.(signer)
	if s.lasts() == 0 || !signs {
		return libraries, nil
	}
	all := map[pep508.Name]map[string]manifest.Leaf{}
	for name, platforms := range libraries {
		all[name] = map[string]manifest.Leaf{}
		for platform, leaf := range platforms {
			leaf.Variants = slices.Clone(leaf.Variants)
			for _, b := range slices.Concat([]*manifest.Bundle{&leaf.Bundle}, pointers(leaf.Variants)) {
				if b.SHA256 == "" { // the leaf's own, where it has variants
					continue
				}
				var err error
				if b.URL, err = objects.Sign(ctx, "sha256/"+b.SHA256[:2]+"/"+b.SHA256+"."+b.Format, s.lasts()); err != nil {
					return nil, err
				}
			}
			all[name][platform] = leaf
		}
	}
	return all, nil
}

func pointers[T any](s []T) []*T {
	all := make([]*T, len(s))
	for i := range s {
		all[i] = &s[i]
	}
	return all
}

package openstack

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
)

var (
	// ErrNotInstalled says that a component is in none of the folders.
	ErrNotInstalled = errors.New("not installed")
	// ErrAmbiguous says that one folder has two versions of a component, of which one is a remnant.
	ErrAmbiguous = errors.New("two versions in one folder")
)

// Current is what runs now, as its files say.
type Current struct {
	Version       pep440.Version
	Site          string // library folder in which the component lies
	Distributions []Distribution
	Schema        Schema
	Unread        []error // distributions that could not be read
}

// ReadCurrent reads a real environment's library folders (dist-packages, site-packages; of any Python) without running anything in it. A component that is in none is
// ErrNotInstalled. A version is not proof of contents: a distribution's 21.3.1 may have patches that upstream's has not.
func ReadCurrent(ctx context.Context, c upgrade.Component, sites ...string) (*Current, error) {
	now := &Current{}
	now.Distributions, now.Unread = Distributions(ctx, sites...)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for _, d := range now.Distributions {
		if d.Name != c.Distribution {
			continue
		}
		if now.Site != "" && !now.Version.Equal(d.Version) {
			return nil, fmt.Errorf("%s %s and %s, %s: %w: remove the metadata of the one that is gone", c.Name, now.Version, d.Version, d.Site, ErrAmbiguous)
		}
		now.Version, now.Site = d.Version, d.Site
	}
	if now.Site == "" {
		return nil, errors.Join(fmt.Errorf("%s in %q: %w", c.Name, sites, ErrNotInstalled), errors.Join(now.Unread...))
	}
	var err error
	now.Schema, err = ReadSchema(ctx, os.DirFS(now.Site), c)
	return now, err
}

package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// FileChannel is a channel of a store that has no lock, only conditional writes: a Sink and a Source. Safe for concurrent use, by several publishers too.
//
// A release is first claimed: its history file, <channel>/releases/<sequence>.json, can be created once, by one publisher. From then on it is released,
// and whoever comes next brings LiveFile up to it: the publisher itself or, where that was killed, the next one. So a kill leaves clients with the old release
// whole, and the next run finishes.
type FileChannel struct {
	Files interface { // required
		Files
		Remover
	}
	Name             string // the channel, its folder there; required
	InsecureUnsigned bool   // accepts that what is released and read is unsigned; without it both are bundle.ErrUnsigned
	Staged           bool   // Release writes StagedFile, which Promote makes live
	Plain            bool   // Release and Promote write PlainFile too; a channel that has one keeps it up to date in any case
}

// lookups is how many bundles are looked for at once.
const lookups = 8

// Release releases m after checking that it follows the live release and that every bundle of a relative url is there. What a killed run had claimed is finished
// first: where that is m's content, m is released.
func (c FileChannel) Release(ctx context.Context, m *manifest.Manifest) error {
	if m == nil {
		return errors.New("there is no release: give an update configuration")
	}
	if m.Meta.Channel != c.Name {
		return fmt.Errorf("a release of the channel %q cannot go to the channel %q", m.Meta.Channel, c.Name)
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	if err := errors.Join(c.check(), ctx.Err()); err != nil {
		return err
	}
	if c.Staged {
		return c.stage(ctx, m, b)
	}
	return c.release(ctx, m, b)
}

func (c FileChannel) release(ctx context.Context, m *manifest.Manifest, b []byte) error {
	live, advanced, err := c.settle(ctx)
	if err != nil {
		return err
	}
	if advanced && live.is(m) {
		return nil
	}
	if err := c.follows(ctx, m, live); err != nil {
		return err
	}
	if err := c.claim(ctx, m, b); err != nil {
		if errors.Is(err, bundle.ErrConflict) {
			_, _, late := c.settle(ctx)
			err = errors.Join(err, late)
		}
		return err
	}
	if _, _, err = c.settle(ctx); err != nil {
		return fmt.Errorf("the release %d is claimed, and live as soon as the store answers again: publish again: %w", m.Meta.Sequence, err)
	}
	return nil
}

// stage writes the staged release unless its content stands there already.
func (c FileChannel) stage(ctx context.Context, m *manifest.Manifest, b []byte) error {
	live, _, err := c.settle(ctx)
	if err != nil {
		return err
	}
	if err := c.follows(ctx, m, live); err != nil {
		return err
	}
	staged, err := c.read(ctx, StagedFile)
	if err != nil || staged.is(m) {
		return err
	}
	return c.Files.Write(ctx, c.file(StagedFile), b, staged.version)
}

// Promote makes the staged release live and returns it. Nothing staged is bundle.ErrNoRelease; a live release that moved on since is
// bundle.ErrConflict.
func (c FileChannel) Promote(ctx context.Context) (*manifest.Manifest, error) {
	if err := errors.Join(c.check(), ctx.Err()); err != nil {
		return nil, err
	}
	staged, err := c.read(ctx, StagedFile)
	if err != nil {
		return nil, err
	}
	if staged.m == nil {
		return nil, fmt.Errorf("%w: the channel %s has no %s: stage one first", bundle.ErrNoRelease, c.Name, StagedFile)
	}
	live, _, err := c.settle(ctx)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(live.bytes, staged.bytes) { // else a kill left the staged file
		if err := c.release(ctx, staged.m, staged.bytes); err != nil {
			return nil, err
		}
	}
	return staged.m, c.Files.Remove(ctx, c.file(StagedFile))
}

// Discard removes a staged release; none is no error.
func (c FileChannel) Discard(ctx context.Context) error {
	if err := c.check(); err != nil {
		return err
	}
	return c.Files.Remove(ctx, c.file(StagedFile))
}

// WritePlain writes the live release in the plain form. Where the file has it already, no byte changes.
func (c FileChannel) WritePlain(ctx context.Context) error {
	c.Plain = true
	if err := c.check(); err != nil {
		return err
	}
	live, _, err := c.settle(ctx)
	if err == nil && live.m == nil {
		return c.none()
	}
	return err
}

// Latest reads the live release; its relative urls are resolved against the live file's Address.
func (c FileChannel) Latest(ctx context.Context) (*manifest.Manifest, error) {
	if err := errors.Join(c.check(), ctx.Err()); err != nil {
		return nil, err
	}
	live, err := c.read(ctx, LiveFile)
	if err != nil {
		return nil, err
	}
	if live.m == nil {
		return nil, c.none()
	}
	address, err := c.Files.Address(c.file(LiveFile))
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return live.m.Resolve(base)
}

func (c FileChannel) none() error {
	return fmt.Errorf("%w: the store has no %s: check the channel, or publish a first release", bundle.ErrNoRelease, c.file(LiveFile))
}

func (c FileChannel) check() error {
	switch {
	case c.Files == nil:
		return &bundle.MissingFieldError{Type: "store.FileChannel", Field: "Files"}
	case c.Name == "":
		return &bundle.MissingFieldError{Type: "store.FileChannel", Field: "Name"}
	case !manifest.CheckWord(c.Name):
		return notChannel(c.Name)
	case !c.InsecureUnsigned:
		return bundle.ErrUnsigned
	}
	return nil
}

func notChannel(name string) error {
	return fmt.Errorf("%q is no name of a channel: letters, digits, dots, dashes and underscores only", name)
}

// follows checks that m comes right after the live release and names no bundle that is not there.
func (c FileChannel) follows(ctx context.Context, m *manifest.Manifest, live state) error {
	if m.Meta.Sequence != live.sequence()+1 {
		return notNext(m.Meta.Sequence, live.sequence())
	}
	return CheckBundles(ctx, c.Files, c.Name, m)
}

// CheckBundles checks that every bundle of a relative url, which leads from the channel's folder, is in the store and has its size. The error names library and
// platform of one that is not.
func CheckBundles(ctx context.Context, f Files, channel string, m *manifest.Manifest) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookups)
	type asked struct {
		url  string
		size int64
	}
	seen := map[asked]bool{}
	for at, b := range bundles(m) {
		if isAbsolute(b.URL) || seen[asked{b.URL, b.Size}] {
			continue
		}
		seen[asked{b.URL, b.Size}] = true
		g.Go(func() error {
			e, err := f.Stat(ctx, path.Join(channel, b.URL))
			if err == nil {
				err = sameSize(b, e.Size)
			}
			if err != nil {
				return missing(at, err)
			}
			return nil
		})
	}
	return g.Wait()
}

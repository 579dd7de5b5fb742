package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// What a channel's folder holds. HistoryFolder has each release as <sequence>.json.
const (
	LiveFile      = "update.json"
	StagedFile    = "update.next.json"
	PlainFile     = "update.plain.json"
	HistoryFolder = "releases"
)

// Channel is a channel of a store directory: a Sink and a Source. Safe for concurrent use, by several processes too.
type Channel struct {
	Path             string // the store's directory; required
	Name             string // the channel, its folder there; required
	InsecureUnsigned bool   // accepts that what is released and read is unsigned; without it both are bundle.ErrUnsigned
	Staged           bool   // Release writes StagedFile, which Promote makes live
	Plain            bool   // Release and Promote write PlainFile too; a channel that has one keeps it up to date in any case
}

// Release writes m, after checking that it follows the live one and that every bundle of a relative url is there. A staged release replaces
// one that was staged before; the same content again changes no byte.
func (c Channel) Release(ctx context.Context, m *manifest.Manifest) error {
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
	return c.change(ctx, func(root *os.Root) error {
		if err := c.follows(root, m); err != nil {
			return err
		}
		if c.Staged {
			return c.stage(root, m, b)
		}
		if err := errors.Join(c.record(root, m, b), c.plain(root, m)); err != nil {
			return err
		}
		return durable.WriteFile(root, c.file(LiveFile), b, 0o644)
	})
}

// Promote makes the staged release live and returns it. Nothing staged is bundle.ErrNoRelease; a live release that moved on since is
// bundle.ErrConflict.
func (c Channel) Promote(ctx context.Context) (*manifest.Manifest, error) {
	var staged *manifest.Manifest
	err := c.change(ctx, func(root *os.Root) (err error) {
		if staged, err = c.read(root, StagedFile); err != nil {
			return err
		}
		if err := c.follows(root, staged); err != nil {
			return err
		}
		b, err := staged.Encode()
		if err != nil {
			return err
		}
		if err := errors.Join(c.record(root, staged, b), c.plain(root, staged)); err != nil {
			return err
		}
		if err := root.Rename(c.file(StagedFile), c.file(LiveFile)); err != nil {
			return err
		}
		return durable.SyncDir(root, c.Name)
	})
	if err != nil {
		return nil, err
	}
	return staged, nil
}

// Discard removes a staged release; none is no error.
func (c Channel) Discard(ctx context.Context) error {
	return c.change(ctx, func(root *os.Root) error {
		if err := root.Remove(c.file(StagedFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return durable.SyncDir(root, c.Name)
	})
}

// WritePlain writes the live release in the plain form. Where the file has it already, no byte changes.
func (c Channel) WritePlain(ctx context.Context) error {
	c.Plain = true
	return c.change(ctx, func(root *os.Root) error {
		live, err := c.read(root, LiveFile)
		if err != nil {
			return err
		}
		return c.plain(root, live)
	})
}

// Latest reads the live release; its urls are file: urls, or what they were where they are absolute.
func (c Channel) Latest(ctx context.Context) (*manifest.Manifest, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(c.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s does not exist: check the store's folder, or publish a first release", bundle.ErrNoRelease, c.Path)
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	m, err := c.read(root, LiveFile)
	if err != nil {
		return nil, err
	}
	base, err := fileURL(filepath.Join(c.Path, c.Name, LiveFile))
	if err != nil {
		return nil, err
	}
	return m.Resolve(base)
}

func (c Channel) check() error {
	switch {
	case c.Path == "":
		return &bundle.MissingFieldError{Type: "store.Channel", Field: "Path"}
	case c.Name == "":
		return &bundle.MissingFieldError{Type: "store.Channel", Field: "Name"}
	case !manifest.CheckWord(c.Name):
		return notChannel(c.Name)
	case !c.InsecureUnsigned:
		return bundle.ErrUnsigned
	}
	return nil
}

func (c Channel) file(name string) string { return path.Join(c.Name, name) }

// change runs do under the channel's lock.
func (c Channel) change(ctx context.Context, do func(root *os.Root) error) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	root, err := Dir{Path: c.Path}.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := makeFolders(root, c.Name); err != nil {
		return err
	}
	lock, err := durable.AcquireLock(ctx, root, c.file(lockName), LockWait, "another publisher")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if err := errors.Join(ctx.Err(), sweep(root, c.Name)); err != nil {
		return err
	}
	return do(root)
}

// read reads and checks one of the channel's files. That it is absent is bundle.ErrNoRelease.
func (c Channel) read(root *os.Root, name string) (*manifest.Manifest, error) {
	f, err := root.Open(c.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		advice := "check the channel, or publish a first release"
		if name == StagedFile {
			advice = "stage one first"
		}
		return nil, fmt.Errorf("%w: %s has no %s: %s", bundle.ErrNoRelease, c.Path, c.file(name), advice)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, manifest.MaxManifest+1))
	if err != nil {
		return nil, err
	}
	return parse(b, c.Name, filepath.Join(c.Path, c.Name, name))
}

// parse reads an update configuration of a channel; where names it in errors. The plain form names no channel.
func parse(b []byte, channel, where string) (*manifest.Manifest, error) {
	m, err := manifest.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	if m.Meta.Schema != 0 && m.Meta.Channel != channel {
		return nil, &bundle.Error{Step: bundle.StepSource, Kind: bundle.KindTrust,
			Err: fmt.Errorf("%s is of the channel %q, not %q", where, m.Meta.Channel, channel)}
	}
	return m, nil
}

// follows checks that m comes right after the live release and names no bundle that is not there.
func (c Channel) follows(root *os.Root, m *manifest.Manifest) error {
	var last uint64
	live, err := c.read(root, LiveFile)
	switch {
	case err == nil:
		last = live.Meta.Sequence
	case !errors.Is(err, bundle.ErrNoRelease):
		return err
	}
	if m.Meta.Sequence != last+1 {
		return notNext(m.Meta.Sequence, last)
	}
	for at, b := range bundles(m) {
		if err := c.there(root, b); err != nil {
			return missing(at, err)
		}
	}
	return nil
}

func missing(at place, err error) error {
	return &bundle.Error{Library: at.library, Platform: at.platform, Step: bundle.StepRelease, Kind: bundle.KindState, Err: err, Advice: "publish again"}
}

func notNext(sequence, last uint64) error {
	return fmt.Errorf("%w: sequence %d cannot follow the live release's %d: another publisher was first, publish again", bundle.ErrConflict, sequence, last)
}

// there checks that the bundle of a relative url is in the store.
func (c Channel) there(root *os.Root, b manifest.Bundle) error {
	if isAbsolute(b.URL) {
		return nil
	}
	st, err := root.Stat(path.Join(c.Name, b.URL))
	if err != nil {
		return err
	}
	return sameSize(b, st.Size())
}

func isAbsolute(u string) bool { return strings.Contains(u, "://") }

func sameSize(b manifest.Bundle, size int64) error {
	if size != b.Size {
		return fmt.Errorf("%s has %d bytes in the store, not %d", b.URL, size, b.Size)
	}
	return nil
}

// stage writes the staged release unless its content stands there already.
func (c Channel) stage(root *os.Root, m *manifest.Manifest, b []byte) error {
	if staged, err := c.read(root, StagedFile); err == nil && staged.Meta.Sequence == m.Meta.Sequence && staged.SameContent(m) {
		return nil
	}
	return durable.WriteFile(root, c.file(StagedFile), b, 0o644)
}

// plain writes m in the plain form where that is wanted and not there.
func (c Channel) plain(root *os.Root, m *manifest.Manifest) error {
	old, err := fs.ReadFile(root.FS(), c.file(PlainFile))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !c.Plain:
		return nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	b, err := m.EncodePlain()
	if err != nil || bytes.Equal(b, old) {
		return err
	}
	return durable.WriteFile(root, c.file(PlainFile), b, 0o644)
}

// record keeps the release in the channel's history. One of this number that is not live was never released: a kill came between.
func (c Channel) record(root *os.Root, m *manifest.Manifest, b []byte) error {
	if err := makeFolders(root, c.file(HistoryFolder)); err != nil {
		return err
	}
	return durable.WriteFile(root, historyFile(c.Name, m.Meta.Sequence), b, 0o644)
}

// fileURL is the file: url of a path (RFC 8089); a drive letter stands after the third slash.
func fileURL(name string) (*url.URL, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p
	}
	return &url.URL{Scheme: "file", Path: p}, nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
)

// publisherFlags say where releases go and who signs them.
type publisherFlags struct {
	storeFlag
	signFlags
	InsecureUnsigned bool `help:"Release without signatures: whoever can write the store decides what clients run."`
}

// channel is a channel of a store as its publisher sees it: a Sink and a Source.
type channel struct {
	site     *site
	name     string
	unsigned *store.FileChannel // nil: signed
	signed   trust.Repository
	keys     *keyring                                // nil: unsigned
	fresh    bool                                    // nothing is signed in the store yet
	found    func(context.Context) (*keyring, error) // of a fresh one that is published to: makes keys and a repository, before the first release
}

// wants is what is to be done with a channel.
type wants int8

const (
	toLook    wants = iota // no private key is needed
	toSign                 // and the store has a repository
	toPublish              // and the store may be a new one
)

// channel opens one. A folder that is no store yet becomes a signed one where it is wanted to publish.
func (f publisherFlags) channel(ctx context.Context, s *site, name string, w wants, p program, out *output) (*channel, error) {
	c := &channel{site: s, name: name}
	signed, err := hasRepository(ctx, s)
	if err != nil {
		return nil, err
	}
	if f.InsecureUnsigned {
		if signed {
			return nil, usage("--insecure-unsigned: %s is a signed store, whose clients take nothing unsigned", f.Store)
		}
		c.unsigned = &store.FileChannel{Files: s.objects, Name: name, InsecureUnsigned: true}
		return c, nil
	}
	if w == toLook {
		c.keys, err = f.remembered(s)
	} else {
		c.keys, err = f.unlocked(s, p)
	}
	if err != nil {
		return nil, err
	}
	if !signed {
		if err := f.begin(ctx, c, w, p, out); err != nil {
			return nil, err
		}
	}
	if c.keys.root == nil && !c.fresh {
		if len(c.keys.held) > 0 && f.Root == "" {
			return nil, noKeys("%s has no %s: chandlery keys init --store %s --keys %s finishes what was begun there; else give --root FILE", c.keys.dir, rootFile, f.Store, c.keys.dir)
		}
		return nil, noKeys("%s is signed, and which keys count there is unknown: give --keys DIR with the root.json of the store, or --root FILE", f.Store)
	}
	if w != toLook && !c.fresh && len(c.keys.held) == 0 {
		return nil, noKeys("%s is signed, and no key is at hand: give --keys DIR, or set %s...; without its keys nothing can be released there", f.Store, keyVariables)
	}
	c.signed = c.keys.repository(s, p.now)
	c.signed.Channel = name
	return c, nil
}

// begin makes a repository in a folder that has none. Elsewhere it says how that is done.
func (f publisherFlags) begin(ctx context.Context, c *channel, w wants, p program, out *output) error {
	if past, err := store.History(ctx, c.site.objects, c.name); err != nil {
		return err
	} else if len(past) > 0 {
		return usage("%s has releases without signatures: chandlery keys init --store %s makes it a signed store; --insecure-unsigned goes on as it was", f.Store, f.Store)
	}
	if c.keys.root != nil || f.Keys != "" || c.site.dir == "" || len(c.keys.held) > 0 && !isFolder(c.keys.dir) {
		return noKeys("%s is no signed store yet: chandlery keys init --store %s --keys DIR makes it one; --insecure-unsigned releases without signatures", f.Store, f.Store)
	}
	if w == toSign {
		return fmt.Errorf("%w: %s has none: publish one first", bundle.ErrNoRelease, f.Store)
	}
	c.fresh = true
	c.found = func(ctx context.Context) (*keyring, error) {
		passphrase, err := p.newPassphrase(false)
		if err != nil {
			return nil, err
		}
		return p.begin(ctx, c.site, founding{dir: c.keys.dir, channels: []string{c.name}, passphrase: passphrase}, out)
	}
	return nil
}

// ensure makes a fresh store a signed one.
func (c *channel) ensure(ctx context.Context) error {
	if !c.fresh {
		return nil
	}
	k, err := c.found(ctx)
	if err != nil {
		return err
	}
	c.keys, c.fresh = k, false
	c.signed.Root, c.signed.Signers, c.signed.Lifetimes = k.root, k.signers(), k.settings.Lifetimes.trust()
	if look, ok := c.signed.Check.(*trust.Client); ok {
		look.Root = k.root
	}
	return nil
}

// hasRepository reports whether the store has signed metadata.
func hasRepository(ctx context.Context, s *site) (bool, error) {
	_, err := s.Stat(ctx, "metadata/1.root.json")
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// repository is what the keys sign in.
func (k *keyring) repository(s *site, now clock) trust.Repository {
	return trust.Repository{Files: s.objects, Root: k.root, Signers: k.signers(), Lifetimes: k.settings.Lifetimes.trust(), Clock: now}
}

// Latest gives what is released, verified where it is signed.
func (c *channel) Latest(ctx context.Context) (*manifest.Manifest, error) {
	switch {
	case c.fresh:
		return nil, bundle.ErrNoRelease
	case c.unsigned != nil:
		return c.unsigned.Latest(ctx)
	}
	return c.signed.Latest(ctx)
}

// before is what the next release follows: the live one or, where a store is signed from now on, an empty one with the number that clients have seen.
func (c *channel) before(ctx context.Context) (*manifest.Manifest, error) {
	m, err := c.Latest(ctx)
	if !errors.Is(err, bundle.ErrNoRelease) || c.unsigned != nil || c.fresh {
		return m, err
	}
	old, noOld := store.FileChannel{Files: c.site.objects, Name: c.name, InsecureUnsigned: true}.Latest(ctx)
	if noOld != nil {
		return nil, err
	}
	return &manifest.Manifest{Meta: manifest.Meta{Schema: manifest.Schema, Channel: c.name, Sequence: old.Meta.Sequence}}, nil
}

// Release releases, signed unless that was waived.
func (c *channel) Release(ctx context.Context, m *manifest.Manifest) error {
	if c.unsigned != nil {
		return c.unsigned.Release(ctx, m)
	}
	if err := c.ensure(ctx); err != nil {
		return err
	}
	return c.signed.Release(ctx, m)
}

// withPlain is the channel with the form without $meta beside each release.
func (c *channel) withPlain(plain bool) *channel {
	other := *c
	if c.unsigned != nil {
		u := *c.unsigned
		u.Plain = plain
		other.unsigned = &u
	}
	other.signed.Plain = plain
	return &other
}

// writePlain writes the live release in the plain form.
func (c *channel) writePlain(ctx context.Context) error {
	return store.FileChannel{Files: c.site.objects, Name: c.name, InsecureUnsigned: true}.WritePlain(ctx)
}

// past gives what was released before, verified where it is signed.
func (c *channel) past(ctx context.Context, sequence uint64) (*manifest.Manifest, error) {
	if c.unsigned != nil {
		return store.ReadPast(ctx, c.site.objects, c.name, sequence)
	}
	return c.signed.Past(ctx, sequence)
}

// again releases m's content as the channel's next release.
func (c *channel) again(ctx context.Context, m *manifest.Manifest, issued time.Time, change func(*manifest.Meta)) (*manifest.Manifest, bool, error) {
	next := *m.AsWritten()
	next.Meta.Channel, next.Meta.Sequence, next.Meta.Issued = c.name, 1, issued.UTC().Truncate(time.Second)
	live, err := c.before(ctx)
	switch {
	case err == nil:
		next.Meta.Sequence = live.Meta.Sequence + 1
	case !errors.Is(err, bundle.ErrNoRelease):
		return nil, false, err
	}
	change(&next.Meta)
	if next.Libraries, err = c.site.readdress(ctx, next.Libraries); err != nil {
		return nil, false, err
	}
	if live != nil && live.SameContent(&next) {
		return live, false, nil
	}
	return &next, true, c.Release(ctx, &next)
}

// liveFile is where clients that know no signatures find the release.
func (c *channel) liveFile() string {
	address, err := c.site.Address(path.Join(c.name, store.LiveFile))
	if err != nil || strings.HasPrefix(address, "file:") {
		return path.Join(c.site.dir, c.name, store.LiveFile)
	}
	return address
}

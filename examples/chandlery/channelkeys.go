package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust"
)

// warn tells what its publisher should know of the channel.
func (c *channel) warn(ctx context.Context, now clock, out *output) error {
	if c.unsigned != nil {
		out.warn("this update configuration is unsigned: serve it only from where nobody else can write")
		return nil
	}
	if c.fresh {
		return nil
	}
	return c.warnExpiry(ctx, now, out)
}

// check makes releases look for themselves at the address that clients use. dir is for the look's own files; the caller removes it.
func (c *channel) check(address, dir string, p program) error {
	if c.unsigned != nil || !isWeb(address) {
		return usage("--check needs an http(s) address, and a signed store")
	}
	client, err := newClient(nil, &requestLog{})
	if err != nil {
		return err
	}
	c.signed.Check = &trust.Client{Root: c.keys.root, Dir: dir, Channel: c.name, Clock: p.now, RoundTripper: client.RoundTripper, Auth: client.auth,
		Mirrors: []trust.Mirror{trust.MirrorOf(address)}}
	return nil
}

// warnExpiry tells which signatures must be renewed soon.
func (c *channel) warnExpiry(ctx context.Context, now clock, out *output) error {
	roles, err := c.signed.Status(ctx)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if r.Version > 0 && c.keys.soon(r, now()) {
			out.warn(fmt.Sprintf("the signature of %s ends at %s: chandlery keys renew signs it anew", r.Name, r.Expires.UTC().Format(time.RFC3339)))
		}
	}
	return nil
}

// soon says that a signature is in the last fifth of its time.
func (k *keyring) soon(r trust.RoleStatus, now time.Time) bool {
	return r.Expires.Sub(now) < k.lasts(r)/5
}

// lasts is how long a role's signatures are made for.
func (k *keyring) lasts(r trust.RoleStatus) time.Duration {
	l := k.settings.Lifetimes.or(defaultLifetimes)
	switch r.Name {
	case "root":
		return time.Duration(l.Root)
	case "targets":
		return time.Duration(l.Targets)
	case "snapshot":
		return time.Duration(l.Snapshot)
	case "timestamp":
		return time.Duration(l.Timestamp)
	}
	return time.Duration(l.Channel)
}

// defaultLifetimes are those of trust.Lifetimes.
var defaultLifetimes = lifetimes{Root: span(365 * day), Targets: span(365 * day), Channel: span(90 * day), Snapshot: span(30 * day), Timestamp: span(30 * day)}

// canSign fails before long work where a key will be missing after it.
func (c *channel) canSign(ctx context.Context) error {
	if c.unsigned != nil || c.fresh {
		return nil
	}
	roles, err := c.signed.Status(ctx)
	if err != nil {
		return err
	}
	known := false
	for _, r := range roles {
		if r.Name == c.name && r.Channel {
			known = true
		}
		if needed := r.Name == "snapshot" || r.Name == "timestamp" || r.Channel && r.Name == c.name; needed && !r.CanSign() {
			return &trust.SignersError{Role: r.Name, Have: len(r.Held), Need: r.Threshold, Keys: missing(r)}
		}
	}
	if !known {
		return usage("the store has no channel %s: chandlery keys change --set %s=1:FILE.pub adds it, with the keys that sign for it", c.name, c.name)
	}
	return nil
}

// missing are the ids of a role's keys that are not at hand.
func missing(r trust.RoleStatus) []string {
	held := strings.Join(r.Held, " ")
	var ids []string
	for _, id := range r.Keys {
		if !strings.Contains(held, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

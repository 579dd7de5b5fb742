package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust"
)

type keysCommand struct {
	Init    keysInit    `cmd:"" help:"Make a folder of keys, and begin a signed store with them."`
	New     keysNew     `cmd:"" help:"Make one key: a private file, and a public one to hand on."`
	Status  keysStatus  `cmd:"" help:"Show who must sign for what, until when it is signed, and which keys are at hand."`
	Renew   keysRenew   `cmd:"" help:"Sign anew what ends soon, as far as the keys are at hand: for a daily job."`
	Change  keysChange  `cmd:"" help:"Change who signs: other keys, other thresholds, more or fewer channels."`
	Sign    keysSign    `cmd:"" help:"Sign a draft of a change, where a key is."`
	Publish keysPublish `cmd:"" help:"Publish a draft that enough have signed."`
}

type keysInit struct {
	storeFlag
	Keys       string    `type:"path" placeholder:"DIR" help:"The folder of keys to make; by default STORE-keys, beside a store that is a folder."`
	Channel    []string  `default:"stable" help:"A channel to release in; several."`
	Passphrase bool      `help:"Ask for a passphrase that the keys are encrypted with, where CHANDLERY_PASSPHRASE has none."`
	Lifetime   lifetimes `embed:"" prefix:"lifetime-"`
}

// Validate is called by kong.
func (c *keysInit) Validate() error {
	for _, name := range c.Channel {
		if !manifest.CheckWord(name) {
			return fmt.Errorf("--channel %q: letters, digits, dots, dashes and underscores only", name)
		}
	}
	return nil
}

// Run makes keys and the first metadata.
func (c *keysInit) Run(ctx context.Context, out *output, p program) error {
	s, err := c.storeFlag.open(ctx, addressFlags{})
	if err != nil {
		return err
	}
	dir := signFlags{Keys: c.Keys}.folder(s)
	if dir == "" {
		return usage("--keys DIR says where the keys of %s shall be", c.Store)
	}
	passphrase, err := p.newPassphrase(c.Passphrase)
	if err != nil {
		return err
	}
	k, err := p.begin(ctx, s, founding{dir: dir, channels: c.Channel, settings: settings{c.Lifetime}, passphrase: passphrase}, out)
	if err != nil {
		return err
	}
	root := filepath.Join(k.dir, rootFile)
	out.result(map[string]any{"keys": k.dir, "root": root, "channels": c.Channel}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is a signed store, of the channels %s\n", c.Store, strings.Join(c.Channel, ", "))
	})
	return nil
}

type keysNew struct {
	File       string `arg:"" type:"path" help:"The private file, FILE.pem; the public one is FILE.pub."`
	Passphrase bool   `help:"Ask for a passphrase that the key is encrypted with, where CHANDLERY_PASSPHRASE has none."`
}

// Run makes a key. It replaces none.
func (c *keysNew) Run(out *output, p program) error {
	base := strings.TrimSuffix(c.File, ".pem")
	for _, file := range []string{base + ".pem", base + ".pub"} {
		if _, err := os.Lstat(file); err == nil {
			return usage("%s is there already: a key is never replaced", file)
		}
	}
	passphrase, err := p.newPassphrase(c.Passphrase)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(base))
	if err != nil {
		return err
	}
	defer root.Close()
	if err := newKey(root, filepath.Base(base), passphrase); err != nil {
		return err
	}
	pub, err := readPublic(base + ".pub")
	if err != nil {
		return err
	}
	out.result(map[string]string{"private": base + ".pem", "public": base + ".pub", "id": keyID(pub)}, func(w io.Writer) {
		fmt.Fprintf(w, "key %.12s: %s.pem is secret, %s.pub is for those who name it in keys change\n", keyID(pub), base, base)
	})
	return nil
}

// repositoryFlags say which signed store, and which keys.
type repositoryFlags struct {
	storeFlag
	signFlags
}

func (f repositoryFlags) open(ctx context.Context, p program) (trust.Repository, *keyring, error) {
	s, err := f.existing(ctx, presignFlag{})
	if err != nil {
		return trust.Repository{}, nil, err
	}
	k, err := f.unlocked(s, p)
	if err != nil {
		return trust.Repository{}, nil, err
	}
	switch signed, err := hasRepository(ctx, s); {
	case err != nil:
		return trust.Repository{}, nil, err
	case !signed:
		return trust.Repository{}, nil, noKeys("%s is no signed store: chandlery keys init makes it one", f.Store)
	case k.root == nil:
		return trust.Repository{}, nil, noKeys("which keys count in %s is unknown: give --keys DIR with the root.json of the store, or --root FILE", f.Store)
	}
	return k.repository(s, p.now), k, nil
}

type keysStatus struct {
	repositoryFlags
}

// roleJSON is a role's state; its field names are part of the command's promise.
type roleJSON struct {
	Role      string     `json:"role"`
	Channel   bool       `json:"channel"`
	Version   int64      `json:"version"` // 0: nothing is signed yet
	Sequence  uint64     `json:"sequence,omitempty"`
	Expires   *time.Time `json:"expires,omitempty"`
	Soon      bool       `json:"soon"` // it ends soon, or has
	Waits     bool       `json:"waits"`
	Threshold int        `json:"threshold"`
	Keys      []string   `json:"keys"` // ids
	Held      []string   `json:"held"` // those at hand
}

// Run shows roles and keys.
func (c *keysStatus) Run(ctx context.Context, out *output, p program) error {
	repo, k, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	roles, err := repo.Status(ctx)
	if err != nil {
		return err
	}
	all := make([]roleJSON, len(roles))
	for i, r := range roles {
		all[i] = roleJSON{Role: r.Name, Channel: r.Channel, Version: r.Version, Sequence: r.Sequence, Waits: r.Waits, Threshold: r.Threshold, Keys: append([]string{}, r.Keys...), Held: append([]string{}, r.Held...)}
		if r.Version > 0 {
			all[i].Expires, all[i].Soon = &r.Expires, k.soon(r, p.now())
		}
	}
	idle := k.idle(roles)
	out.result(map[string]any{"roles": all, "idle": idle}, func(w io.Writer) { writeRoles(w, all, idle) })
	return nil
}

func writeRoles(w io.Writer, all []roleJSON, idle []string) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "ROLE\tVERSION\tSIGNED UNTIL\tMUST SIGN\tAT HAND\tKEYS\t")
	for _, r := range all {
		until, note := "-", ""
		if r.Expires != nil {
			until = r.Expires.UTC().Format(time.RFC3339)
		}
		switch {
		case r.Version == 0:
			note = "nothing is released yet"
		case r.Waits:
			note = "waits: keys renew signs it with the new keys"
		case r.Soon:
			note = "ends soon: keys renew"
		}
		fmt.Fprintf(t, "%s\t%d\t%s\t%d of %d\t%d\t%s\t%s\n", r.Role, r.Version, until, r.Threshold, len(r.Keys), len(r.Held), short(r.Keys), note)
	}
	t.Flush()
	for _, from := range idle {
		fmt.Fprintf(w, "%s is a key that speaks for nothing here\n", from)
	}
}

func short(ids []string) string {
	all := make([]string, len(ids))
	for i, id := range ids {
		all[i] = fmt.Sprintf("%.12s", id)
	}
	return strings.Join(all, ", ")
}

// idle are the keys at hand that no role has.
func (k *keyring) idle(roles []trust.RoleStatus) []string {
	all := []string{}
	for _, h := range k.held {
		if !slices.ContainsFunc(roles, func(r trust.RoleStatus) bool { return slices.Contains(r.Keys, keyID(h.Public())) }) {
			all = append(all, h.from)
		}
	}
	return all
}

type keysRenew struct {
	Within span `default:"7d" placeholder:"DURATION" help:"What ends within this time is signed anew."`
	repositoryFlags
}

// Run signs anew.
func (c *keysRenew) Run(ctx context.Context, out *output, p program) error {
	repo, k, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	renewed, err := repo.Renew(ctx, time.Duration(c.Within))
	if err != nil {
		return err
	}
	if err := k.remember(ctx, repo); err != nil {
		return err
	}
	if err := c.left(ctx, repo, k, p, out); err != nil {
		return err
	}
	out.result(map[string]any{"renewed": append([]string{}, renewed...)}, func(w io.Writer) {
		if len(renewed) == 0 {
			fmt.Fprintf(w, "nothing ends within %s\n", c.Within)
			return
		}
		fmt.Fprintf(w, "signed anew: %s\n", strings.Join(renewed, ", "))
	})
	return nil
}

// left warns of what ends within the time and could not be signed.
func (c *keysRenew) left(ctx context.Context, repo trust.Repository, k *keyring, p program, out *output) error {
	roles, err := repo.Status(ctx)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if r.Version == 0 || r.CanSign() || !r.Waits && r.Expires.Sub(p.now()) > time.Duration(c.Within) {
			continue
		}
		how := "run keys renew where they are"
		if r.Name == "root" || r.Name == "targets" {
			how = "chandlery keys change --renew --draft FILE makes a draft for the others to sign"
		}
		out.warn(fmt.Sprintf("%s ends at %s, and %d of its keys must sign where %d are at hand: %s", r.Name, r.Expires.UTC().Format(time.RFC3339), r.Threshold, len(r.Held), how))
	}
	return nil
}

// remember keeps the newest root in the folder of keys.
func (k *keyring) remember(ctx context.Context, repo trust.Repository) error {
	if k.dir == "" || !isFolder(k.dir) {
		return nil
	}
	root, err := repo.NewestRoot(ctx)
	if err != nil || string(root) == string(k.root) {
		return err
	}
	k.root = root
	return writePrivate(filepath.Join(k.dir, rootFile), root, 0o644)
}

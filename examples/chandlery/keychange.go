package main

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
)

type keysChange struct {
	Set   []string `sep:"none" placeholder:"ROLE=N:FILE,..." help:"Who speaks for a role from now on: N of these public files must sign. Roles are root, targets, online, and the channels: one that is new is added."`
	Drop  []string `placeholder:"CHANNEL" help:"A channel that ends."`
	Renew bool     `help:"Sign root and targets anew, even where nothing else changes."`
	Draft string   `type:"path" placeholder:"FILE" help:"Write a draft for others to sign, in place of publishing."`
	repositoryFlags
}

// change reads the flags.
func (c *keysChange) change() (trust.Change, error) {
	change := trust.Change{Drop: c.Drop, Renew: c.Renew, Channels: map[string]trust.RoleKeys{}}
	for _, text := range c.Set {
		role, of, err := parseRole(text)
		if err != nil {
			return change, err
		}
		switch role {
		case "root":
			change.Root = &of
		case "targets":
			change.Targets = &of
		case "online":
			change.Online = &of
		default:
			change.Channels[role] = of
		}
	}
	if len(c.Set)+len(c.Drop) == 0 && !c.Renew {
		return change, usage("nothing is to change: say --set, --drop or --renew")
	}
	return change, nil
}

// parseRole reads root=2:alice.pub,bob.pub,carol.pub.
func parseRole(text string) (role string, of trust.RoleKeys, err error) {
	role, rest, ok := strings.Cut(text, "=")
	number, files, second := strings.Cut(rest, ":")
	of.Threshold, err = strconv.Atoi(number)
	if !ok || !second || err != nil || role == "" {
		return role, of, usage("--set %s: write root=2:alice.pub,bob.pub,carol.pub", text)
	}
	for file := range strings.SplitSeq(files, ",") {
		pub, err := readPublic(file)
		if err != nil {
			return role, of, err
		}
		of.Keys = append(of.Keys, pub)
	}
	if of.Threshold < 1 || of.Threshold > len(of.Keys) {
		return role, of, usage("--set %s: %d of %d keys cannot sign", text, of.Threshold, len(of.Keys))
	}
	return role, of, nil
}

func readPublic(file string) (crypto.PublicKey, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pub, err := keys.ReadPublic(b)
	if err != nil {
		return nil, configError(file, err)
	}
	return pub, nil
}

// Run publishes the change, or writes it as a draft.
func (c *keysChange) Run(ctx context.Context, out *output, p program) error {
	change, err := c.change()
	if err != nil {
		return err
	}
	repo, k, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	draft, err := repo.NewDraft(ctx, change)
	if err != nil {
		return err
	}
	if err := signDraft(draft, k.signers()); err != nil {
		return err
	}
	missing := draft.Missing()
	if c.Draft == "" && len(missing) > 0 {
		return noKeys("%s: chandlery keys change --draft FILE writes a draft for the others to sign", strings.Join(lacking(missing), "; "))
	}
	if c.Draft == "" {
		return publishDraft(ctx, repo, k, draft, out)
	}
	if err := writeDraft(c.Draft, draft); err != nil {
		return err
	}
	showDraft(out, c.Draft, draft)
	return nil
}

// signDraft signs with those keys that are asked for, which may be none.
func signDraft(d *trust.Draft, signers []crypto.Signer) error {
	if len(signers) == 0 {
		return nil
	}
	if err := d.Sign(signers...); !errors.Is(err, trust.ErrSigners) {
		return err
	}
	return nil
}

// publishDraft publishes, and warns of what the keys at hand could not sign.
func publishDraft(ctx context.Context, repo trust.Repository, k *keyring, d *trust.Draft, out *output) error {
	if err := repo.PublishDraft(ctx, d); err != nil {
		return err
	}
	if err := k.remember(ctx, repo); err != nil {
		return err
	}
	roles, err := repo.Status(ctx)
	if err != nil {
		return err
	}
	for _, r := range roles {
		if r.Waits && r.Version > 0 {
			out.warn(fmt.Sprintf("%s waits for its new keys: until chandlery keys renew signs with them, clients stay with what they have", r.Name))
		}
	}
	changes := append([]string{}, d.Changes()...)
	out.result(map[string]any{"published": true, "changes": changes}, func(w io.Writer) {
		for _, line := range changes {
			fmt.Fprintln(w, line)
		}
		fmt.Fprintln(w, "published")
	})
	return nil
}

func readDraft(file string) (*trust.Draft, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	d, err := trust.ReadDraft(b)
	if err != nil {
		return nil, configError(file, err)
	}
	return d, nil
}

func writeDraft(file string, d *trust.Draft) error {
	b, err := d.Encode()
	if err != nil {
		return err
	}
	return writePrivate(file, b, 0o644)
}

// showDraft says what a draft changes and whose signatures it lacks.
func showDraft(out *output, file string, d *trust.Draft) {
	changes, lacks := append([]string{}, d.Changes()...), lacking(d.Missing())
	out.result(map[string]any{"draft": file, "changes": changes, "missing": lacks}, func(w io.Writer) {
		for _, line := range changes {
			fmt.Fprintln(w, line)
		}
		for _, line := range lacks {
			fmt.Fprintln(w, line)
		}
		if len(lacks) == 0 {
			fmt.Fprintf(w, "enough have signed: chandlery keys publish %s\n", file)
		} else {
			fmt.Fprintf(w, "chandlery keys sign %s --key FILE adds a signature\n", file)
		}
	})
}

// lacking is a line for each role whose keys must sign still.
func lacking(missing []trust.MissingSignatures) []string {
	lines := []string{}
	for _, m := range missing {
		lines = append(lines, fmt.Sprintf("the new %s needs %d signatures of the keys of %s, and has %d: %s have not signed", m.Role, m.Need, m.By, m.Have, short(m.Keys)))
	}
	return lines
}

type keysSign struct {
	Draft string   `arg:"" type:"path" help:"The draft, which gets the signatures."`
	Key   []string `sep:"none" type:"path" placeholder:"FILE" help:"A private key to sign with; several. Those of CHANDLERY_KEY_... variables sign too. Without any the draft is shown."`
}

// Run signs.
func (c *keysSign) Run(out *output, p program) error {
	d, err := readDraft(c.Draft)
	if err != nil {
		return err
	}
	held, err := heldKeys("", false, p)
	if err != nil {
		return err
	}
	o := &opener{program: p, known: [][]byte{[]byte(os.Getenv(passphraseVariable))}}
	for _, file := range c.Key {
		signer, err := o.file(file)
		if err != nil {
			return err
		}
		held = append(held, heldKey{signer, file})
	}
	if len(held) > 0 {
		k := keyring{held: once(held)}
		if err := d.Sign(k.signers()...); err != nil {
			return err
		}
		if err := writeDraft(c.Draft, d); err != nil {
			return err
		}
	}
	showDraft(out, c.Draft, d)
	return nil
}

type keysPublish struct {
	Draft string `arg:"" type:"path" help:"The draft."`
	repositoryFlags
}

// Run publishes.
func (c *keysPublish) Run(ctx context.Context, out *output, p program) error {
	d, err := readDraft(c.Draft)
	if err != nil {
		return err
	}
	repo, k, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	if missing := d.Missing(); len(missing) > 0 {
		return noKeys("%s", strings.Join(lacking(missing), "; "))
	}
	return publishDraft(ctx, repo, k, d, out)
}

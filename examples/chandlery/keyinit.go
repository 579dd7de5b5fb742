package main

import (
	"context"
	"crypto"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// founding is what a signed store begins with: one key a role, all in one folder.
type founding struct {
	dir        string
	channels   []string
	settings   settings
	passphrase []byte
}

// begin makes the keys that are not there yet and the repository, and remembers its root. What a kill interrupted is finished.
func (p program) begin(ctx context.Context, s *site, f founding, out *output) (*keyring, error) {
	signed, err := hasRepository(ctx, s)
	if err == nil && signed {
		err = f.owns()
	}
	if err != nil {
		return nil, err
	}
	made, err := f.makeKeys(ctx)
	if err != nil {
		return nil, err
	}
	k := &keyring{dir: f.dir}
	if k.settings, err = readSettings(f.dir); err != nil {
		return nil, err
	}
	o := &opener{program: p, known: [][]byte{f.passphrase, []byte(os.Getenv(passphraseVariable))}}
	if k.held, err = o.folder(f.dir); err != nil {
		return nil, err
	}
	ceremony, err := f.ceremony()
	if err != nil {
		return nil, err
	}
	if k.root, err = k.repository(s, p.now).Create(ctx, ceremony); err != nil {
		return nil, err
	}
	if err := writePrivate(filepath.Join(f.dir, rootFile), k.root, 0o644); err != nil {
		return nil, err
	}
	if made > 0 {
		out.tell(fmt.Sprintf("%d keys were made in %s: keep them secret, and back them up. Without them nothing can be released to the applications that trust them.", made, f.dir))
	}
	out.tell(fmt.Sprintf("The application must be built with %s: chandlery update --root takes it.", filepath.Join(f.dir, rootFile)))
	return k, nil
}

// roles are the names of the key files, without .pem.
func (f founding) roles() []string {
	all := []string{"root", "targets", "online"}
	for _, c := range f.channels {
		all = append(all, channelKey(c))
	}
	return all
}

func channelKey(channel string) string { return "channel-" + channel }

// owns refuses to make keys for a store that is signed by others.
func (f founding) owns() error {
	for _, role := range f.roles() {
		if _, err := os.Lstat(filepath.Join(f.dir, role+".pem")); err != nil {
			return usage("the store is a signed one already, and %s has no %s.pem: chandlery keys change adds channels and replaces keys", f.dir, role)
		}
	}
	return nil
}

// makeKeys makes those that the folder has not. Two that do so at once make one set.
func (f founding) makeKeys(ctx context.Context) (made int, err error) {
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return 0, err
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	lock, err := durable.AcquireLock(ctx, root, ".lock", 30*time.Second, "chandlery keys init")
	if err != nil {
		return 0, err
	}
	defer lock.Release()
	if f.settings != (settings{}) {
		old, err := readSettings(f.dir)
		if err != nil {
			return 0, err
		}
		if err := writeSettings(f.dir, settings{f.settings.Lifetimes.or(old.Lifetimes)}); err != nil {
			return 0, err
		}
	}
	for _, role := range f.roles() {
		_, err := root.Lstat(role + ".pem")
		if err == nil {
			continue
		}
		if !os.IsNotExist(err) {
			return made, err
		}
		if err := newKey(root, role, f.passphrase); err != nil {
			return made, err
		}
		made++
	}
	return made, nil
}

// newKey writes name.pub, then name.pem.
func newKey(root *os.Root, name string, passphrase []byte) error {
	signer, err := keys.Generate()
	if err != nil {
		return err
	}
	private, err := keys.Write(signer, passphrase)
	if err != nil {
		return err
	}
	public, err := keys.PublicPEM(signer.Public())
	if err != nil {
		return err
	}
	if err := durable.WriteFile(root, name+".pub", public, 0o644); err != nil {
		return err
	}
	return durable.WriteFile(root, name+".pem", private, 0o600)
}

// ceremony is one key a role.
func (f founding) ceremony() (c trust.Ceremony, err error) {
	c.Channels = map[string]trust.RoleKeys{}
	for _, role := range f.roles() {
		b, err := os.ReadFile(filepath.Join(f.dir, role+".pub"))
		if err != nil {
			return c, err
		}
		pub, err := keys.ReadPublic(b)
		if err != nil {
			return c, configError(filepath.Join(f.dir, role+".pub"), err)
		}
		of := trust.RoleKeys{Keys: []crypto.PublicKey{pub}, Threshold: 1}
		switch role {
		case "root":
			c.Root = of
		case "targets":
			c.Targets = of
		case "online":
			c.Online = of
		default:
			c.Channels[role[len(channelKey("")):]] = of
		}
	}
	return c, nil
}

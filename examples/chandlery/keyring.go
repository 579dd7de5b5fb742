package main

import (
	"crypto"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// What a folder of keys holds, besides *.pem, private keys, and *.pub, public ones.
const (
	rootFile     = "root.json" // the newest root that was seen: what applications are built with
	settingsFile = "keys.json"
)

// Variables of the environment.
const (
	passphraseVariable = "CHANDLERY_PASSPHRASE"
	keyVariables       = "CHANDLERY_KEY_" // and any name: a private key as PEM
)

// signFlags say by which keys is signed.
type signFlags struct {
	Keys string `type:"path" placeholder:"DIR" help:"The folder of the keys that sign, and of root.json; beside a store that is a folder it is STORE-keys. Keys may stand in CHANDLERY_KEY_... variables too, as PEM; CHANDLERY_PASSPHRASE opens those that are encrypted."`
	Root string `type:"path" placeholder:"FILE" help:"The store's root file, where the folder of keys has none."`
}

// folder is the folder of keys; "" where none is named and the store has none beside it.
func (f signFlags) folder(s *site) string {
	if f.Keys != "" || s.dir == "" {
		return f.Keys
	}
	return filepath.Clean(s.dir) + "-keys"
}

// keyring is the keys at hand, and what is remembered with them.
type keyring struct {
	dir      string // "": none
	root     []byte // the store's root file; nil: unknown
	held     []heldKey
	settings settings
}

// heldKey is a private key and where it was found.
type heldKey struct {
	crypto.Signer
	from string
}

func (k *keyring) signers() []crypto.Signer {
	all := make([]crypto.Signer, len(k.held))
	for i, h := range k.held {
		all[i] = h.Signer
	}
	return all
}

// remembered opens what is known without a private key: the root and the settings.
func (f signFlags) remembered(s *site) (*keyring, error) {
	k := &keyring{dir: f.folder(s)}
	var err error
	if k.dir != "" {
		if k.settings, err = readSettings(k.dir); err != nil {
			return nil, err
		}
	}
	switch {
	case f.Root != "":
		k.root, err = os.ReadFile(f.Root)
	case k.dir != "":
		k.root, err = readOptional(filepath.Join(k.dir, rootFile))
	}
	return k, err
}

// unlocked opens the private keys too.
func (f signFlags) unlocked(s *site, p program) (*keyring, error) {
	k, err := f.remembered(s)
	if err != nil {
		return nil, err
	}
	k.held, err = heldKeys(k.dir, f.Keys != "", p)
	return k, err
}

func readOptional(file string) ([]byte, error) {
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// heldKeys are the keys of a folder, which must be there if it was named, and those of the environment.
func heldKeys(dir string, named bool, p program) ([]heldKey, error) {
	if named && !isFolder(dir) {
		return nil, noKeys("--keys %s is no folder: chandlery keys init makes one", dir)
	}
	o := &opener{program: p, known: [][]byte{[]byte(os.Getenv(passphraseVariable))}}
	all, err := o.folder(dir)
	if err != nil {
		return nil, err
	}
	for _, v := range os.Environ() {
		name, value, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, keyVariables) {
			continue
		}
		signer, err := o.open("the variable "+name, []byte(value))
		if err != nil {
			return nil, err
		}
		all = append(all, heldKey{signer, "the variable " + name})
	}
	return once(all), nil
}

// once keeps each key's first place.
func once(all []heldKey) []heldKey {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(h heldKey) bool {
		id := keyID(h.Public())
		defer func() { seen[id] = true }()
		return seen[id]
	})
}

func keyFiles(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var files []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".pem" {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	return files, err
}

func isFolder(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}

// keysError says which keys are missing, and how to come by them.
type keysError string

func noKeys(format string, args ...any) error { return keysError(fmt.Sprintf(format, args...)) }

func (e keysError) Error() string { return string(e) }

// Is makes a keysError match trust.ErrSigners.
func (keysError) Is(target error) bool { return target == trust.ErrSigners }

// keyID is how metadata names a key; "" for a key that metadata cannot have.
func keyID(pub crypto.PublicKey) string {
	k, err := metadata.NewKey(pub)
	if err != nil {
		return ""
	}
	return k.ID()
}

// writePrivate writes a file durably, as a whole.
func writePrivate(file string, b []byte, perm fs.FileMode) error {
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return err
	}
	defer root.Close()
	return durable.WriteFile(root, filepath.Base(file), b, perm)
}

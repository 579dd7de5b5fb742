package main

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
)

// opener opens private keys, and asks for passphrases where somebody can answer.
type opener struct {
	program
	known [][]byte // passphrases that were given
}

// open reads one key. from is a file or a variable.
func (o *opener) open(from string, b []byte) (crypto.Signer, error) {
	for _, passphrase := range o.known {
		signer, err := keys.Read(b, passphrase)
		if err == nil {
			return signer, nil
		}
		if !errors.Is(err, keys.ErrPassphrase) {
			return nil, &bundle.Error{Kind: bundle.KindConfig, Err: fmt.Errorf("%s: %w", from, err)}
		}
	}
	passphrase, err := o.ask("passphrase of " + from + ": ")
	if err != nil {
		return nil, fmt.Errorf("%s: %w: set %s, or run it where it can be asked for", from, keys.ErrPassphrase, passphraseVariable)
	}
	signer, err := keys.Read(b, passphrase)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	o.known = append(o.known, passphrase)
	return signer, nil
}

var errNobody = errors.New("nobody can be asked")

// ask reads a passphrase from a terminal, which shows nothing of it.
func (p program) ask(prompt string) ([]byte, error) {
	f, ok := p.stdin.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil, errNobody
	}
	fmt.Fprint(p.stderr, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(p.stderr)
	return b, err
}

// newPassphrase is what new keys are encrypted with: of the environment, or where it is wanted asked for twice; nil for none.
func (p program) newPassphrase(wanted bool) ([]byte, error) {
	if v := os.Getenv(passphraseVariable); v != "" || !wanted {
		return []byte(v), nil
	}
	first, err := p.ask("new passphrase: ")
	if err != nil {
		return nil, usage("--passphrase: %v: set %s", err, passphraseVariable)
	}
	again, err := p.ask("again: ")
	if err != nil {
		return nil, err
	}
	if len(first) == 0 || !bytes.Equal(first, again) {
		return nil, usage("the two passphrases differ, or are empty")
	}
	return first, nil
}

// folder opens all keys of a folder; one that is not there has none.
func (o *opener) folder(dir string) (all []heldKey, err error) {
	files, err := keyFiles(dir)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		signer, err := o.file(file)
		if err != nil {
			return nil, err
		}
		all = append(all, heldKey{signer, file})
	}
	return all, nil
}

func (o *opener) file(name string) (crypto.Signer, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	return o.open(name, b)
}

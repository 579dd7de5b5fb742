package metadata

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"slices"
)

// Sign adds a signature of each signer, in place of one that its key made before. A signer's public key must be one that NewKey takes; where the private one is
// kept, in a file, a token or a service, is its own affair. The key id is Key.ID.
func (e *Envelope) Sign(signers ...crypto.Signer) error {
	for _, s := range signers {
		key, err := NewKey(s.Public())
		if err != nil {
			return err
		}
		if err := e.SignAs(key.ID(), s); err != nil {
			return err
		}
	}
	return nil
}

// SignAs is Sign for a key that stands under another id than its usual one.
func (e *Envelope) SignAs(keyID string, s crypto.Signer) error {
	message := e.Canonical()
	sig, err := sign(s, message)
	if err != nil {
		return fmt.Errorf("sign with the key %.12s: %w", keyID, err)
	}
	if !verify(s.Public(), message, sig) {
		return fmt.Errorf("sign with the key %.12s: %w: the signature is not of its public key", keyID, ErrVerify)
	}
	e.Signatures = slices.DeleteFunc(slices.Clone(e.Signatures), func(old Signature) bool { return old.KeyID == keyID })
	e.Signatures = append(e.Signatures, Signature{KeyID: keyID, Sig: sig})
	return nil
}

func sign(s crypto.Signer, message []byte) ([]byte, error) {
	key, err := NewKey(s.Public())
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(message)
	switch key.Scheme {
	case Ed25519:
		return s.Sign(rand.Reader, message, crypto.Hash(0))
	case RSAPSS:
		return s.Sign(rand.Reader, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: crypto.SHA256})
	}
	return s.Sign(rand.Reader, sum[:], crypto.SHA256)
}

package metadata

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"slices"
)

// Verify reports whether enough of the role's keys signed. keys are those of the file that names the role. The error is a *ThresholdError.
func (e *Envelope) Verify(keys map[string]Key, role Role) error {
	if have := len(e.Signers(keys, role)); have < role.Threshold || role.Threshold < 1 {
		return &ThresholdError{Have: have, Need: role.Threshold}
	}
	return nil
}

// Signers are the ids of the role's keys that signed rightly, each public key once: what counts towards the threshold.
func (e *Envelope) Signers(keys map[string]Key, role Role) []string {
	message := e.Canonical()
	var ids []string
	var counted []crypto.PublicKey
	for _, s := range e.Signatures {
		key, known := keys[s.KeyID]
		if !known || !slices.Contains(role.KeyIDs, s.KeyID) {
			continue
		}
		pub, err := key.PublicKey()
		if err != nil || slices.ContainsFunc(counted, func(p crypto.PublicKey) bool { return same(p, pub) }) || !verify(pub, message, s.Sig) {
			continue
		}
		counted, ids = append(counted, pub), append(ids, s.KeyID)
	}
	return ids
}

func same(a, b crypto.PublicKey) bool {
	e, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && e.Equal(b)
}

func verify(pub crypto.PublicKey, message, sig []byte) bool {
	sum := sha256.Sum256(message)
	switch p := pub.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(p, message, sig)
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(p, sum[:], sig)
	case *rsa.PublicKey:
		return rsa.VerifyPSS(p, crypto.SHA256, sum[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) == nil
	}
	return false
}

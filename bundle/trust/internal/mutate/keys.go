package mutate

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// keyring makes the same keys each time.
type keyring struct{ made uint64 }

func (k *keyring) seed() []byte {
	k.made++
	sum := sha256.Sum256(binary.BigEndian.AppendUint64(nil, k.made))
	return sum[:]
}

func (k *keyring) next() crypto.Signer { return ed25519.NewKeyFromSeed(k.seed()) }

func (k *keyring) ecdsa() crypto.Signer {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), k.seed())
	if err != nil {
		panic(err) // one seed of 2^32 is no key of the curve
	}
	return repeatable{key}
}

// repeatable makes the same signature each time (RFC 6979).
type repeatable struct{ *ecdsa.PrivateKey }

func (r repeatable) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return r.PrivateKey.Sign(nil, digest, opts)
}

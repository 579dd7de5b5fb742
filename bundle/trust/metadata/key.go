package metadata

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
)

// Schemes of keys that are known here (specification, "KEYTYPE" and "SCHEME").
const (
	Ed25519   = "ed25519"
	ECDSAP256 = "ecdsa-sha2-nistp256"
	RSAPSS    = "rsassa-pss-sha256"
)

const (
	minRSA, maxRSA = 2048, 8192 // bits
	maxKeyID       = 256        // bytes
	maxPublic      = 16 << 10   // bytes of a public key as written
)

// Key is a public key as it stands in metadata.
type Key struct {
	Type   string // "ed25519", "ecdsa" or "rsa"
	Scheme string // Ed25519, ECDSAP256 or RSAPSS; others never count
	Public string // hex or PEM: see the package doc
}

var errKey = errors.New("no key that is known here: use ed25519, ecdsa with the curve P-256, or rsa of 2048 to 8192 bits")

// NewKey is the Key of a public key: ed25519.PublicKey, *ecdsa.PublicKey on P-256 or *rsa.PublicKey.
func NewKey(pub crypto.PublicKey) (Key, error) {
	switch p := pub.(type) {
	case ed25519.PublicKey:
		if len(p) == ed25519.PublicKeySize {
			return Key{Type: "ed25519", Scheme: Ed25519, Public: hex.EncodeToString(p)}, nil
		}
	case *ecdsa.PublicKey:
		if p.Curve == elliptic.P256() {
			return pemKey("ecdsa", ECDSAP256, p)
		}
	case *rsa.PublicKey:
		if rightSize(p) {
			return pemKey("rsa", RSAPSS, p)
		}
	}
	return Key{}, fmt.Errorf("%T: %w", pub, errKey)
}

func pemKey(kind, scheme string, pub crypto.PublicKey) (Key, error) {
	der, err := x509.MarshalPKIXPublicKey(pub)
	return Key{Type: kind, Scheme: scheme, Public: string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))}, err
}

func rightSize(p *rsa.PublicKey) bool { return p.N.BitLen() >= minRSA && p.N.BitLen() <= maxRSA }

// ID is the key's usual id: the SHA-256 of its canonical JSON, in hex (specification, "KEYID").
func (k Key) ID() string {
	sum := sha256.Sum256(canonical(k.tree()))
	return hex.EncodeToString(sum[:])
}

// PublicKey is the key itself: ed25519.PublicKey, *ecdsa.PublicKey or *rsa.PublicKey. An error says why it can't be used here.
func (k Key) PublicKey() (crypto.PublicKey, error) {
	switch {
	case k.Type == "ed25519" && k.Scheme == Ed25519:
		b, err := hex.DecodeString(k.Public)
		if err == nil && len(b) == ed25519.PublicKeySize {
			return ed25519.PublicKey(b), nil
		}
	case (k.Type == "ecdsa" || k.Type == ECDSAP256) && k.Scheme == ECDSAP256: // the second as older repositories have it
		if p, ok := k.pkix().(*ecdsa.PublicKey); ok && p.Curve == elliptic.P256() {
			return p, nil
		}
	case k.Type == "rsa" && k.Scheme == RSAPSS:
		if p, ok := k.pkix().(*rsa.PublicKey); ok && rightSize(p) {
			return p, nil
		}
	}
	return nil, errKey
}

// pkix reads the PEM form; nil where it is none.
func (k Key) pkix() crypto.PublicKey {
	block, _ := pem.Decode([]byte(k.Public))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil
	}
	return pub
}

func readKeys(f fields) map[string]Key {
	keys := map[string]Key{}
	f.each("keys", MaxKeys, func(id string, v any, path string) {
		if id == "" || len(id) > maxKeyID {
			f.fail("keys", "a key id must have from 1 to %d bytes", maxKeyID)
		}
		k := object(v, path, f.err, "keytype", "scheme", "keyval")
		key := Key{Type: k.str("keytype"), Scheme: k.str("scheme")}
		val := object(k.o["keyval"], k.at("keyval"), f.err, "public")
		if val.has("public") { // keys of unknown types may have another form
			if key.Public = val.str("public"); len(key.Public) > maxPublic {
				val.fail("public", "must have at most %d bytes", maxPublic)
			}
		}
		keys[id] = key
	})
	return keys
}

func (k Key) tree() tree {
	return tree{"keytype": k.Type, "scheme": k.Scheme, "keyval": tree{"public": k.Public}}
}

func keysTree(keys map[string]Key) tree {
	t := tree{}
	for id, k := range keys {
		t[id] = k.tree()
	}
	return t
}

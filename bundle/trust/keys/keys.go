package keys

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// MaxFile bounds a file of a key, in bytes.
const MaxFile = 64 << 10

var (
	// ErrPassphrase says that a file is encrypted, and not with this passphrase; or it is damaged, which can't be told apart.
	ErrPassphrase = errors.New("the passphrase is wrong or missing")
	// ErrFormat says that a file is none of those that this package reads.
	ErrFormat = errors.New("no file of a key that can be used here")
)

// Types of PEM blocks (RFC 7468).
const (
	privateBlock   = "PRIVATE KEY"
	encryptedBlock = "ENCRYPTED PRIVATE KEY"
	publicBlock    = "PUBLIC KEY"
)

// Generate makes an ed25519 key.
func Generate() (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return signer{key}, nil
}

// Read reads a file of a private key. The passphrase is not looked at where the file is not encrypted. The error wraps ErrFormat or ErrPassphrase, and never
// has a byte of either.
func Read(b, passphrase []byte) (crypto.Signer, error) {
	block, err := one(b)
	if err != nil {
		return nil, err
	}
	der := block.Bytes
	switch block.Type {
	case privateBlock:
	case encryptedBlock:
		if der, err = decrypt(der, passphrase); err != nil {
			return nil, err
		}
	case publicBlock:
		return nil, fmt.Errorf("%w: it is a public key where the private one is needed", ErrFormat)
	default:
		return nil, fmt.Errorf("%w: it is a PEM block %.40q: write it as PKCS #8", ErrFormat, block.Type)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	switch s, ok := key.(crypto.Signer); {
	case err != nil && block.Type == encryptedBlock:
		return nil, ErrPassphrase // wrong ones end in good padding once in 256 times
	case err != nil:
		return nil, fmt.Errorf("%w: it is no PKCS #8", ErrFormat)
	case !ok:
		return nil, fmt.Errorf("%w: it can't sign", ErrFormat)
	default:
		return usable(s)
	}
}

func usable(s crypto.Signer) (crypto.Signer, error) {
	if _, err := metadata.NewKey(s.Public()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return signer{s}, nil
}

// Write writes a signer of this package, or a private key of the standard library, encrypted where the passphrase is not empty.
func Write(s crypto.Signer, passphrase []byte) ([]byte, error) {
	if own, ok := s.(signer); ok {
		s = own.key
	}
	switch s.(type) {
	case ed25519.PrivateKey, *ecdsa.PrivateKey, *rsa.PrivateKey:
	default:
		return nil, fmt.Errorf("%w: the private key of a %T can't be had", ErrFormat, s)
	}
	if _, err := usable(s); err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(s)
	if err != nil {
		return nil, err
	}
	if len(passphrase) == 0 {
		return pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: der}), nil
	}
	if der, err = encrypt(der, passphrase); err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: encryptedBlock, Bytes: der}), nil
}

// PublicPEM is a public key as PEM of a SubjectPublicKeyInfo (RFC 5280), for those who make a ceremony or a draft.
func PublicPEM(pub crypto.PublicKey) ([]byte, error) {
	if _, err := metadata.NewKey(pub); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: der}), nil
}

// ReadPublic reads what PublicPEM wrote. The error wraps ErrFormat.
func ReadPublic(b []byte) (crypto.PublicKey, error) {
	block, err := one(b)
	if err != nil {
		return nil, err
	}
	if block.Type != publicBlock {
		return nil, fmt.Errorf("%w: it is no public key", ErrFormat)
	}
	pub, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: it is no public key", ErrFormat)
	}
	if _, err := metadata.NewKey(pub); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return pub, nil
}

// one is the file's one PEM block. Text before and after is refused: it may be another key.
func one(b []byte) (*pem.Block, error) {
	if len(b) > MaxFile {
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrFormat, MaxFile)
	}
	b = bytes.TrimSpace(b)
	block, rest := pem.Decode(b)
	switch {
	case block == nil || !bytes.HasPrefix(b, []byte("-----BEGIN ")):
		return nil, fmt.Errorf("%w: it is no PEM", ErrFormat)
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, fmt.Errorf("%w: text stands after the key", ErrFormat)
	case len(block.Headers) > 0:
		return nil, fmt.Errorf("%w: its PEM block has headers: write it as PKCS #8", ErrFormat)
	}
	return block, nil
}

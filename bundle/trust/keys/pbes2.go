package keys

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"hash"
	"slices"
)

const (
	// Rounds of PBKDF2 that Write takes.
	Rounds = 600_000
	// MinRounds is the fewest that Read takes: openssl's default.
	MinRounds = 2048
	// MaxRounds is the most, some seconds of work.
	MaxRounds = 10_000_000

	saltSize         = 16
	minSalt, maxSalt = 8, 128
)

// Object identifiers (RFC 8018, appendix C; RFC 3565 for AES).
var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
	oidSHA256 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 9}
	oidSHA384 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 10}
	oidSHA512 = asn1.ObjectIdentifier{1, 2, 840, 113549, 2, 11}
	oidAES128 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}
	oidAES192 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 22}
	oidAES256 = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42}
)

// encryptedKey is EncryptedPrivateKeyInfo (RFC 5208, section 6).
type encryptedKey struct {
	Algorithm pkix.AlgorithmIdentifier
	Data      []byte
}

// pbes2 is PBES2-params (RFC 8018, A.4).
type pbes2 struct {
	KDF    pkix.AlgorithmIdentifier
	Cipher pkix.AlgorithmIdentifier
}

// pbkdf2Params is PBKDF2-params (RFC 8018, A.2). Without a PRF it is HMAC-SHA-1.
type pbkdf2Params struct {
	Salt      []byte
	Rounds    int
	KeyLength int                      `asn1:"optional"`
	PRF       pkix.AlgorithmIdentifier `asn1:"optional"`
}

func encrypt(der, passphrase []byte) ([]byte, error) {
	salt, iv := make([]byte, saltSize), make([]byte, aes.BlockSize)
	rand.Read(salt)
	rand.Read(iv)
	block, err := derive(sha256.New, passphrase, salt, Rounds, 32)
	if err != nil {
		return nil, err
	}
	pad := aes.BlockSize - len(der)%aes.BlockSize
	data := append(slices.Clone(der), slices.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	kdf, err := algorithm(oidPBKDF2, pbkdf2Params{Salt: salt, Rounds: Rounds, PRF: pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}})
	if err != nil {
		return nil, err
	}
	aes256, err := algorithm(oidAES256, iv)
	if err != nil {
		return nil, err
	}
	scheme, err := algorithm(oidPBES2, pbes2{kdf, aes256})
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(encryptedKey{scheme, data})
}

func algorithm(oid asn1.ObjectIdentifier, parameters any) (pkix.AlgorithmIdentifier, error) {
	b, err := asn1.Marshal(parameters)
	return pkix.AlgorithmIdentifier{Algorithm: oid, Parameters: asn1.RawValue{FullBytes: b}}, err
}

func decrypt(der, passphrase []byte) ([]byte, error) {
	var outer encryptedKey
	var scheme pbes2
	var kdf pbkdf2Params
	var iv []byte
	if err := parse(der, &outer, "PKCS #8"); err != nil {
		return nil, err
	}
	if !outer.Algorithm.Algorithm.Equal(oidPBES2) {
		return nil, unknown("scheme", outer.Algorithm)
	}
	if err := parse(outer.Algorithm.Parameters.FullBytes, &scheme, "PBES2"); err != nil {
		return nil, err
	}
	if !scheme.KDF.Algorithm.Equal(oidPBKDF2) {
		return nil, unknown("key derivation", scheme.KDF)
	}
	if err := parse(scheme.KDF.Parameters.FullBytes, &kdf, "PBKDF2"); err != nil {
		return nil, err
	}
	if err := parse(scheme.Cipher.Parameters.FullBytes, &iv, "AES"); err != nil {
		return nil, err
	}
	size, prf, err := kdf.check(scheme.Cipher)
	switch {
	case err != nil:
		return nil, err
	case len(iv) != aes.BlockSize || len(outer.Data) == 0 || len(outer.Data)%aes.BlockSize != 0:
		return nil, fmt.Errorf("%w: its encrypted part is cut off", ErrFormat)
	case len(passphrase) == 0:
		return nil, ErrPassphrase
	}
	block, err := derive(prf, passphrase, kdf.Salt, kdf.Rounds, size)
	if err != nil {
		return nil, err
	}
	data := make([]byte, len(outer.Data))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(data, outer.Data)
	return unpad(data)
}

func parse(b []byte, into any, what string) error {
	if rest, err := asn1.Unmarshal(b, into); err != nil || len(rest) > 0 {
		return fmt.Errorf("%w: it is no %s", ErrFormat, what)
	}
	return nil
}

// check refuses what is unknown, and what would take too long or too little time.
func (p pbkdf2Params) check(c pkix.AlgorithmIdentifier) (size int, prf func() hash.Hash, err error) {
	switch {
	case c.Algorithm.Equal(oidAES128):
		size = 16
	case c.Algorithm.Equal(oidAES192):
		size = 24
	case c.Algorithm.Equal(oidAES256):
		size = 32
	default:
		return 0, nil, unknown("cipher", c)
	}
	switch {
	case p.PRF.Algorithm.Equal(oidSHA256):
		prf = sha256.New
	case p.PRF.Algorithm.Equal(oidSHA384):
		prf = sha512.New384
	case p.PRF.Algorithm.Equal(oidSHA512):
		prf = sha512.New
	default:
		return 0, nil, unknown("pseudo-random function", p.PRF)
	}
	if p.Rounds < MinRounds || p.Rounds > MaxRounds || len(p.Salt) < minSalt || len(p.Salt) > maxSalt || p.KeyLength != 0 && p.KeyLength != size {
		return 0, nil, fmt.Errorf("%w: PBKDF2 with %d rounds and %d bytes of salt: from %d to %d rounds and %d bytes of salt or more are safe", ErrFormat, p.Rounds, len(p.Salt), MinRounds, MaxRounds, minSalt)
	}
	return size, prf, nil
}

func unknown(what string, a pkix.AlgorithmIdentifier) error {
	return fmt.Errorf("%w: its %s is not known here (%v): encrypt it with PBES2, PBKDF2 with HMAC-SHA-256, and AES-256-CBC", ErrFormat, what, a.Algorithm)
}

func derive(prf func() hash.Hash, passphrase, salt []byte, rounds, size int) (cipher.Block, error) {
	key, err := pbkdf2.Key(prf, string(passphrase), salt, rounds, size)
	if err != nil {
		return nil, err
	}
	return aes.NewCipher(key)
}

// unpad takes off the padding (RFC 8018, section 6.1.1). Another one than there must be comes of a wrong key.
func unpad(b []byte) ([]byte, error) {
	pad := int(b[len(b)-1])
	if pad < 1 || pad > aes.BlockSize {
		return nil, ErrPassphrase
	}
	if subtle.ConstantTimeCompare(b[len(b)-pad:], slices.Repeat([]byte{byte(pad)}, pad)) != 1 {
		return nil, ErrPassphrase
	}
	return b[:len(b)-pad], nil
}

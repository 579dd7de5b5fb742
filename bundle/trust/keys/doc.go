// Package keys reads and writes the files of signing keys: PKCS #8 (RFC 5208, RFC 5958) in PEM (RFC 7468), as openssl reads and writes them.
//
//	signer, err := keys.Generate()
//	b, err := keys.Write(signer, passphrase)   // no passphrase: not encrypted
//	signer, err := keys.Read(b, passphrase)
//
// Encrypted files are PBES2 (RFC 8018): the key from the passphrase by PBKDF2 with HMAC-SHA-256, 600,000 rounds and 16 random bytes of salt; AES-256-CBC. Read takes also HMAC-SHA-384
// and -512, AES-128 and -192, other salts, and from MinRounds to MaxRounds rounds; openssl's "-v2 aes-256-cbc" makes such files. What it refuses are other schemes: PBES1, PKCS #12's, scrypt,
// HMAC-SHA-1.
//
// A file holds one key and nothing else: ed25519, ecdsa on P-256, or rsa of 2048 to 8192 bits, what package metadata can sign with. Whoever keeps keys elsewhere, in a token or a service, gives
// its own crypto.Signer to those who sign, and needs nothing of this package.
//
// The signers that come from here print, log and encode as their public key alone.
package keys

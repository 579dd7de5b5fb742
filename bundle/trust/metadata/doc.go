// Package metadata reads, writes, signs and verifies the metadata files of The Update Framework, specification 1.0.34 ("Document formats"), with the
// standard library's cryptography alone.
//
// A file is an Envelope: what is signed, and signatures of its canonical JSON. What is signed is one of four: Root says which keys speak for which role,
// Timestamp names the newest Snapshot, Snapshot names the version of every targets role, Targets names target files and delegates to further roles.
//
//	e, err := metadata.Open(b)                  // reads strictly; nothing is verified yet
//	root, err := e.Root()                       // what is signed, if its type is root
//	err = e.Verify(root.Keys, root.Roles["root"])
//
//	e, err := metadata.New(&metadata.Root{…})   // checks that it can be read back
//	err = e.Sign(signer)                        // one signature a key; signing again replaces it
//	b, err := e.Encode()
//
// An Envelope that was opened keeps fields that this package doesn't know, as they are signed too; one made by New has none.
//
// # Reading
//
// The bytes are hostile until they are verified, and they are read before. So an error (ErrFormat) are: duplicate keys at any place, a field whose name
// differs from a known one only in case, numbers with a fraction or an exponent and integers beyond 64 bits (canonical JSON has neither), text that is not
// UTF-8, anything beyond the limits of this package, versions and thresholds below 1, a spec_version whose major is not 1, the same key id twice in a
// role or among signatures, a name twice among delegations. Other unknown fields, key types and hash names are passed over, as the specification asks: a
// key that can't be used here never counts.
//
// # Keys
//
// ed25519 (public: 64 hex digits), ecdsa-sha2-nistp256 and rsassa-pss-sha256 (public: PEM of a PKIX SubjectPublicKeyInfo; RSA of 2048 to 8192 bits).
// A key id is looked up in the keys of the delegating file and is no more than a name; KeyID is the usual one, the SHA-256 of the key's canonical JSON. Against
// a threshold each public key counts once, under however many ids it stands.
package metadata

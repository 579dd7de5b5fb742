package dist

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"sort"
	"strconv"
	"strings"
)

// Verifier checks an artefact's bytes as they stream by: write all of them to it, then ask Check. It computes sha256 in any case.
type Verifier struct {
	a      Artifact
	size   int64
	sha256 hash.Hash
	more   []namedHash
}

type namedHash struct {
	name string
	hash.Hash
}

// NewVerifier makes the check of a's size and of every hash of a whose algorithm is known: sha256, sha384, sha512, sha224, sha1, md5 (PEP 503
// admits what hashlib guarantees). Others are passed over; Trusted tells whether a strong one is among them.
func NewVerifier(a Artifact) *Verifier {
	v := &Verifier{a: a, sha256: sha256.New()}
	for name := range a.Hashes {
		if h := newHash(name); h != nil {
			v.more = append(v.more, namedHash{name, h})
		}
	}
	sort.Slice(v.more, func(i, j int) bool { return v.more[i].name < v.more[j].name })
	return v
}

func newHash(name string) hash.Hash {
	switch name {
	case "sha384":
		return sha512.New384()
	case "sha512":
		return sha512.New()
	case "sha224":
		return sha256.New224()
	case "sha1":
		return sha1.New()
	case "md5":
		return md5.New()
	}
	return nil
}

// Write hashes p; it never fails.
func (v *Verifier) Write(p []byte) (int, error) {
	v.size += int64(len(p))
	v.sha256.Write(p)
	for _, h := range v.more {
		h.Write(p)
	}
	return len(p), nil
}

// Size is how many bytes were written.
func (v *Verifier) Size() int64 { return v.size }

// SHA256 is the sha256 of what was written, in lower-case hex.
func (v *Verifier) SHA256() string { return hex.EncodeToString(v.sha256.Sum(nil)) }

// Check compares what was written with what the artefact promises. A difference is a *HashError.
func (v *Verifier) Check() error {
	if v.a.Size >= 0 && v.a.Size != v.size {
		return &HashError{v.a.File, "size", strconv.FormatInt(v.a.Size, 10), strconv.FormatInt(v.size, 10)}
	}
	if want, ok := v.a.Hashes["sha256"]; ok {
		if err := v.compare("sha256", want, v.SHA256()); err != nil {
			return err
		}
	}
	for _, h := range v.more {
		if err := v.compare(h.name, v.a.Hashes[h.name], hex.EncodeToString(h.Sum(nil))); err != nil {
			return err
		}
	}
	return nil
}

func (v *Verifier) compare(algorithm, want, got string) error {
	if strings.EqualFold(want, got) {
		return nil
	}
	return &HashError{v.a.File, algorithm, want, got}
}

// Trusted reports whether one of the artefact's hashes is strong enough to vouch for its bytes: sha256, sha384 or sha512.
func (a Artifact) Trusted() bool {
	for _, name := range []string{"sha256", "sha384", "sha512"} {
		if a.Hashes[name] != "" {
			return true
		}
	}
	return false
}

// String names the artefact by its file and sha256.
func (a Artifact) String() string {
	if h := a.Hashes["sha256"]; h != "" {
		return fmt.Sprintf("%s (sha256 %s)", a.File, h)
	}
	return a.File
}

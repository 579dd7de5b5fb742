package wheel

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
)

// encoding is how RECORD writes digests: urlsafe, without padding, and in one way only.
var encoding = base64.RawURLEncoding.Strict()

// parseHash splits "sha256=…" into its algorithm and digest. Only sha256 and better count (PyPA "Binary distribution format", "Signed wheel
// files": md5, sha1 and sha224 must not be used).
func parseHash(s string) (newHash func() hash.Hash, digest []byte, err error) {
	algorithm, text, _ := strings.Cut(s, "=")
	switch algorithm {
	case "sha256":
		newHash = sha256.New
	case "sha384":
		newHash = sha512.New384
	case "sha512":
		newHash = sha512.New
	case "":
		return nil, nil, fmt.Errorf("no hash")
	default:
		return nil, nil, fmt.Errorf("hash %q is none of sha256, sha384 and sha512", algorithm)
	}
	digest, err = encoding.DecodeString(text)
	if err != nil || len(digest) != newHash().Size() {
		return nil, nil, fmt.Errorf("%q is no %s in urlsafe base64 without padding", text, algorithm)
	}
	return newHash, digest, nil
}

func formatHash(sum [sha256.Size]byte) string {
	return "sha256=" + encoding.EncodeToString(sum[:])
}

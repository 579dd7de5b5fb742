package metadata

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
)

// checkHashes compares b with every known hash of hashes (hash name -> hex). None of them known is an ErrVerify too.
func checkHashes(b []byte, hashes map[string]string) error {
	known := false
	for name, want := range hashes {
		var sum []byte
		switch name {
		case SHA256:
			s := sha256.Sum256(b)
			sum = s[:]
		case SHA512:
			s := sha512.Sum512(b)
			sum = s[:]
		default:
			continue
		}
		known = true
		if got := hex.EncodeToString(sum); got != want {
			return fmt.Errorf("%w: its %s is %s, not %s", ErrVerify, name, got, want)
		}
	}
	if !known {
		return fmt.Errorf("%w: it has no hash of a known kind", ErrVerify)
	}
	return nil
}

// readHashes reads a field of hashes: at least one, in lower-case hex where the hash is known.
func readHashes(f fields) map[string]string {
	all := map[string]string{}
	f.each("hashes", 16, func(name string, v any, path string) {
		text, ok := v.(string)
		size := map[string]int{SHA256: sha256.Size, SHA512: sha512.Size}[name]
		if sum, err := hex.DecodeString(text); !ok || size > 0 && (len(sum) != size || hex.EncodeToString(sum) != text || err != nil) {
			f.fail("hashes", "%.80q is not followed by its hash in lower-case hexadecimal digits", name)
		}
		all[name] = text
	})
	if len(all) == 0 {
		f.fail("hashes", "must name a hash")
	}
	return all
}

func hashesTree(hashes map[string]string) tree {
	t := tree{}
	for name, sum := range hashes {
		t[name] = sum
	}
	return t
}

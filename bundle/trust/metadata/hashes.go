package metadata

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
)

// Sums hashes what is written to it, by every known hash that a file's hashes name. Make one with NewSums.
type Sums struct {
	want map[string]string
	sums map[string]hash.Hash
}

// NewSums begins to check bytes against hashes (hash name -> hex). None of them known is an ErrVerify.
func NewSums(hashes map[string]string) (*Sums, error) {
	s := &Sums{want: hashes, sums: map[string]hash.Hash{}}
	for name := range hashes {
		switch name {
		case SHA256:
			s.sums[name] = sha256.New()
		case SHA512:
			s.sums[name] = sha512.New()
		}
	}
	if len(s.sums) == 0 {
		return nil, fmt.Errorf("%w: it has no hash of a known kind", ErrVerify)
	}
	return s, nil
}

// Write never fails.
func (s *Sums) Write(b []byte) (int, error) {
	for _, h := range s.sums {
		h.Write(b)
	}
	return len(b), nil
}

// Check compares every known hash. The error is ErrVerify.
func (s *Sums) Check() error {
	for name, h := range s.sums {
		if got := hex.EncodeToString(h.Sum(nil)); got != s.want[name] {
			return fmt.Errorf("%w: its %s is %s, not %s", ErrVerify, name, got, s.want[name])
		}
	}
	return nil
}

func checkHashes(b []byte, hashes map[string]string) error {
	s, err := NewSums(hashes)
	if err != nil {
		return err
	}
	s.Write(b)
	return s.Check()
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

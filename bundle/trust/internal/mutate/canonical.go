package mutate

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// sign is a signature by the key's one scheme, also of what is no canonical JSON. But for RSA's it is the same each time, so that a seed gives the same case.
func sign(s crypto.Signer, message []byte) ([]byte, error) {
	if _, ok := s.Public().(ed25519.PublicKey); ok {
		return s.Sign(nil, message, crypto.Hash(0))
	}
	sum := sha256.Sum256(message)
	return s.Sign(nil, sum[:], crypto.SHA256)
}

// canonical is the canonical JSON of any value, also of one that has none: a number is as it is written.
func canonical(b []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		b = append(b, '{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b = append(b, ',')
			}
			b = canonical(append(canonical(b, k), ':'), v[k])
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = canonical(b, v[i])
		}
		return append(b, ']')
	case string:
		return append(append(append(b, '"'), strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v)...), '"')
	case json.Number:
		return append(b, v...)
	case bool:
		if v {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	}
	return append(b, "null"...)
}

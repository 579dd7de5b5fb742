package mutate

import (
	"crypto"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// noHash says that what is signed is not hashed before (ed25519).
type noHash struct{}

func (noHash) HashFunc() crypto.Hash { return 0 }

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

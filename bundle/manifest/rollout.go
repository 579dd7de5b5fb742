package manifest

import (
	"crypto/sha256"
	"encoding/binary"
)

// Rollout gives a release to a part of the clients first. Each client decides by itself and tells nobody; a higher percentage with the same salt takes in
// every client that was in before.
type Rollout struct {
	Percent int    `json:"percent"` // of the clients, from 0 to 100
	Salt    string `json:"salt"`    // from 1 to MaxWord bytes, without control characters; another salt picks other clients
}

// buckets are as many as clients are dealt to: a hundred for each percent.
const buckets = 10_000

// Includes reports whether a client takes the release: clients fall into 10,000 buckets by the first eight bytes, big-endian, of the SHA-256 of salt and client id, and
// the lowest Percent of a hundred are in. The id is any random text that the client keeps; a nil Rollout includes everybody.
func (r *Rollout) Includes(clientID string) bool {
	if r == nil {
		return true
	}
	sum := sha256.Sum256([]byte(r.Salt + clientID))
	return binary.BigEndian.Uint64(sum[:8])%buckets < uint64(max(r.Percent, 0))*(buckets/100)
}

// Package mutate makes repositories that are wrong in some way, or right after all, from a seed: what differential tests show to several clients, which must
// come to the same verdict.
//
// A Base is a repository at two times: First, which every client has seen, and Second, to which it updates. A Case is a Second with mutations: values in what
// is signed, signed anew or not; signatures; whole files; and the JSON text itself. Most bases tell no hashes in their snapshots, as a mutation would else never get
// past them.
package mutate

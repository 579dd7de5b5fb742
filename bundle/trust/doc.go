// Package trust makes sure that what clients install is what its publisher signed, whoever holds the store, the mirrors or the wire: The Update Framework,
// specification 1.0.34.
//
// Client is a bundle.Source. An application gives it the root file that it was built with, a folder of its own, and the mirrors; Latest then gives
// the update configuration that the publisher's keys stand for:
//
//	c := &trust.Client{Root: root, Dir: dir, Channel: "stable", Mirrors: []trust.Mirror{{Metadata: "https://store.example/metadata", Targets: "https://store.example"}}}
//	m, err := c.Latest(ctx)
//
// Metadata signs update configurations only; the bundles are pinned in those, by sha256 and size. So mirrors of bundles need no trust, and metadata stays small.
//
// # What a Client does
//
// It runs the client workflow of the specification (5.3 to 5.7), with its starting time fixed at the beginning:
//
//   - Root: from the application's own root over every newer one that was trusted before (kept under root_history and verified anew, each by the one
//     before it), on to those that the mirrors have. A mirror that hides newer roots therefore can't bring revoked keys back. Where a newer root
//     removes a key of the timestamp or the snapshot, what these keys said last is forgotten, so that versions may begin anew.
//   - Timestamp, snapshot, targets: signed by enough keys of their role, of the version and hash that was announced, never older than what was
//     trusted before, not expired.
//   - Delegated roles are searched depth first in the order of the delegations, each once, at most MaxRoles. A role that is kept here is verified
//     against the delegation that the search came by, each time.
//   - A file is bounded in size before it is read, and in time (ErrTooSlow). Of several mirrors all are asked at once for a newer
//     root and for the timestamp, and the newest that verifies counts; other files come from the first mirror whose bytes verify. One that failed is asked
//     last from then on.
//   - Times before the latest successful refresh are not believed, so a clock that is set back doesn't bring expired files to life.
//
// What is trusted is on disk before it is used for anything else, one durable write a file, under a lock. A kill leaves a state from which the next
// run goes on. Damage of a kept file makes the Client fetch it again; a root that was trusted once must come back, though, from the folder or a mirror.
//
// # Errors
//
// ErrVerify, ErrFormat, ErrRollback, ErrFrozen and ErrTooLarge are errors of trust: bundle.KindOf is bundle.KindTrust. They are never tried again with
// the same mirror, and decide the kind where another mirror failed in another way. The application keeps what it has. A mirror that can't be reached or
// is too slow is bundle.KindNetwork. Nothing published yet is bundle.ErrNoRelease.
package trust

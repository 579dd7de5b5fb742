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
//     trusted before, not expired, or by no more than MaxStaleness, which is for machines without network (package offline).
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
// # Repository
//
// Repository is the other side: a bundle.Sink that signs what it releases, in any store of bundle/store. A Ceremony says which keys speak for what. In a small shop one key does for all; a
// larger one keeps root and targets offline with three people, of whom two must sign, and gives a CI the keys of snapshot and timestamp ("online") and of its channel.
// Signers are crypto.Signer: files of package keys, a token, a service. Each signs for the roles whose keys have its public key.
//
// In the store the metadata lies below metadata/, each file but timestamp.json under its version: N.root.json, N.targets.json, N.<channel>.json, N.snapshot.json. The targets delegate
// <channel>/* to the role <channel>, terminating, and that names one target, <channel>/update.json, which lies at <channel>/<sha256>.update.json. Beside them the channel's folder has what
// bundle/store keeps there, for its history and for readers without signatures: nothing here believes it.
//
// Release writes the update configuration, N.<channel>, N.snapshot and the timestamp, in this order; none but the last replaces a file, and that only the one that was read. So a
// kill leaves clients with the old release whole, and of two publishers at once one wins and the other gets bundle.ErrConflict. A file that a killed run left is
// taken where it says what is wanted, else its version is passed over. Release signs on nothing that a client would not believe.
//
// Renew signs anew what expires soon, with what keys are at hand: let a CI run it daily, and people once a year for root and targets. Status tells what expires when, and whose keys
// are missing.
//
// What root and targets say is changed by a Draft: it is made from the store, signed by one person after the other, published by any. Who signs reads Draft.Changes. Where a key is
// lost or stolen, the others replace it so:
//
//   - Of root and targets: as long as a threshold of the old keys is left.
//   - Online: with new ones the newest that targets and channels signed counts, not what the snapshot named, as a thief may have led it back. Versions go on; where a thief has pushed
//     them beyond 2^53 they begin anew.
//   - Of a channel: its role waits, and clients refuse it, until it is signed by the new key: by PublishDraft where that is at hand, else by Renew or the next Release. What is live
//     is signed as it is, so look at it first.
//
// Where the replaced keys are still at hand too, PublishDraft signs with both before the new root appears, and clients notice nothing. A Repository remembers nothing of its own: who can write
// to the store can give it an old state that was once true. Clients refuse what comes of that, and Check shows it.
//
// # Errors
//
// ErrVerify, ErrFormat, ErrRollback, ErrFrozen and ErrTooLarge are errors of trust: bundle.KindOf is bundle.KindTrust. They are never tried again with
// the same mirror, and decide the kind where another mirror failed in another way. The application keeps what it has. A mirror that can't be reached or
// is too slow is bundle.KindNetwork. Nothing published yet is bundle.ErrNoRelease.
package trust

package trust

import (
	"crypto"
	"log/slog"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
)

// Files is where a Repository is: store.Dir, or any other store that has these abilities. Where it is a store.Lasting too, no release is signed for longer than the
// addresses in it can be used.
type Files interface {
	store.Files
	store.Lister
	store.Remover
}

// Repository is one channel of a signed store, seen by who publishes: a bundle.Sink and a bundle.Source. How it works stands in the package doc. Safe for
// concurrent use, by several publishers too. A Repository that serves NewDraft, PublishDraft, Renew and Status alone needs no Channel.
type Repository struct {
	Files   Files           // required
	Root    []byte          // the root file that this publisher trusts: any version there ever was; required, but by Create and NewCeremony
	Channel string          // of Release, Latest and Past
	Signers []crypto.Signer // the keys at hand; each signs for the roles whose keys have its public key

	Lifetimes Lifetimes
	Plain     bool          // Release writes store.PlainFile too; a channel that has one keeps it up to date in any case
	Check     bundle.Source // asked after each release whether it has arrived: a Client of the public address; nil: nobody

	Clock  func() time.Time // nil: time.Now
	Logger *slog.Logger     // nil: discarded
}

// RoleKeys is the keys that speak for a role, and how many of them must sign.
type RoleKeys struct {
	Keys      []crypto.PublicKey // those that metadata.NewKey takes
	Threshold int                // 0: 1
}

// Ceremony is what a new repository begins with. One key may serve for several roles: a small shop has one for all.
type Ceremony struct {
	Root     RoleKeys            // say who speaks for the roles: kept offline by whoever can afford it
	Targets  RoleKeys            // say which channels there are and who speaks for them: offline too
	Online   RoleKeys            // sign snapshot and timestamp with each release
	Channels map[string]RoleKeys // sign the channel's releases
}

// RoleStatus is how a role stands. The top-level roles come first, then the channels.
type RoleStatus struct {
	Name      string
	Channel   bool
	Version   int64     // of its newest file; 0: it has none yet
	Expires   time.Time // of that file
	Sequence  uint64    // of a channel: what is released; 0: nothing
	Threshold int
	Keys      []string // ids of the keys that speak for it
	Held      []string // those of Keys whose signer is at hand
	Waits     bool     // clients refuse its newest file until Renew, or for a channel Release, signs one with the keys that it has now
}

// CanSign reports whether enough signers are at hand.
func (s RoleStatus) CanSign() bool { return len(s.Held) >= s.Threshold }

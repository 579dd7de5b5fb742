package trust_test

import (
	"context"
	"crypto"
	"fmt"
	"log"
	"os"

	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
)

// A small shop signs with one key for everything, in a file with a passphrase. Later a second person gets a key, and from then on root and targets need both.
func ExampleRepository() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	key, err := keys.Generate()
	if err != nil {
		log.Fatal(err)
	}
	if _, err := keys.Write(key, []byte("a passphrase")); err != nil { // to be kept in a file
		log.Fatal(err)
	}
	only := trust.RoleKeys{Keys: []crypto.PublicKey{key.Public()}}
	r := trust.Repository{Files: store.Dir{Path: dir}, Signers: []crypto.Signer{key}, Channel: "stable"}
	r.Root, err = r.Create(ctx, trust.Ceremony{Root: only, Targets: only, Online: only, Channels: map[string]trust.RoleKeys{"stable": only}})
	if err != nil {
		log.Fatal(err)
	}
	if err := r.Release(ctx, bundletest.Configuration("stable", 1, "1.0")); err != nil { // as a bundle.Publisher does, of which r is the Sink
		log.Fatal(err)
	}

	second, err := keys.Generate()
	if err != nil {
		log.Fatal(err)
	}
	both := trust.RoleKeys{Keys: []crypto.PublicKey{key.Public(), second.Public()}, Threshold: 2}
	draft, err := r.NewDraft(ctx, trust.Change{Root: &both, Targets: &both})
	if err != nil {
		log.Fatal(err)
	}
	for _, signer := range []crypto.Signer{key, second} { // each on a computer of their own: a draft travels as a file
		if err := draft.Sign(signer); err != nil {
			log.Fatal(err)
		}
		fmt.Println("missing:", len(draft.Missing()))
	}
	if err := r.PublishDraft(ctx, draft); err != nil {
		log.Fatal(err)
	}
	status, err := r.Status(ctx)
	if err != nil {
		log.Fatal(err)
	}
	for _, role := range status {
		fmt.Printf("%s %d: %d of %d\n", role.Name, role.Version, role.Threshold, len(role.Keys))
	}
	// Output:
	// missing: 2
	// missing: 0
	// root 2: 2 of 2
	// targets 2: 2 of 2
	// snapshot 3: 1 of 1
	// timestamp 3: 1 of 1
	// stable 2: 1 of 1
}

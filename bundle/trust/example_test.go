package trust_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// An application asks for the newest update configuration that its publisher signed, and learns that a mirror went back to an old one.
func ExampleClient_Latest() {
	repo := trusttest.New(time.Now().AddDate(0, 0, 7)) // stands for a publisher and its store
	release := func(sequence uint64, version string) {
		b, err := bundletest.Configuration("stable", sequence, version).Encode()
		if err != nil {
			panic(err)
		}
		repo.Add("targets", "stable/update.json", b, nil)
		repo.Publish()
	}
	release(1, "1.0")
	old := repo.Files()
	release(2, "2.0")

	dir, err := os.MkdirTemp("", "trust")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	c := &trust.Client{
		Root:         repo.File("1.root.json"), // built into the application
		Dir:          dir,
		Mirrors:      []trust.Mirror{{Metadata: "https://store.example/metadata", Targets: "https://store.example"}},
		Channel:      "stable",
		RoundTripper: trusttest.Network{"store.example": repo},
	}
	m, err := c.Latest(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println("release", m.Meta.Sequence)

	repo.Restore(old)
	_, err = c.Latest(context.Background())
	fmt.Println(bundle.KindOf(err), errors.Is(err, trust.ErrRollback))
	// Output:
	// release 2
	// trust true
}

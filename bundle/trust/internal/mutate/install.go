package mutate

import (
	"context"

	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// Install is what a new process of our client, whose folder is dir, installs for Target from files.
func Install(ctx context.Context, dir string, root []byte, files map[string][]byte) ([]byte, error) {
	repo := &trusttest.Repo{}
	repo.Restore(files)
	c := &trust.Client{Root: root, Dir: dir, Mirrors: []trust.Mirror{{Metadata: "http://mirror.example/metadata", Targets: "http://mirror.example"}},
		RoundTripper: trusttest.Network{"mirror.example": repo}}
	t, err := c.Lookup(ctx, Target)
	if err != nil {
		return nil, err
	}
	return c.Fetch(ctx, t)
}

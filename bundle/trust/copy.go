package trust

import (
	"context"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Copy is what another Client needs to come from any root of the publisher to a channel's update configuration: the repository's own files, byte for byte.
type Copy struct {
	Metadata map[string][]byte  // by address below Mirror.Metadata: every root from 1 on, timestamp, snapshot, targets and what leads to the channel
	Targets  map[string][]byte  // by address below Mirror.Targets: the update configuration
	Manifest *manifest.Manifest // as Latest gives it
	Roles    []Role             // as Roles gives them
}

// Copy refreshes like Latest and gives the files that lead there. Roots from before the application's own are fetched besides.
func (c *Client) Copy(ctx context.Context) (all *Copy, err error) {
	name, err := c.targetName()
	if err != nil {
		return nil, err
	}
	err = c.run(ctx, func(r *run) error {
		all, err = r.copy(ctx, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (r *run) copy(ctx context.Context, name string) (*Copy, error) {
	t, b, m, err := r.latest(ctx, name)
	if err != nil {
		return nil, err
	}
	file, err := t.file()
	if err != nil {
		return nil, err
	}
	all := &Copy{Metadata: map[string][]byte{}, Targets: map[string][]byte{file: b}, Manifest: m, Roles: r.roles()}
	for _, role := range all.Roles {
		if role.Name == metadata.RootRole {
			continue
		}
		if err := all.add(r, address(r.seen.root, role.Name, role.Version), fileName(role.Name), metadata.MaxTargets); err != nil {
			return nil, err
		}
	}
	return all, r.copyRoots(ctx, all)
}

// add takes a file of the folder in.
func (c *Copy) add(r *run, address, name string, limit int64) error {
	b, err := r.read(name, limit)
	if err == nil && b == nil {
		err = errGone
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	c.Metadata[address] = b
	return nil
}

var errGone = errors.New("it was there when the refresh ended: another program removes files of the Client's folder")

// copyRoots takes every root in: those from the application's own on are kept, those before it must lead there.
func (r *run) copyRoots(ctx context.Context, all *Copy) error {
	own, err := metadata.Open(r.Root)
	if err != nil {
		return err
	}
	for n := own.Version; n <= r.seen.root.Version; n++ {
		if err := all.add(r, metadata.FileName(metadata.RootRole, n), historyName(n), metadata.MaxRoot); err != nil {
			return err
		}
	}
	after := r.Root
	for n := own.Version - 1; n > 0; n-- {
		address := metadata.FileName(metadata.RootRole, n)
		b, err := r.fetch(ctx, address, metadata.MaxRoot, func(b []byte) error { return precedes(b, n, after) })
		if allAbsent(err) {
			return &bundle.Error{Step: bundle.StepSource, Err: fmt.Errorf("%s: %w", address, dist.ErrNotFound), Advice: "a repository keeps every root that it ever had: put it back"}
		}
		if err != nil {
			return err
		}
		all.Metadata[address], after = b, b
	}
	return nil
}

// precedes refuses what is not root n, or doesn't lead to the root after it.
func precedes(b []byte, n int64, after []byte) error {
	e, err := metadata.Open(b)
	if err != nil {
		return err
	}
	root, err := e.Root()
	if err != nil {
		return err
	}
	if root.Version != n {
		return fmt.Errorf("%w: it is root %d, not %d", ErrVerify, root.Version, n)
	}
	if err := e.Verify(root.Keys, root.Roles[metadata.RootRole]); err != nil {
		return err
	}
	_, err = successor(root, after)
	return err
}

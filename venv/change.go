package venv

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// change is the Change of a WheelInstaller. It holds the environment's lock.
type change struct {
	mu    sync.Mutex
	f     *folder
	id    string
	ended bool
}

// Commit removes the mark of an open change: that is the point of no return. What it cannot clean then is litter for the next change.
func (c *change) Commit(ctx context.Context) error {
	return c.end(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.step("commit"); err != nil {
			return err
		}
		if err := c.f.Root.Remove(appliedName); err != nil {
			return err
		}
		return durable.SyncDir(c.f.Root, StateFolder)
	})
}

// Rollback is done even where ctx has ended: half of it would be worse.
func (c *change) Rollback(ctx context.Context) error {
	return c.end(func() error {
		if err := c.step("rollback"); err != nil {
			return err
		}
		ctx := context.WithoutCancel(ctx)
		if _, err := c.f.Folder.Recover(); err != nil {
			return err
		}
		a, ok, err := c.f.readApplied()
		if err != nil || !ok {
			return err
		}
		return c.f.takeBack(ctx, a)
	})
}

func (c *change) end(do func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return ErrEnded
	}
	if err := do(); err != nil {
		return err
	}
	c.ended = true
	c.f.tidy(context.Background())
	return c.f.close()
}

// Abandon gives the lock up and leaves the change open, as the end of the process does: Recover takes it back. It is for tests of kills (venvtest).
func (c *change) Abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.ended = true
		c.f.close()
	}
}

func (c *change) step(name string) error {
	if c.f.Step == nil {
		return nil
	}
	return c.f.Step(name)
}

// Recover ends what a kill left in an environment: an Apply whose Commit never came is taken back, byte for byte, and staging is removed. It is safe and cheap at every start: where nothing
// was interrupted it looks at four names. It waits for a process that is changing the environment (LockTimeout, then ErrLocked). A folder that is absent, or was never changed, is fine.
func Recover(ctx context.Context, root string) error {
	if root == "" {
		return errors.New("recover: no folder is named")
	}
	f, err := openFolder(root, nil)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.closeAfter(f.recoverIdle(ctx))
}

func (f *folder) recoverIdle(ctx context.Context) error {
	pending, err1 := f.Pending()
	_, open := f.Root.Lstat(appliedName)
	litter, err2 := f.Litter()
	if err := errors.Join(err1, err2); err != nil || !pending && !litter && errors.Is(open, fs.ErrNotExist) {
		return err
	}
	if err := f.acquire(ctx, LockTimeout); err != nil {
		return err
	}
	return f.recover(ctx)
}

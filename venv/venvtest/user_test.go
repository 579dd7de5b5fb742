//go:build unix

package venvtest_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/venvtest"
)

// fault breaks one of the implementations below, so that TestSuites_catch sees whether the suites tell.
var fault = flag.String("fault", "", "what is wrong with the implementation that is checked")

// installer is an Installer as a user may write one: it works in a copy beside the environment, and swaps the two folders. Beside env lie
//
//	env.next      the copy that Apply works in, and what a Rollback took out
//	env.before    the environment as it was: from Apply to Commit or Rollback, so it marks an open change
//	env.gone      what a Commit took out
//	env.lock      locked while a change is open
type installer struct {
	fetcher dist.Fetcher
	step    func(string) error
}

func (i *installer) Apply(ctx context.Context, env *venv.Env, plan *venv.Plan) (venv.Change, error) {
	if !env.Virtual {
		return nil, venv.ErrNotVirtual
	}
	f, err := open(ctx, env.Root, i.step)
	if err != nil {
		return nil, err
	}
	if *fault == "context" {
		ctx = context.WithoutCancel(ctx)
	}
	err = f.recover()
	if err == nil {
		err = i.fill(ctx, f, env, plan)
	}
	if *fault == "partial" && err != nil && f.has(".next") {
		return nil, errors.Join(err, f.swap(), f.rename(".before", ".gone"), f.close())
	}
	if err == nil {
		err = f.swap()
	}
	if err == nil {
		return &change{folders: f}, nil
	}
	return nil, errors.Join(err, f.recover(), f.close())
}

// folders is an environment that is locked, with what lies beside it.
type folders struct {
	root string
	step func(string) error
	lock *os.File
}

func open(ctx context.Context, root string, step func(string) error) (*folders, error) {
	file, err := os.OpenFile(root+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(venv.LockTimeout); *fault != "lock"; time.Sleep(5 * time.Millisecond) {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			break
		}
		if err == syscall.EWOULDBLOCK && ctx.Err() == nil && time.Now().Before(end) {
			continue
		}
		if err == syscall.EWOULDBLOCK {
			err = errors.Join(venv.ErrLocked, ctx.Err())
		}
		return nil, errors.Join(err, file.Close())
	}
	return &folders{root, step, file}, nil
}

func (f *folders) close() error { return f.lock.Close() }

func (f *folders) rename(from, to string) error {
	if err := f.step(fmt.Sprintf("rename %q to %q", from, to)); err != nil {
		return err
	}
	return os.Rename(f.root+from, f.root+to)
}

func (f *folders) remove(name string) error {
	if !f.has(name) {
		return nil
	}
	if err := f.step("remove " + name); err != nil {
		return err
	}
	return os.RemoveAll(f.root + name)
}

func (f *folders) has(name string) bool {
	_, err := os.Lstat(f.root + name)
	return err == nil
}

func (f *folders) swap() error {
	if err := f.rename("", ".before"); err != nil {
		return err
	}
	return f.rename(".next", "")
}

// recover takes back a change that was not committed, wherever it stands, and removes the rest.
func (f *folders) recover() error {
	if f.has(".before") {
		if f.has("") {
			if err := f.rename("", ".next"); err != nil {
				return err
			}
		}
		if err := f.rename(".before", ""); err != nil {
			return err
		}
	}
	return errors.Join(f.remove(".next"), f.remove(".gone"))
}

// recoverRoot is what the application calls at its start.
func recoverRoot(ctx context.Context, root string) error {
	f, err := open(ctx, root, func(string) error { return nil })
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if *fault == "recover" && f.has("") {
		return errors.Join(f.remove(".before"), f.close())
	}
	return errors.Join(f.recover(), f.close())
}

type change struct {
	*folders
	mu    sync.Mutex
	ended bool
}

// Commit cannot be taken back once the mark is renamed: what it cannot remove then, the next change does.
func (c *change) Commit(ctx context.Context) error {
	return c.end(func() error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if *fault == "torn" {
			if err := os.RemoveAll(c.root + ".before/bin"); err != nil {
				return err
			}
		}
		if err := c.rename(".before", ".gone"); err != nil {
			return err
		}
		_ = c.remove(".gone")
		return nil
	})
}

// Rollback goes on where ctx has ended.
func (c *change) Rollback(context.Context) error {
	return c.end(func() error {
		if *fault == "rollback" {
			return errors.Join(c.recover(), os.WriteFile(c.root+"/rolled-back", nil, 0o644))
		}
		return c.recover()
	})
}

func (c *change) end(do func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended && *fault != "ended" {
		return venv.ErrEnded
	}
	if c.ended {
		return nil
	}
	if err := do(); err != nil {
		return err
	}
	c.ended = true
	return c.close()
}

// Abandon gives up the lock, as the end of the process does.
func (c *change) Abandon() { c.close() }

func interpreter(t *testing.T) *python.Interpreter {
	t.Helper()
	name, err := exec.LookPath("python3")
	require.NoError(t, err, "this test needs a python3 on PATH")
	i, err := python.Probe(t.Context(), name)
	require.NoError(t, err)
	return i
}

// TestInstaller_user uses the suite as a user would. The installer keeps nothing in the environment, so nothing is ignored.
func TestInstaller_user(t *testing.T) {
	venvtest.Installer(t, venvtest.Installation{
		Python:  interpreter(t),
		New:     func(f dist.Fetcher, step func(string) error) venv.Installer { return &installer{f, step} },
		Recover: recoverRoot,
		Ignore:  []string{},
	})
}

func TestEnvBuilder_user(t *testing.T) { venvtest.EnvBuilder(t, interpreter(t), builder{}) }

// TestRecover_absent has a folder that was never there.
func TestRecover_absent(t *testing.T) {
	require.NoError(t, recoverRoot(t.Context(), filepath.Join(t.TempDir(), "absent", "env")))
}

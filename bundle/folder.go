package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
)

// StateFolder is the folder below a python folder in which updates keep what is theirs:
//
//	lock        held by the one process that changes the folder; its text says who
//	state.json  generation, the newest release seen of each channel, the one that is held, those that were taken back, what a step back needs, and
//	            a random number that says when it is the folder's turn in a roll-out
//	journal     there while renames are under way
//	stage/      what comes in
//	trash/      what the last update put out, for Rollback
const StateFolder = ".chandlery"

// DefaultLockTimeout is how long an Updater waits for another process unless it says otherwise.
const DefaultLockTimeout = 30 * time.Second

const (
	lockName  = StateFolder + "/lock"
	stateName = StateFolder + "/state.json"
)

// folder is a python folder, opened.
type folder struct {
	*txn.Folder
	dir  string // where it really is
	lock *durable.Lock
}

// openFolder opens a folder that exists. A symbolic link to it is followed once, here.
func openFolder(dir string, seams seams) (*folder, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		return nil, err
	}
	f := &folder{dir: real, Folder: &txn.Folder{Root: root, State: StateFolder, Step: seams.step, NoSync: seams.noSync, NoExchange: seams.noExchange}}
	return f, nil
}

// createFolder is openFolder for one that shall be changed: it is made where absent, and it must be writable.
func createFolder(dir string, seams seams) (*folder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := openFolder(dir, seams)
	if err != nil {
		return nil, err
	}
	if err := f.prepare(); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// prepare makes the state folder, which must be a true folder.
func (f *folder) prepare() error {
	if err := durable.Writable(f.dir); err != nil {
		return err
	}
	if err := f.step("prepare"); err != nil {
		return err
	}
	if err := f.Root.Mkdir(StateFolder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	fi, err := f.Root.Lstat(StateFolder)
	if err != nil {
		return err
	}
	if !fi.IsDir() {
		return fmt.Errorf("%s is no folder: remove it", filepath.Join(f.dir, StateFolder))
	}
	return nil
}

// acquire takes the lock. It waits at most for the given time; negative: it tries once.
func (f *folder) acquire(ctx context.Context, wait time.Duration) error {
	if wait == 0 {
		wait = DefaultLockTimeout
	}
	if err := f.step("lock"); err != nil {
		return err
	}
	lock, err := durable.AcquireLock(ctx, f.Root, lockName, wait, ownWords())
	var held *durable.LockedError
	if errors.As(err, &held) && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	f.lock = lock
	return err
}

// ownWords is what others are told about the holder of the lock.
func ownWords() string {
	host, err := os.Hostname()
	if err != nil {
		host = "an unknown host"
	}
	return fmt.Sprintf("process %d on %s since %s", os.Getpid(), host, time.Now().UTC().Format(time.RFC3339))
}

func (f *folder) close() error {
	var err error
	if f.lock != nil {
		err = f.lock.Release()
	}
	return errors.Join(err, f.Root.Close())
}

// end closes the folder and gives the lock up, also where the caller's Observer panics.
func (f *folder) end(err *error) { *err = join(*err, stepError(StepClean, f.close())) }

// fs is the folder as wheel.Scan and others read it.
func (f *folder) fs() fs.FS { return f.Root.FS() }

// previousTree is where the transaction id put what it took out.
func (f *folder) previousTree(id string) string { return path.Join(f.Trash(id), "old") }

// step is called before each change of the disk that is not the transaction's own.
func (f *folder) step(name string) error {
	if f.Step == nil {
		return nil
	}
	return f.Step(name)
}

// seams are what tests set to play kills and failures.
type seams struct {
	step       func(step string) error
	noSync     bool
	noExchange bool
	freeSpace  func(dir string) (uint64, error) // nil: durable.FreeSpace
}

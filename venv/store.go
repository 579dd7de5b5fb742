package venv

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// store is a folder of unpacked, verified wheels:
//
//	<aa>/<sha256>/files/   the files as they stand in the wheel
//	<aa>/<sha256>/index    what they are; written last, so an entry with an index is whole
//	.chandlery-tmp-run-*/  what a process is unpacking, with a lock beside it
//
// An entry appears by a rename, after all is durable. Files are linked from it before that, too: an environment has durability of its own. Its sha256 vouches for its content, so a verdict never ends but with the rules: they are part of the name.
type store struct {
	dir  string
	root *os.Root
	open *durable.Dir     // the folder once more
	run  *durable.Scratch // where this process unpacks; nil until it must
	next atomic.Int64

	flushes   errgroup.Group // of one at a time
	unflushed atomic.Int64   // bytes
	settled   chan error     // that all is durable; nil where nothing is to be published
}

// storeRules names the rules by which wheels are verified, and the form of an entry.
const storeRules = "wheels-1"

const runPrefix = durable.TempPrefix + "run-"

// entry is one wheel of a store.
type entry struct {
	dir      string // absolute folder of its files; of a fresh one until it is published
	contents *wheel.Contents
	fresh    string // name below the store before it is published
	sha256   string
}

func openStore(ctx context.Context, dir string) (*store, error) {
	dir, err := filepath.Abs(filepath.Join(dir, storeRules))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	open, err := durable.DirOf(root)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	s := &store{dir: dir, root: root, open: open}
	s.flushes.SetLimit(1)
	return s, nil
}

// begin makes the folder of this process, once something must be unpacked, and sweeps those of dead ones.
func (s *store) begin(ctx context.Context) (err error) {
	s.run, err = durable.OpenScratch(ctx, s.root, runPrefix)
	return err
}

func (s *store) close() error {
	s.flushes.Wait() // settle has its error
	var err error
	if s.run != nil {
		err = s.run.Close()
	}
	return errors.Join(err, s.open.Close(), s.root.Close())
}

// flushSize is how many bytes are unpacked before the disk is told to write them.
const flushSize = 4 << 20

// flush begins to write back what is unpacked, as the disk has nothing else to do while other wheels are fetched and unpacked: settle has little to do then.
func (s *store) flush(ctx context.Context, e *entry) {
	var size int64
	for i := range e.contents.Files {
		size += e.contents.Files[i].Size
	}
	if s.unflushed.Add(size) < flushSize {
		return
	}
	s.flushes.TryGo(func() error {
		s.unflushed.Store(0)
		return durable.FlushTree(ctx, s.root, s.run.Name)
	})
}

// below is the slash path of the files' folder, below the store, until the entry is published.
func (e *entry) below() string { return cmp.Or(e.fresh, place(e.sha256)) + "/files" }

func place(sha string) string { return sha[:2] + "/" + sha }

// lookup finds a wheel. One whose files are not as they were unpacked (edited through a hard link, or lost with power) is removed, and not found.
func (s *store) lookup(sha string) (*entry, bool) {
	if !digest.IsSHA256(sha) {
		return nil, false
	}
	dir := filepath.Join(s.dir, filepath.FromSlash(place(sha)))
	text, err := readSmall(filepath.Join(dir, "index"), maxIndex)
	if err != nil {
		return nil, false
	}
	contents, err := parseIndex(text)
	e := &entry{dir: filepath.Join(dir, "files"), contents: contents, sha256: sha}
	if err != nil || !e.intact() {
		s.root.RemoveAll(place(sha))
		return nil, false
	}
	return e, true
}

// intact compares sizes and times of modification, which an edit in place changes.
func (e *entry) intact() bool {
	files, err := durable.OpenDir(e.dir)
	if err != nil {
		return false
	}
	defer files.Close()
	for i := range e.contents.Files {
		f := &e.contents.Files[i]
		st, err := files.Lstat(f.Name)
		if err != nil || !st.Mode.IsRegular() || st.Size != f.Size || st.Time != f.Time {
			return false
		}
	}
	return true
}

func (e *entry) file(name string) string { return filepath.Join(e.dir, filepath.FromSlash(name)) }

// add unpacks and verifies a wheel into this process's folder.
func (s *store) add(ctx context.Context, a dist.Artifact, blob dist.Blob, sha string) (*entry, error) {
	w, err := wheel.Open(blob, blob.Size(), a.File)
	if err != nil {
		return nil, err
	}
	name := s.run.Name + "/" + strconv.FormatInt(s.next.Add(1), 10)
	if err := s.root.MkdirAll(name+"/files", 0o755); err != nil {
		return nil, err
	}
	root, err := s.root.OpenRoot(name + "/files")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	contents, err := w.Unpack(ctx, root)
	if err != nil {
		return nil, err
	}
	e := &entry{filepath.Join(s.dir, filepath.FromSlash(name), "files"), contents, name, sha}
	return e, s.root.WriteFile(name+"/index", formatIndex(contents), 0o644)
}

// settle begins to make durable all that was added. publish, which must follow, waits for that; meanwhile files may be taken.
func (s *store) settle(ctx context.Context) {
	if s.run == nil {
		return
	}
	s.settled = make(chan error, 1)
	go func() {
		err := s.flushes.Wait()
		if err == nil {
			err = durable.SyncTree(ctx, s.root, s.run.Name)
		}
		s.settled <- err
	}()
}

// publish gives what was added its names, where it is to be settled. An entry that another process published meanwhile is used from here all the same.
func (s *store) publish(wheels []*incoming) error {
	if s.settled == nil {
		return nil
	}
	if err := <-s.settled; err != nil {
		return err
	}
	for _, e := range wheels {
		if e.fresh == "" {
			continue
		}
		if err := s.root.Mkdir(e.sha256[:2], 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := s.root.Rename(e.fresh, place(e.sha256)); err != nil {
			if _, serr := s.root.Lstat(place(e.sha256)); serr != nil {
				return err
			}
		}
	}
	return nil
}

// sum hashes a blob whose index gave no sha256.
func sum(b dist.Blob) (string, error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(b, 0, b.Size())); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// fetch brings and unpacks a wheel that the store does not have, as far as its sha256 is known.
func (s *store) fetch(ctx context.Context, f dist.FetcherFunc, a dist.Artifact) (*entry, error) {
	sha := strings.ToLower(a.Hashes["sha256"])
	blob, err := f(ctx, a)
	if err != nil {
		return nil, fmt.Errorf("fetch: %w", err)
	}
	defer blob.Close()
	if !digest.IsSHA256(sha) {
		if sha, err = sum(blob); err != nil {
			return nil, err
		}
		if e, ok := s.lookup(sha); ok {
			return e, nil
		}
	}
	return s.add(ctx, a, blob, sha)
}

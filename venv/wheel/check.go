package wheel

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

var (
	// ErrNoRecord says that an installed distribution has no RECORD, so that its files are not known.
	ErrNoRecord = errors.New("no RECORD")
	// ErrMissing says that a file of RECORD is not there.
	ErrMissing = errors.New("missing")
	// ErrChanged says that a file is not what RECORD says.
	ErrChanged = errors.New("changed")
)

// FileError says what is wrong with an installed file; Err is or wraps ErrNoRecord, ErrMissing, ErrChanged, or a reading error.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *FileError) Unwrap() error { return e.Err }

// Check compares an installed distribution with its RECORD and lists every file that is missing or differs, as a *FileError each, sorted
// by path. What lies outside the root (Outside) is not looked at, and bytecode may be missing: Python makes it again. When ctx ends,
// its error is the only one.
func (in *Installed) Check(ctx context.Context, root fs.FS) []error {
	if in.Record == nil {
		return []error{&FileError{in.DistInfo + "/RECORD", ErrNoRecord}}
	}
	errs := make([]error, len(in.Record))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range in.Record {
		group.Go(func() error {
			if name, ok := inside(e.Path); ok && ctx.Err() == nil {
				errs[i] = checkFile(root, name, e)
			}
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return []error{err}
	}
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	slices.SortStableFunc(errs, func(a, b error) int { return cmp.Compare(a.(*FileError).Path, b.(*FileError).Path) })
	return errs
}

func checkFile(root fs.FS, name string, e RecordEntry) error {
	fail := func(err error) error { return &FileError{name, err} }
	f, err := root.Open(name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && e.Hash == "" && strings.HasSuffix(name, ".pyc"):
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return fail(ErrMissing)
	case err != nil:
		return fail(err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return fail(err)
	}
	if !st.Mode().IsRegular() {
		return fail(fmt.Errorf("%w: no regular file", ErrChanged))
	}
	if e.Size >= 0 && st.Size() != e.Size {
		return fail(fmt.Errorf("%w: %d bytes, RECORD says %d", ErrChanged, st.Size(), e.Size))
	}
	if e.Hash == "" {
		return nil
	}
	newHash, want, err := parseHash(e.Hash)
	if err != nil {
		return fail(fmt.Errorf("RECORD: %w", err))
	}
	sum := newHash()
	if err := consume(f, []hash.Hash{sum}); err != nil {
		return fail(err)
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return fail(fmt.Errorf("%w: its hash is another than RECORD's", ErrChanged))
	}
	return nil
}

package supervise

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// mark is where a log ended at some moment.
type mark struct {
	Path   string           `json:"path"`
	File   durable.Identity `json:"id"` // zero: the file was not there
	Offset int64            `json:"offset,omitempty"`
}

// note is what a starter remembers of a start. Without a pid the start was not finished: a plain process, if there is one, is found by After and Argv.
type note struct {
	Argv  []string `json:"argv"`
	After uint64   `json:"after"` // clock ticks since boot
	Marks []mark   `json:"marks,omitempty"`
	PID   int      `json:"pid,omitempty"`
	Start uint64   `json:"start,omitempty"`
}

func markOf(path string) mark {
	m := mark{Path: path}
	if st, err := os.Stat(path); err == nil && st.Mode().IsRegular() {
		m.File, m.Offset = durable.IdentityOf(st), st.Size()
	}
	return m
}

func marksOf(paths []string) []mark {
	var all []mark
	for _, p := range paths {
		all = append(all, markOf(p))
	}
	return all
}

// since reads what was written to the logs after their marks, up to where they end now.
func since(marks []mark) (io.ReadCloser, error) {
	var all logs
	for _, m := range marks {
		if err := all.add(m); err != nil {
			return nil, errors.Join(err, all.Close())
		}
	}
	var readers []io.Reader
	for _, f := range all.files {
		readers = append(readers, f)
	}
	all.Reader = io.MultiReader(readers...)
	return &all, nil
}

type logs struct {
	io.Reader
	files []*os.File
}

// Close closes the files.
func (l *logs) Close() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// add opens a log behind its mark. Where another file has its name now, it was rotated: the marked file, if it still lies beside it, comes first, then the new one from its begin. A file that is
// shorter than its mark was truncated in place. Links are not followed, as the folder may belong to the service's user.
func (l *logs) add(m mark) error {
	f, err := openRegular(m.Path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !m.File.IsZero() && (f == nil || !m.same(f)) {
		l.addRotated(m)
	}
	if f == nil {
		return nil
	}
	l.files = append(l.files, f)
	return m.seek(f)
}

func (l *logs) addRotated(m mark) {
	dir, base := filepath.Split(m.Path)
	beside, _ := os.ReadDir(dir)
	for _, e := range beside {
		if !strings.HasPrefix(e.Name(), base) || e.Name() == base || !e.Type().IsRegular() {
			continue
		}
		f, err := openRegular(filepath.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		if m.same(f) && m.seek(f) == nil {
			l.files = append(l.files, f)
			return
		}
		f.Close()
	}
}

// same compares the number of the file alone, as that of the volume holds for one boot and the folder is the same.
func (m mark) same(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && durable.IdentityOf(st).File == m.File.File
}

func (m mark) seek(f *os.File) error {
	st, err := f.Stat()
	if err != nil || !m.same(f) || st.Size() < m.Offset {
		return err
	}
	_, err = f.Seek(m.Offset, io.SeekStart)
	return err
}

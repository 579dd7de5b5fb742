package openstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// restore replaces the file by one rename. A journal beside it would be applied to the new one, so the old one is settled first, which nobody else may have open.
func (e *sqlite) restore(ctx context.Context, path string) error {
	st, err := os.Stat(e.path)
	if err != nil {
		return err
	}
	target, err := filepath.EvalSymlinks(e.path)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(target))
	if err != nil {
		return err
	}
	defer root.Close()
	t, err := durable.Create(root, filepath.Base(target), 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(copyInto(t.File, path), dressLike(t.File, st))
	if err == nil {
		err = e.alone(ctx, target)
	}
	if err != nil {
		return errors.Join(err, t.Discard())
	}
	for _, suffix := range []string{"-journal", "-wal", "-shm"} {
		if err := root.Remove(filepath.Base(target) + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(err, t.Discard())
		}
	}
	return t.Commit()
}

func copyInto(f *os.File, path string) error {
	src, err := os.Open(path)
	if err != nil {
		return err
	}
	defer src.Close()
	_, err = io.Copy(f, src)
	return err
}

// alone makes sure that nobody has the database open, and that it has no journal. A file that is no sound database any more has none that counts.
func (e *sqlite) alone(ctx context.Context, target string) error {
	if pids := openedBy(target); len(pids) > 0 {
		return fmt.Errorf("%s is open in processes %v: %w", e.path, pids, ErrInUse)
	}
	err := e.script(ctx, nil, nil, "settle", e.path)
	var failed *CommandError
	switch {
	case err == nil || ctx.Err() != nil || !errors.As(err, &failed) || failed.Code < 0:
		return err
	case strings.Contains(failed.Text, "locked"):
		return fmt.Errorf("%s is locked: %w", e.path, ErrInUse)
	case strings.Contains(failed.Text, "DatabaseError"):
		return nil
	}
	return err
}

// openedBy lists the processes that have a file open, as far as this user may see (Linux; none elsewhere). An idle service holds no lock, but would go on writing to the replaced file.
func openedBy(path string) (pids []int) {
	fds, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return nil
	}
	for _, fd := range fds {
		to, err := os.Readlink(fd)
		if err != nil || to != path && to != path+"-wal" && to != path+"-shm" && to != path+"-journal" {
			continue
		}
		pid, err := strconv.Atoi(strings.Split(fd, "/")[2])
		if err == nil && pid != os.Getpid() && (len(pids) == 0 || pids[len(pids)-1] != pid) {
			pids = append(pids, pid)
		}
	}
	return pids
}

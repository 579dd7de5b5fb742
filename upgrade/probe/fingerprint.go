package probe

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"
)

// MaxFiles is how many files Unchanged looks at.
const MaxFiles = 2 << 20

// fingerprints gives kind, permissions and content of everything in folders, by path. Links are not followed, folders themselves apart.
func fingerprints(ctx context.Context, folders, exclude []string) (map[string]string, error) {
	for _, pattern := range exclude {
		if _, err := path.Match(pattern, ""); err != nil {
			return nil, fmt.Errorf("exclude %q: %w", pattern, err)
		}
	}
	h := hashing{all: map[string]string{}}
	g, ctx := errgroup.WithContext(ctx)
	h.group = g
	g.SetLimit(runtime.GOMAXPROCS(0) + 1)
	for _, folder := range folders {
		if err := h.walk(ctx, folder, exclude); err != nil {
			return nil, errors.Join(err, g.Wait())
		}
	}
	return h.all, g.Wait()
}

type hashing struct {
	group *errgroup.Group
	mu    sync.Mutex
	all   map[string]string
	n     int
}

func (h *hashing) walk(ctx context.Context, folder string, exclude []string) error {
	root, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return err
	}
	return filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err == nil:
			err = ctx.Err()
		case name != root && errors.Is(err, fs.ErrNotExist):
			return nil
		}
		if err != nil {
			return err
		}
		if name != root && matches(exclude, d.Name()) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if h.n++; h.n > MaxFiles {
			return fmt.Errorf("%s: more than %d files to look at", folder, MaxFiles)
		}
		return h.one(ctx, name, d)
	})
}

func matches(patterns []string, name string) bool {
	for _, p := range patterns {
		if ok, _ := path.Match(p, name); ok {
			return true
		}
	}
	return false
}

// one gives a file to the group; what vanishes meanwhile is not there.
func (h *hashing) one(ctx context.Context, name string, d fs.DirEntry) error {
	st, err := d.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case st.Mode().IsRegular():
		h.group.Go(func() error {
			sum, err := hashFile(ctx, name)
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			h.put(name, st.Mode().String()+" sha256 "+sum)
			return err
		})
	case st.Mode()&fs.ModeSymlink != 0:
		target, err := os.Readlink(name)
		if err != nil {
			return err
		}
		h.put(name, "link to "+target)
	default:
		h.put(name, st.Mode().String())
	}
	return nil
}

func (h *hashing) put(name, fingerprint string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[asText(name)] = asText(fingerprint)
}

// asText keeps apart, in JSON too, names that are no UTF-8.
func asText(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strconv.QuoteToASCII(s)
}

func hashFile(ctx context.Context, name string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func readPID(name string) (int, error) {
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(b))
	if len(fields) == 0 {
		return 0, nil
	}
	pid, err := strconv.Atoi(fields[0])
	if err != nil || pid <= 0 {
		return 0, fmt.Errorf("%s: holds no process number", name)
	}
	return pid, nil
}

// identity tells a process from a later one of the same number, by its start time in clock ticks since boot (proc(5), field 22); "" where it
// does not run, also where it has ended and nobody has reaped it.
func identity(pid int) (string, error) {
	if pid <= 0 {
		return "", nil
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		if _, noProc := os.Stat("/proc/self/stat"); noProc != nil {
			return "", errors.New("processes are told apart by /proc, which this host has not")
		}
		return "", nil
	}
	// The command's name stands in parentheses and may hold any character.
	fields := strings.Fields(string(b[strings.LastIndexByte(string(b), ')')+1:]))
	const state, start = 0, 19
	if len(fields) <= start || strings.Contains("ZXx", fields[state]) {
		return "", nil
	}
	return fmt.Sprintf("process %d, started at tick %s", pid, fields[start]), nil
}

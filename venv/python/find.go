package python

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

var (
	versionForm = lazy.Regexp{Expr: `^\d{1,3}(\.\d{1,3}){0,2}$`}
	commandForm = lazy.Regexp{Expr: `^python(\d+(\.\d+)?t?)?(\.exe)?$`}
)

// Find gives the interpreter for a request: a path, a name ("python3.9"), or a version ("3", "3.11", "3.11.2": the newest that fits on path). path lists folders
// to look in, in order (the CLI gives PATH's and pyenv's); of two of one version the earlier wins. A free-threaded one is only found by path or
// name, as many wheels are not for it. The error is a *NotFoundError that lists what was found instead; for a path or name that does not run, a *ProbeError.
func Find(ctx context.Context, request string, path []string) (*Interpreter, error) {
	return new(Prober).Find(ctx, request, path)
}

// Find is the package's Find, through what was kept.
func (p *Prober) Find(ctx context.Context, request string, path []string) (*Interpreter, error) {
	if versionForm.MatchString(request) {
		return p.findVersion(ctx, request, path)
	}
	if strings.ContainsRune(request, filepath.Separator) || strings.Contains(request, "/") {
		return p.Probe(ctx, request)
	}
	for _, dir := range path {
		for _, name := range []string{request, request + ".exe"} {
			if file := filepath.Join(dir, name); executable(file) {
				return p.Probe(ctx, file)
			}
		}
	}
	return nil, &NotFoundError{Request: request}
}

func (p *Prober) findVersion(ctx context.Context, request string, path []string) (*Interpreter, error) {
	files := candidates(path)
	found, failed := make([]*Interpreter, len(files)), make([]error, len(files))
	group, gctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for n, file := range files {
		group.Go(func() error {
			found[n], failed[n] = p.Probe(gctx, file)
			return ctx.Err()
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	e := &NotFoundError{Request: request, Failed: slices.DeleteFunc(failed, func(err error) bool { return err == nil })}
	var best *Interpreter
	for _, i := range found {
		switch {
		case i == nil:
		case !fits(i, request):
			e.Found = append(e.Found, i)
		case best == nil || i.Version.Compare(best.Version) > 0:
			best = i
		}
	}
	if best == nil {
		slices.SortStableFunc(e.Found, func(a, b *Interpreter) int {
			return cmp.Or(b.Version.Compare(a.Version), strings.Compare(a.Path, b.Path))
		})
		return nil, e
	}
	return best, nil
}

// fits compares as many numbers as the request has.
func fits(i *Interpreter, request string) bool {
	for n, part := range strings.Split(request, ".") {
		if want, err := strconv.Atoi(part); err != nil || want != i.Version.Release(n) {
			return false
		}
	}
	return i.Implementation == "cpython" && !i.FreeThreaded
}

// candidates lists the interpreters of the folders by their names, each file once: links and scripts that lead to one are one where that can be seen.
func candidates(path []string) (files []string) {
	seen := map[string]bool{}
	for _, dir := range path {
		entries, err := os.ReadDir(dir) // a folder that is not there has none
		if err != nil {
			continue
		}
		for _, e := range entries {
			file := filepath.Join(dir, e.Name())
			if !commandForm.MatchString(e.Name()) || !executable(file) {
				continue
			}
			real, err := filepath.EvalSymlinks(file)
			if err != nil || seen[real] {
				continue
			}
			seen[real] = true
			files = append(files, file)
		}
	}
	return files
}

func executable(file string) bool {
	st, err := os.Stat(file)
	return err == nil && st.Mode().IsRegular() && (st.Mode()&0o111 != 0 || runtime.GOOS == "windows")
}

package venv

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

//go:embed compile.py
var compileProgram string

// share is how many modules one process of the compiler takes at least.
const share = 100

// source is a module to compile.
type source struct {
	in *incoming
	to string // slash path below the root
}

// bytecode is where PEP 3147 has it.
func (s source) bytecode(cacheTag string) string {
	stem := strings.TrimSuffix(path.Base(s.to), ".py")
	return path.Join(path.Dir(s.to), "__pycache__", stem+"."+cacheTag+".pyc")
}

// compile makes bytecode in the staging tree by the environment's own interpreter, with the names that modules will have, and lists it in RECORD without hash, as pip does. It is tied to
// its source as py_compile does by default: by time and size, or where SOURCE_DATE_EPOCH is set by hash (PEP 552).
func (a *application) compile(ctx context.Context, wheels []*incoming) error {
	var sources []source
	for _, in := range wheels {
		for _, p := range in.files {
			if strings.HasSuffix(p.To, ".py") {
				sources = append(sources, source{in, p.To})
			}
		}
	}
	if len(sources) == 0 {
		return nil
	}
	processes := min(runtime.GOMAXPROCS(0), 1+len(sources)/share)
	group, gctx := errgroup.WithContext(ctx)
	for n := range processes {
		group.Go(func() error { return a.compileShare(gctx, sources, n, processes) })
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, s := range sources {
		name := s.bytecode(a.env.Python.CacheTag)
		_, err := os.Lstat(a.staged(name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		s.in.lines = append(s.in.lines, wheel.RecordEntry{Path: wheel.Relative(s.in.library, name), Size: -1})
	}
	return nil
}

// compileShare compiles every step-th source from first on.
func (a *application) compileShare(ctx context.Context, sources []source, first, step int) error {
	var list bytes.Buffer
	for i := first; i < len(sources); i += step {
		fmt.Fprintf(&list, "%s\x00%s\n", a.staged(sources[i].to), filepath.Join(a.env.Root, filepath.FromSlash(sources[i].to)))
	}
	cmd := exec.CommandContext(ctx, a.env.Python.Path, "-I", "-S", "-c", compileProgram)
	cmd.Stdin, cmd.WaitDelay = &list, time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile bytecode: %w: %.500q", errors.Join(err, ctx.Err()), out)
	}
	return nil
}

package python

import (
	"context"
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// complete finds what the interpreter itself does not tell.
func (i *Interpreter) complete(ctx context.Context) error {
	i.BaseExecutable = i.baseExecutable()
	if arch, ok := strings.CutPrefix(i.PlatformTag, "linux_"); ok {
		if version := musl(ctx, i.Executable); version != "" {
			i.PlatformTag = "musllinux_" + strings.ReplaceAll(version, ".", "_") + "_" + arch
		}
	}
	if i.Supported() != nil {
		return nil
	}
	tags, err := i.tagSet()
	if err != nil {
		return err
	}
	for _, t := range tags.Tags() {
		i.Tags = append(i.Tags, t.String())
	}
	return nil
}

// baseExecutable leads out of a virtual environment whose Python (3.10 and older, away from Windows) takes its own executable for the base: pyvenv.cfg
// names the folder of the true one (PEP 405, "Specification").
func (i *Interpreter) baseExecutable() string {
	base := i.BaseExecutable
	for range 8 { // an environment made from an environment, and so on
		config, err := ReadConfig(filepath.Join(filepath.Dir(filepath.Dir(base)), ConfigName))
		home := config["home"]
		if err != nil || !filepath.IsAbs(home) {
			return base
		}
		next := filepath.Join(home, filepath.Base(base))
		if st, err := os.Stat(next); err != nil || st.IsDir() || next == base {
			return base
		}
		base = next
	}
	return base
}

var muslVersion = lazy.Regexp{Expr: `(?m)^Version (\d{1,2}\.\d{1,2})(\.\d+)*$`}

// musl is the version of the musl that an executable is linked with, "1.2"; "" where it is not. The loader prints it on stderr, as it is
// given nothing to run.
func musl(ctx context.Context, executable string) string {
	loader := loader(executable)
	if !strings.Contains(filepath.Base(loader), "musl") {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, ProbeTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, loader)
	said := &tail{limit: maxStderr}
	cmd.Stderr, cmd.WaitDelay = said, time.Second
	cmd.Run() // its exit code is 1: it has nothing to run
	m := muslVersion.FindStringSubmatch(said.text())
	if m == nil {
		return ""
	}
	return m[1]
}

// loader is an ELF executable's PT_INTERP; "" where it has none.
func loader(executable string) string {
	f, err := elf.Open(executable)
	if err != nil {
		return ""
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			text, err := io.ReadAll(io.LimitReader(p.Open(), 4<<10))
			if err != nil {
				return ""
			}
			return strings.TrimRight(string(text), "\x00")
		}
	}
	return ""
}

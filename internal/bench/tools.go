package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// tools are the programs that are measured.
type tools struct {
	python, pip, uv string // in an environment of their own
	chandlery       string
	self            string // this program
}

// install makes the rivals' environment where it is not there, and builds chandlery.
func install(ctx context.Context, s *site, dir string) error {
	bin, suffix := filepath.Join(dir, "rivals", "bin"), ""
	if runtime.GOOS == "windows" {
		bin, suffix = filepath.Join(dir, "rivals", "Scripts"), ".exe"
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.tools = tools{
		python: filepath.Join(bin, "python"+suffix), pip: filepath.Join(bin, "pip"+suffix), uv: filepath.Join(bin, "uv"+suffix),
		chandlery: filepath.Join(dir, "chandlery"+suffix), self: self,
	}
	if _, err := os.Stat(s.tools.uv); err != nil {
		err := s.quietly(exec.CommandContext(ctx, s.python, "-m", "venv", filepath.Join(dir, "rivals")),
			exec.CommandContext(ctx, s.tools.python, "-m", "pip", "install", "-q", "-U", "pip", "uv"))
		if err != nil {
			return err
		}
	}
	return s.quietly(exec.CommandContext(ctx, "go", "build", "-o", s.tools.chandlery, "github.com/chandlery-go/chandlery/examples/chandlery"))
}

// pipIndex asks pip which index it is configured with.
const pipIndex = `from pip._internal.commands import create_command
print(create_command("download").parse_args([])[0].index_url)`

// configured is the address of the index that pip asks on this machine.
func (s *site) configured() (string, error) {
	out, err := s.output(exec.CommandContext(s.ctx, s.tools.python, "-c", pipIndex))
	return strings.TrimSpace(out), err
}

// versions tells what is compared, and on what.
func (s *site) versions() (string, error) {
	uv, err := s.output(exec.CommandContext(s.ctx, s.tools.uv, "--version"))
	if err != nil {
		return "", err
	}
	python, err := s.output(exec.CommandContext(s.ctx, s.python, "--version"))
	if err != nil {
		return "", err
	}
	uv, _, _ = strings.Cut(uv, " (")
	return fmt.Sprintf("%s, %s, %s, %s/%s, %d processors", strings.TrimSpace(uv), strings.TrimSpace(python), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU()), nil
}

// load is how many processes wanted a processor in the last minute, where the system tells; a table that was taken beside other work shows it.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	one, _, _ := strings.Cut(string(b), " ")
	return one
}

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// module begins the import paths of all modules of the workspace.
const module = "github.com/chandlery-go/chandlery"

// instrumented are the packages whose branches guide the fuzzer: ours, and the parsers of others that ours stand on.
var instrumented = []string{module + "/...", "github.com/pelletier/go-toml/v2/...", "go.yaml.in/yaml/v3/..."}

// first are the packages whose targets come first: they read what indexes and publishers serve, then what a user's files say.
var first = []string{
	"resolve/pep440", "resolve/pep508", "resolve/dist", "resolve/tag", "resolve/index", "internal/archive", "internal/inflate", "venv/wheel",
	"upgrade/release", "resolve/pylock", "resolve/internal/toml", "resolve/pyproject",
}

// target is a fuzz test.
type target struct {
	Package string // below the module
	Name    string
	Dir     string
	path    string // import path
	cache   string // where new inputs are kept
}

// list is every fuzz target of the workspace, in the order in which they run. It reads the sources, so that nothing is compiled which does not run.
func list(ctx context.Context, stderr io.Writer) ([]target, error) {
	listed, err := output(ctx, stderr, "go", "list", "-f", "{{.ImportPath}}\t{{.Dir}}{{range .TestGoFiles}}\t{{.}}{{end}}{{range .XTestGoFiles}}\t{{.}}{{end}}", module+"/...")
	if err != nil {
		return nil, err
	}
	cache, err := output(ctx, stderr, "go", "env", "GOCACHE")
	if err != nil {
		return nil, err
	}
	var all []target
	for line := range strings.Lines(listed) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		for _, file := range fields[2:] {
			source, err := os.ReadFile(filepath.Join(fields[1], file))
			if err != nil {
				return nil, err
			}
			for _, name := range fuzzTests(string(source)) {
				all = append(all, target{
					Package: strings.TrimPrefix(fields[0], module+"/"), Name: name, Dir: fields[1], path: fields[0],
					cache: filepath.Join(strings.TrimSpace(cache), "fuzz", filepath.FromSlash(fields[0])),
				})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b target) int { return cmp.Compare(a.place(), b.place()) })
	return all, nil
}

var fuzzTest = lazy.Regexp{Expr: `(?m)^func (Fuzz\w*)\(\w+ \*testing\.F\)`}

// fuzzTests are the names of a source's fuzz tests.
func fuzzTests(source string) []string {
	var names []string
	for _, m := range fuzzTest.FindAllStringSubmatch(source, -1) {
		names = append(names, m[1])
	}
	return names
}

// place is a target's in the order.
func (t target) place() int {
	if i := slices.Index(first, t.Package); i >= 0 {
		return i
	}
	return len(first)
}

func output(ctx context.Context, stderr io.Writer, name string, args ...string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &out, stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out.Bytes())
	}
	return out.String(), nil
}

// builder makes a package's test binary once.
type builder struct {
	folder string
	stderr io.Writer
	last   string // the package whose binary is there
}

func (b *builder) build(ctx context.Context, pkg string) (string, error) {
	binary := filepath.Join(b.folder, "fuzz.test")
	if b.last == pkg {
		return binary, nil
	}
	args := []string{"test", "-c", "-o", binary}
	for _, pattern := range instrumented {
		args = append(args, "-gcflags="+pattern+"=-d=libfuzzer")
	}
	if _, err := output(ctx, b.stderr, "go", append(args, pkg)...); err != nil {
		return "", err
	}
	b.last = pkg
	return binary, nil
}

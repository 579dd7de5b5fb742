// Package indexconf finds the package index that the user of this machine chose, as pip and uv would, so that no tool here contacts
// one that nobody chose.
//
// The first of these that names an index wins: the command line; the environment (PIP_INDEX_URL, then UV_DEFAULT_INDEX or UV_INDEX_URL);
// pip's configuration files; uv's; the default of the pip that is installed. An extra index of the same source (PIP_EXTRA_INDEX_URL,
// UV_INDEX, UV_EXTRA_INDEX_URL, extra-index-url) is asked first, as uv does: the first index that knows a project wins, and
// what is private must not be taken from a public one.
package indexconf

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
)

// ErrNone says that nothing names an index.
var ErrNone = errors.New("no package index is configured: give --index URL, or set PIP_INDEX_URL or UV_DEFAULT_INDEX, or write index-url into pip.conf")

// Host is where the choice is looked up: the environment, the files and the programs of a machine.
type Host struct {
	Getenv  func(string) string
	OS      string                                    // as runtime.GOOS
	Home    string                                    // the user's home folder
	Dir     string                                    // the working folder, whose parents may hold a uv.toml
	Read    func(path string) ([]byte, error)         // as os.ReadFile
	Default func(ctx context.Context) (string, error) // the installed pip's default index; nil: there is none
}

// Choice is the indexes in order of precedence, and who named them.
type Choice struct {
	URLs []string // may carry user info
	From string   // "--index", "PIP_INDEX_URL", a file's path, "the installed pip"
	Cert string   // a file of certificate authorities that pip is told to trust; "" where none
}

// Choose finds the indexes; flags are those of the command line.
func Choose(ctx context.Context, flags []string, h Host) (Choice, error) {
	files, err := h.pipFiles()
	if err != nil {
		return Choice{}, err
	}
	cert := first(h.Getenv("PIP_CERT"), files.last("cert"), h.Getenv("REQUESTS_CA_BUNDLE"))
	c, err := h.choose(ctx, flags, files)
	if err != nil {
		return Choice{}, err
	}
	if len(c.URLs) == 0 {
		return Choice{}, ErrNone
	}
	for i, u := range c.URLs {
		if c.URLs[i], err = check(u, c.From); err != nil {
			return Choice{}, err
		}
	}
	c.Cert = cert
	return c, nil
}

func (h Host) choose(ctx context.Context, flags []string, files pipConfig) (Choice, error) {
	if len(flags) > 0 {
		return Choice{URLs: flags, From: "--index"}, nil
	}
	if c, ok := h.environment(); ok {
		return c, nil
	}
	if truth(first(h.Getenv("PIP_NO_INDEX"), files.last("no-index"))) {
		return Choice{}, fmt.Errorf("pip is configured with no-index: %w", ErrNone)
	}
	if u := files.last("index-url"); u != "" {
		return Choice{URLs: with(files.last("extra-index-url"), u), From: files.source("index-url")}, nil
	}
	if c, ok, err := h.uvFiles(); ok || err != nil {
		return c, err
	}
	return h.installed(ctx, files)
}

func (h Host) environment() (Choice, bool) {
	for _, v := range []struct{ name, extra string }{
		{"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"},
		{"UV_DEFAULT_INDEX", "UV_INDEX"},
		{"UV_INDEX_URL", "UV_EXTRA_INDEX_URL"},
	} {
		if u := h.Getenv(v.name); u != "" {
			return Choice{URLs: with(h.Getenv(v.extra), u), From: v.name}, true
		}
	}
	return Choice{}, false
}

// installed asks the pip on this machine for its default; extra indexes that pip is configured with stand before it.
func (h Host) installed(ctx context.Context, files pipConfig) (Choice, error) {
	if h.Default == nil {
		return Choice{}, nil
	}
	u, err := h.Default(ctx)
	if err != nil {
		return Choice{}, fmt.Errorf("%w (the installed pip was asked too: %w)", ErrNone, err)
	}
	return Choice{URLs: with(first(h.Getenv("PIP_EXTRA_INDEX_URL"), files.last("extra-index-url")), u), From: "the installed pip"}, nil
}

// InstalledPip runs Python to read the default index out of pip, the only place that knows it. It is the one use of a Python in this
// program, and only where no index was named.
func InstalledPip(ctx context.Context) (string, error) {
	const program = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
	var failed []error
	for _, python := range []string{"python3", "python"} {
		out, err := exec.CommandContext(ctx, python, "-I", "-c", program).Output()
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
		failed = append(failed, fmt.Errorf("%s: %w", python, err))
	}
	return "", errors.Join(failed...)
}

// with puts extra indexes, separated by white space and perhaps named (name=URL, as uv has it), before the main one.
func with(extra, main string) []string {
	var all []string
	for _, u := range strings.Fields(extra) {
		if name, rest, ok := strings.Cut(u, "="); ok && !strings.ContainsAny(name, ":/?") {
			u = rest
		}
		all = append(all, u)
	}
	return append(all, main)
}

// check accepts an http(s) or file URL, without showing its user info in the error.
func check(s, from string) (string, error) {
	s = strings.TrimSpace(s)
	u, err := url.Parse(s)
	if err != nil {
		return "", fmt.Errorf("%s: the index is no URL", from)
	}
	switch u.Scheme {
	case "http", "https", "file":
		return s, nil
	}
	return "", fmt.Errorf("%s: the index %q must be an http, https or file URL", from, u.Redacted())
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// truth reads a boolean as pip does.
func truth(s string) bool {
	switch strings.ToLower(s) {
	case "1", "y", "yes", "t", "true", "on":
		return true
	}
	return false
}

package indexconf

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// settings is what decides: the command line, or one client with its environment and files together.
type settings struct {
	extra     []Index // before the main one
	main      []Index // one, or none where there is to be none
	byDefault bool    // main is the client's own default
	noIndex   string  // who says that there is to be no index
	links     []string
	linksFrom string
	sources   map[string]string

	offline  bool // this and the rest: of uv's files
	keyring  string
	insecure []string
	proxy    proxies
}

// decide finds who names the indexes; the package's text says in which order they are asked.
func (h Host) decide(ctx context.Context, o Options, p pip) (settings, error) {
	var s settings
	switch {
	case len(o.Indexes) > 0:
		for _, u := range o.Indexes {
			s.main = append(s.main, Index{URL: u, From: "--index"})
		}
		return s, nil
	case p.inEnvironment():
		return h.settle(ctx, p.settings)
	case h.uvInEnvironment():
		return h.settle(ctx, h.uv)
	case p.inFiles():
		return h.settle(ctx, p.settings)
	}
	u, err := h.uv()
	if err != nil || u.named() {
		return h.settle(ctx, func() (settings, error) { return u, err })
	}
	return h.settle(ctx, p.settings)
}

// named reports whether uv's files say where libraries come from.
func (s settings) named() bool {
	return len(s.extra)+len(s.links)+len(s.sources) > 0 || !s.byDefault || s.noIndex != ""
}

// settle puts the installed pip's default where the client has only its own, and takes no-index at its word.
func (h Host) settle(ctx context.Context, read func() (settings, error)) (settings, error) {
	s, err := read()
	switch {
	case err != nil:
		return s, err
	case s.noIndex != "" && len(s.links) == 0:
		return s, fmt.Errorf("%s says no-index, and there is no find-links: %w", s.noIndex, ErrNone)
	case s.noIndex != "":
		s.extra, s.main, s.sources = nil, nil, nil
		return s, nil
	case !s.byDefault:
		return s, nil
	case h.Default == nil:
		return s, ErrNone
	}
	u, err := h.Default(ctx)
	if err != nil {
		return s, fmt.Errorf("%w (the installed pip was asked too: %w)", ErrNone, err)
	}
	s.main = []Index{{URL: u, From: installed}}
	return s, nil
}

// installed is who names an index that nobody configured.
const installed = "the installed pip"

// Pythons are the interpreters that InstalledPip asks, in order.
func Pythons() []string { return []string{"python3", "python"} }

// InstalledPip runs Python to read the default index out of pip, the only place that knows it. It is the one use of a Python in this
// program, and only where no index was named.
func InstalledPip(ctx context.Context) (string, error) {
	const program = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
	var failed []error
	for _, python := range Pythons() {
		out, err := exec.CommandContext(ctx, python, "-I", "-c", program).Output()
		if err == nil {
			return strings.TrimSpace(string(out)), nil
		}
		failed = append(failed, fmt.Errorf("%s: %w", python, err))
	}
	return "", errors.Join(failed...)
}

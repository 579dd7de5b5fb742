package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// site is where contenders work: the tools, the index that all of them ask, and a folder.
type site struct {
	ctx    context.Context
	tools  tools
	on     string // mirror or index
	index  string // address, .../simple
	work   string
	log    io.Writer
	door   *door            // of the mirror; nil on an index
	began  time.Time        // of the last process that was measured
	python string           // interpreter of the environments
	pinned map[string]bool  // the sets whose list and lock are there
	tests  string           // the test program of this folder, once it is built
	inside map[string]usage // what it told and nobody took yet, by name

	discarded int // files and folders
}

// path is a file or folder below the folder of the work.
func (s *site) path(elem ...string) string {
	return filepath.Join(append([]string{s.work}, elem...)...)
}

// fresh is an empty folder.
func (s *site) fresh(elem ...string) (string, error) {
	p := s.path(elem...)
	if err := s.discard(p); err != nil {
		return "", err
	}
	return p, os.MkdirAll(p, 0o755)
}

// discard puts a file or folder out of the way. It is deleted at the end of all: an ext4 without a journal makes new files slowly for a minute after many were deleted.
func (s *site) discard(path string) error {
	s.discarded++
	gone := s.path("discarded", strconv.Itoa(s.discarded))
	err := errors.Join(os.MkdirAll(filepath.Dir(gone), 0o755), os.Rename(path, gone))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// temperature says what a cache holds at the start.
type temperature string

const (
	cold temperature = "cold" // nothing
	warm temperature = "warm" // what the first pass left
)

// cache is the caches that contenders use for a piece of work; each has a folder of its own.
type cache struct {
	work string // "multi5", or a set
	temperature
}

func (s *site) cachePath(of string, c cache) string {
	return s.path("cache", of+"-"+c.work+"-"+string(c.temperature))
}

// cache makes the cache folder of a contender ready: a cold one is emptied.
func (s *site) cache(of string, c cache) error {
	if c.temperature == cold {
		if err := s.discard(s.cachePath(of, c)); err != nil {
			return err
		}
	}
	return os.MkdirAll(s.cachePath(of, c), 0o755)
}

// chandlery is the command built from this tree, with a cache folder and this index.
func (s *site) chandlery(c cache, verb string, args ...string) *exec.Cmd {
	all := append([]string{verb, "-q", "--index", s.index, "--cache", s.cachePath("chandlery", c)}, args...)
	return command(s.ctx, nil, s.tools.chandlery, all...)
}

// uv is uv, with a cache folder and this index, and without its configuration.
func (s *site) uv(c cache, args ...string) *exec.Cmd {
	return s.uvPlain(append(args, "--cache-dir", s.cachePath("uv", c), "--default-index", s.index)...)
}

func (s *site) uvPlain(args ...string) *exec.Cmd {
	return command(s.ctx, []string{"UV_NO_CONFIG=1", "UV_PYTHON_DOWNLOADS=never"}, s.tools.uv, args...)
}

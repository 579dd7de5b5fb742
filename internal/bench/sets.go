package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/chandlery-go/chandlery/upgrade/release"
)

// upperConstraints is the list of the series that cinder.in is of.
const upperConstraints = "upper-constraints/2025.1.txt"

func setBenchmarks(set string) []benchmark {
	const offline, upgrade = "uv sync --offline", "uv --upgrade" // with --upgrade, uv asks whether its pages still hold
	return []benchmark{
		{
			Name:       set + " resolve, cold",
			Contenders: []contender{resolveSet(set, cold), uvResolveSet("uv", set, cold)},
			Limits:     []limit{{Of: "uv", AtMost: 1}, {Of: "uv", AtMost: 1, Peak: true}},
		}, {
			Name:       set + " resolve, warm",
			Contenders: []contender{resolveSet(set, warm), newQuestion(set), uvResolveSet("uv", set, warm), uvResolveSet(upgrade, set, warm, "--upgrade")},
			Limits:     []limit{{Of: "uv", AtMost: 0.5}, {Of: upgrade, AtMost: 0.5}, {Of: "uv", AtMost: 1, Peak: true}},
		}, {
			Name:       set + " install, cold",
			Contenders: []contender{installSet(set, cold, true), uvSync("uv sync", set, cold, true)},
			Limits:     []limit{{Of: "uv sync", AtMost: 1}, {Of: "uv sync", AtMost: 1, Peak: true}},
		}, {
			Name:       set + " install, warm",
			Contenders: []contender{installSet(set, warm, true), uvSync("uv sync", set, warm, true), uvSync(offline, set, warm, true, "--offline")},
			Limits:     []limit{{Of: offline, AtMost: 1}, {Of: offline, AtMost: 1, Peak: true}},
		}, {
			Name:       set + " install, nothing to do",
			Contenders: []contender{installSet(set, warm, false), uvSync("uv sync", set, warm, false)},
			Limits:     []limit{{Of: "uv sync", AtMost: 1}, {Of: "uv sync", AtMost: 1, Peak: true}},
		},
	}
}

// asked is what a set is resolved from: its input, and constraints where it has some.
func (s *site) asked(set string) ([]string, error) {
	in, err := s.input(set + ".in")
	if err != nil || set != "cinder" {
		return []string{in}, err
	}
	b, err := release.Embedded().ReadFile(s.ctx, upperConstraints)
	if err != nil {
		return nil, err
	}
	var kept [][]byte
	for line := range bytes.Lines(b) {
		if !bytes.HasPrefix(line, []byte("cinder=")) {
			kept = append(kept, line)
		}
	}
	constraints, err := s.write("constraints.txt", bytes.Join(kept, nil))
	return []string{in, "-c", constraints}, err
}

// environment makes an empty virtual environment.
func (s *site) environment(dir string) error {
	if err := s.discard(dir); err != nil {
		return err
	}
	return s.quietly(s.uvPlain("venv", "-q", "--python", s.python, dir))
}

// resolveSet resolves for an empty environment.
func resolveSet(set string, t temperature) contender {
	c := contender{
		Name: "chandlery",
		Prepare: func(s *site) error {
			if err := s.environment(s.path("env", "empty")); err != nil {
				return err
			}
			return s.cache("chandlery", cache{set, t})
		},
		Run: func(s *site) (usage, error) {
			asked, err := s.asked(set)
			if err != nil {
				return usage{}, err
			}
			return s.measure(s.chandlery(cache{set, t}, "install", append([]string{"--dry-run", "--env", s.path("env", "empty"), "-r"}, asked...)...))
		},
	}
	return warmed(t, c, c)
}

// newQuestion is a warm resolve of what was never asked before: the pages are there, the answer is not.
func newQuestion(set string) contender {
	c := resolveSet(set, warm)
	c.Name = "chandlery, a new question"
	prepare := c.Prepare
	c.Prepare = func(s *site) error {
		if err := prepare(s); err != nil {
			return err
		}
		return s.forget(filepath.Join(s.cachePath("chandlery", cache{set, warm}), "answers-*"))
	}
	return c
}

// forget puts what the pattern finds out of the way: it finds something.
func (s *site) forget(pattern string) error {
	found, err := filepath.Glob(pattern)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s: there is none", pattern)
	}
	for _, path := range found {
		err = errors.Join(err, s.discard(path))
	}
	return err
}

func uvResolveSet(name, set string, t temperature, flags ...string) contender {
	c := contender{
		Name:    name,
		Prepare: func(s *site) error { return s.cache("uv", cache{set, t}) },
		Run: func(s *site) (usage, error) {
			cmd, err := s.uvPin(cache{set, t}, set, set+"-again", flags...)
			if err != nil {
				return usage{}, err
			}
			return s.measure(cmd)
		},
	}
	return warmed(t, c, c)
}

// uvPin resolves a set to a list of pins.
func (s *site) uvPin(c cache, set, list string, flags ...string) (*exec.Cmd, error) {
	asked, err := s.asked(set)
	if err != nil {
		return nil, err
	}
	out, err := s.unwritten(list + ".txt")
	args := []string{"pip", "compile", "-q", "--no-header", "--no-annotate", "--python", s.python, "-o", out}
	return s.uv(c, slices.Concat(args, flags, asked)...), err
}

// pin makes the list of pins of a set, and chandlery's lock of the same versions, once in a run.
func (s *site) pin(set string) error {
	if s.pinned[set] {
		return nil
	}
	list, err := s.uvPin(cache{set, warm}, set, set)
	if err != nil {
		return err
	}
	if err := s.environment(s.path("env", "locking")); err != nil {
		return err
	}
	err = s.quietly(list,
		s.chandlery(cache{set, warm}, "install", "--env", s.path("env", "locking"), "-r", s.path("inputs", set+".txt"), "--lock", s.lock(set)))
	s.pinned[set] = err == nil
	return err
}

func (s *site) lock(set string) string { return s.path("inputs", "pylock."+set+".toml") }

// installed is the environment that a set is installed into: an empty one, or one that has had it since the round that does not count.
func (s *site) installed(of, set string, empty bool) string {
	if empty {
		return s.path("env", of)
	}
	return s.path("env", of+"-"+set)
}

// ready prepares an install of a set.
func (s *site) ready(of, set string, t temperature, empty bool) error {
	if err := errors.Join(s.pin(set), s.cache(of, cache{set, t})); err != nil {
		return err
	}
	env := s.installed(of, set, empty)
	if _, err := os.Stat(env); err == nil && !empty {
		return nil
	}
	return s.environment(env)
}

// installSet installs a lock. (It says what is to be there exactly, so nothing is resolved, as with uv's sync.)
func installSet(set string, t temperature, empty bool) contender {
	return contender{
		Name:    "chandlery",
		Prepare: func(s *site) error { return s.ready("chandlery", set, t, empty) },
		Run: func(s *site) (usage, error) {
			return s.measure(s.chandlery(cache{set, t}, "install", "--exact", "--env", s.installed("chandlery", set, empty), "--from-lock", s.lock(set)))
		},
	}
}

// uvSync installs a list of pins. Without --offline uv may read pages for that, too.
func uvSync(name, set string, t temperature, empty bool, flags ...string) contender {
	return warmed(t, uvResolveSet("", set, t), contender{
		Name:    name,
		Prepare: func(s *site) error { return s.ready("uv", set, t, empty) },
		Run: func(s *site) (usage, error) {
			args := []string{"pip", "sync", "-q", "--python", s.installed("uv", set, empty), s.path("inputs", set+".txt")}
			return s.measure(s.uv(cache{set, t}, append(args, flags...)...))
		},
	})
}

func venvBenchmark() benchmark {
	gone := func(s *site) error { return s.discard(s.path("env", "new")) }
	return benchmark{
		Name: "venv creation",
		Contenders: []contender{
			{"chandlery", gone, func(s *site) (usage, error) {
				return s.measure(command(s.ctx, nil, s.tools.chandlery, "venv", "-q", "--python", s.python, s.path("env", "new")))
			}},
			{"uv", gone, func(s *site) (usage, error) {
				return s.measure(s.uvPlain("venv", "-q", "--python", s.python, s.path("env", "new")))
			}},
		},
		Limits: []limit{{Of: "uv", AtMost: 1}},
		Where:  noNetwork,
	}
}

package main

import (
	"bytes"
	"os"
	"os/exec"

	"github.com/chandlery-go/chandlery/upgrade/release"
)

// upperConstraints is the list of the series that cinder.in is of.
const upperConstraints = "upper-constraints/2025.1.txt"

func setBenchmarks(set string) []benchmark {
	const offline = "uv sync --offline"
	resolve := func(t temperature, times float64) benchmark {
		return benchmark{
			Name:       set + " resolve, " + string(t),
			Contenders: []contender{resolveSet(set, t), uvResolveSet(set, t)},
			Limits:     []limit{{Of: "uv", AtMost: times}, {Of: "uv", AtMost: 1, Peak: true}},
		}
	}
	return []benchmark{
		resolve(cold, 1), resolve(warm, 0.5),
		{
			Name:       set + " install, cold",
			Contenders: []contender{installSet("chandlery", set, cold, true), uvSync("uv sync", set, cold, true)},
			Limits:     []limit{{Of: "uv sync", AtMost: 1}, {Of: "uv sync", AtMost: 1, Peak: true}},
		}, {
			Name:       set + " install, warm",
			Contenders: []contender{installSet("chandlery", set, warm, true), uvSync("uv sync", set, warm, true), uvSync(offline, set, warm, true, "--offline")},
			Limits:     []limit{{Of: offline, AtMost: 1}, {Of: offline, AtMost: 1, Peak: true}},
		}, {
			Name:       set + " install, nothing to do",
			Contenders: []contender{installSet("chandlery", set, warm, false), uvSync("uv sync", set, warm, false)},
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
func (s *site) environment(name string) error {
	dir := s.path("env", name)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return s.quietly(s.uvPlain("venv", "-q", "--python", s.python, dir))
}

// resolveSet resolves for an empty environment.
func resolveSet(set string, t temperature) contender {
	return warmed(t, contender{
		Name: "chandlery",
		Prepare: func(s *site) error {
			if err := s.environment("empty"); err != nil {
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
	})
}

func uvResolveSet(set string, t temperature) contender {
	return warmed(t, contender{
		Name:    "uv",
		Prepare: func(s *site) error { return s.cache("uv", cache{set, t}) },
		Run: func(s *site) (usage, error) {
			asked, err := s.asked(set)
			if err != nil {
				return usage{}, err
			}
			return s.measure(s.uvPin(cache{set, t}, set+"-again", asked))
		},
	})
}

// uvPin resolves a set to a list of pins.
func (s *site) uvPin(c cache, list string, asked []string) *exec.Cmd {
	return s.uv(c, append([]string{"pip", "compile", "-q", "--upgrade", "--no-header", "--no-annotate", "--python", s.python, "-o", s.path("inputs", list+".txt")}, asked...)...)
}

// pin makes the list of pins of a set, and chandlery's lock of the same versions, once in a run.
func (s *site) pin(set string) error {
	if s.pinned[set] {
		return nil
	}
	asked, err := s.asked(set)
	if err != nil {
		return err
	}
	if err := s.environment("locking"); err != nil {
		return err
	}
	err = s.quietly(s.uvPin(cache{set, warm}, set, asked),
		s.chandlery(cache{set, warm}, "install", "--env", s.path("env", "locking"), "-r", s.path("inputs", set+".txt"), "--lock", s.lock(set)))
	s.pinned[set] = err == nil
	return err
}

func (s *site) lock(set string) string { return s.path("inputs", "pylock."+set+".toml") }

// ready prepares an install of a set: into an empty environment, or into one that has it all.
func (s *site) ready(env, set string, t temperature, of string, empty bool, fill func() *exec.Cmd) error {
	if err := s.pin(set); err != nil {
		return err
	}
	if err := s.cache(of, cache{set, t}); err != nil {
		return err
	}
	if err := s.environment(env); err != nil || empty {
		return err
	}
	return s.quietly(fill())
}

// installSet installs a lock. (It says what is to be there exactly, so nothing is resolved, as with uv's sync.)
func installSet(name, set string, t temperature, empty bool) contender {
	run := func(s *site) *exec.Cmd {
		return s.chandlery(cache{set, t}, "install", "--exact", "--env", s.path("env", "chandlery"), "--from-lock", s.lock(set))
	}
	return contender{
		Name: name,
		Prepare: func(s *site) error {
			return s.ready("chandlery", set, t, "chandlery", empty, func() *exec.Cmd { return run(s) })
		},
		Run: func(s *site) (usage, error) { return s.measure(run(s)) },
	}
}

func uvSync(name, set string, t temperature, empty bool, flags ...string) contender {
	run := func(s *site) *exec.Cmd {
		return s.uv(cache{set, t}, append([]string{"pip", "sync", "-q", "--python", s.path("env", "uv"), s.path("inputs", set+".txt")}, flags...)...)
	}
	return contender{
		Name: name,
		Prepare: func(s *site) error {
			return s.ready("uv", set, t, "uv", empty, func() *exec.Cmd { return run(s) })
		},
		Run: func(s *site) (usage, error) { return s.measure(run(s)) },
	}
}

func venvBenchmark() benchmark {
	gone := func(s *site) error { return os.RemoveAll(s.path("env", "new")) }
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

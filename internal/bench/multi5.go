package main

import (
	"embed"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

//go:embed inputs
var inputs embed.FS

// target is one of multi5's five.
type target struct {
	name   string   // for chandlery
	uv     string   // --python-platform
	python string   // full version
	macos  string   // MACOSX_DEPLOYMENT_TARGET, "" elsewhere
	tags   []string // of the machine
}

var targets = []target{
	{"win32", "i686-pc-windows-msvc", "3.7.4", "", []string{"win32"}},
	{"win64", "x86_64-pc-windows-msvc", "3.7.4", "", []string{"win_amd64"}},
	{"mac64", "x86_64-apple-darwin", "3.7.4", "10.13", []string{"macosx_10_13_x86_64"}},
	{"macarm", "aarch64-apple-darwin", "3.9.18", "11.0", []string{"macosx_11_0_arm64"}},
	{"linux64", "x86_64-manylinux_2_17", "3.9.18", "", []string{"manylinux_2_17_x86_64"}},
}

// oneTarget is what a single target is measured with.
var oneTarget = targets[1:2]

func multi5Benchmarks() []benchmark {
	const five, fetch, whole = "uv, five times", "uv, the wheels alone", "uv, five times, and zipfile"
	published := map[temperature]float64{cold: 3, warm: 1}
	var all []benchmark
	for _, t := range []temperature{cold, warm} {
		all = append(all,
			benchmark{
				Name:       "multi5 resolve, " + string(t),
				Contenders: []contender{resolveFive("chandlery", t, targets), resolveFive("chandlery, one target", t, oneTarget), uvResolve(five, t, targets), uvResolve("uv, one target", t, oneTarget)},
				Limits:     []limit{{Of: five, AtMost: 0.5, On: "mirror"}, {Of: five, AtMost: 0.2, On: "index"}, {Of: "chandlery, one target", AtMost: 1.3, On: "mirror"}, {Of: five, AtMost: 1, Peak: true}},
			},
			benchmark{
				Name:       "multi5 publish, " + string(t),
				Contenders: []contender{publishFive(t), uvPublish(whole, t), uvFetch(fetch, t)},
				Limits:     []limit{{AtMost: published[t]}, {Of: whole, AtMost: 1, Peak: true}},
				Where:      mirrorOnly,
			})
	}
	return append(all, benchmark{
		Name:       "multi5 publish beside a mere fetch, cold",
		Contenders: []contender{publishFive(cold), uvFetch(fetch, cold)},
		Limits:     []limit{{Of: fetch, AtMost: 1.2}, {Of: fetch, AtMost: 1, Peak: true}},
		Where:      indexOnly,
	})
}

// input writes one of the embedded files below the folder of the work.
func (s *site) input(name string) (string, error) {
	b, err := inputs.ReadFile("inputs/" + name)
	if err != nil {
		return "", err
	}
	return s.write(name, b)
}

func (s *site) write(name string, b []byte) (string, error) {
	path := s.path("inputs", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return path, os.WriteFile(path, b, 0o644)
}

// unwritten is where a list of pins goes. An older one would help uv, so it is put out of the way.
func (s *site) unwritten(name string) (string, error) {
	path := s.path("inputs", name)
	return path, s.discard(path)
}

// requirements are the lines of an input.
func requirements(name string) ([]string, error) {
	b, err := inputs.ReadFile("inputs/" + name)
	return strings.Fields(string(b)), err
}

// What configure writes.
const (
	configFile    = "config.json"
	platformsFile = "platforms.json"
)

// configure writes what chandlery publishes: the requirements for all targets, and the targets as platforms.
func (s *site) configure() error {
	names, err := requirements("multi5.in")
	if err != nil {
		return err
	}
	expected, known := map[string]string{}, map[string]any{}
	for _, t := range targets {
		expected[t.name] = "latest"
		known[t.name] = map[string]any{"python": t.python, "tags": t.tags}
	}
	libraries := map[string]any{}
	for _, name := range names {
		libraries[name] = map[string]any{"expectedVersions": expected}
	}
	return errors.Join(s.writeJSON(configFile, libraries), s.writeJSON(platformsFile, known))
}

func (s *site) writeJSON(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = s.write(name, b)
	return err
}

// multi5 is the caches of this work.
func multi5(t temperature) cache { return cache{"multi5", t} }

// resolveFive resolves for several targets in one process, and writes a list of pins for each.
func resolveFive(name string, t temperature, all []target) contender {
	c := contender{
		Name:    name,
		Prepare: func(s *site) error { return s.cache("chandlery", multi5(t)) },
		Run: func(s *site) (usage, error) {
			in, err := s.input("multi5.in")
			if err != nil {
				return usage{}, err
			}
			args := []string{"-r", in, "--format", "requirements", "-o", s.path("inputs", "own-{platform}.txt")}
			for _, g := range all {
				args = append(args, "--platform", strings.Join(g.tags, ",")+"@"+g.python)
			}
			return s.measure(s.chandlery(multi5(t), "resolve", args...))
		},
	}
	return warmed(t, c, c)
}

// publishFive resolves, fetches, checks and packs for all targets, and releases what came of it, signed.
func publishFive(t temperature) contender {
	return warmed(t, resolveFive("", t, targets), contender{
		Name: "chandlery",
		Prepare: func(s *site) error {
			if err := s.configure(); err != nil {
				return err
			}
			store, err := s.fresh("store")
			if err != nil {
				return err
			}
			if err := s.discard(s.path("store-keys")); err != nil {
				return err
			}
			if err := s.quietly(command(s.ctx, nil, s.tools.chandlery, "keys", "init", "-q", "--store", store)); err != nil {
				return err
			}
			return s.cache("chandlery", multi5(t))
		},
		Run: func(s *site) (usage, error) {
			return s.measure(s.chandlery(multi5(t), "publish", "--config", s.path("inputs", configFile), "--platforms", s.path("inputs", platformsFile), "--store", s.path("store")))
		},
	})
}

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// insideBenchmarks are those of bench_test.go: both sides in one process.
func insideBenchmarks() []benchmark {
	line := func(name, function string, atMost float64) benchmark {
		return benchmark{Name: name, Contenders: []contender{inside("chandlery", function), inside("deps.dev", function)}, Limits: []limit{{AtMost: atMost}}, Where: noNetwork}
	}
	return []benchmark{
		line("solve 1000 × 100, no conflicts", "Solve/conflict=0.00", 0.020),
		line("solve 1000 × 100, 5 % of the requirements narrow", "Solve/conflict=0.05", 0.020),
		line("solve 1000 × 100, 20 % of the requirements narrow", "Solve/conflict=0.20", 0.020),
		line("parse a version", "Parse", 250e-9),
		line("compare two versions", "Compare", 5e-9),
	}
}

// inside is who has the given name in a benchmark of all of them in one process. Who comes first in a round starts it, and everyone takes his figures.
func inside(name, function string) contender {
	figures := function + "/" + name
	return contender{Name: name, Prepare: (*site).buildTests, Run: func(s *site) (usage, error) {
		if _, ok := s.inside[figures]; !ok {
			if err := s.goBench(function); err != nil {
				return usage{}, err
			}
		}
		u, ok := s.inside[figures]
		if !ok {
			return u, fmt.Errorf("no figures came of Benchmark%s", figures)
		}
		delete(s.inside, figures)
		return u, nil
	}}
}

// buildTests builds the test program of this folder, once in a run.
func (s *site) buildTests() error {
	if s.tests != "" {
		return nil
	}
	tests := s.path("bench.test")
	if err := s.quietly(exec.CommandContext(s.ctx, "go", "test", "-c", "-o", tests, "github.com/chandlery-go/chandlery/internal/bench")); err != nil {
		return err
	}
	s.tests = tests
	return nil
}

// benchmarkLine is what a test program prints of one benchmark.
var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op.*?([0-9]+) B/op`)

// goBench notes the figures of everyone in a benchmark.
func (s *site) goBench(function string) error {
	pattern := "^Benchmark" + strings.ReplaceAll(function, "/", "$/^") + "$"
	out, err := s.output(exec.CommandContext(s.ctx, s.tests, "-test.run", "^$", "-test.bench", pattern, "-test.benchmem"))
	found := benchmarkLine.FindAllStringSubmatch(out, -1)
	for _, m := range found {
		ns, err := strconv.ParseFloat(m[2], 64)
		if err != nil {
			return err
		}
		peak, err := strconv.ParseInt(m[3], 10, 64)
		if err != nil {
			return err
		}
		s.inside[m[1]] = usage{Wall: ns / 1e9, Peak: peak}
	}
	var failed *exec.ExitError
	if errors.As(err, &failed) && len(found) > 0 {
		return nil // one side could not do it, which shows in its line
	}
	return err
}

package main

import (
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// insideBenchmarks are those of bench_test.go: both sides in one process.
func insideBenchmarks() []benchmark {
	const ours, rival = "chandlery", "deps.dev"
	line := func(name, function string, limits ...limit) benchmark {
		return benchmark{
			Name:       name,
			Contenders: []contender{inside(ours, function+"/"+ours, function), inside(rival, function+"/"+rival, "")},
			Limits:     limits,
			Where:      noNetwork,
		}
	}
	return []benchmark{
		line("solve 1000 × 100, no conflicts", "Solve/conflict=0.00", limit{AtMost: 0.020}),
		line("solve 1000 × 100, 5 % of the requirements narrow", "Solve/conflict=0.05", limit{AtMost: 0.020}),
		line("solve 1000 × 100, 20 % of the requirements narrow", "Solve/conflict=0.20", limit{AtMost: 0.020}),
		line("parse a version", "Parse", limit{AtMost: 250e-9}),
		line("compare two versions", "Compare", limit{AtMost: 5e-9}),
	}
}

// inside gives the figures of one sub-benchmark. The contender that names a function runs it, for all.
func inside(name, figures, function string) contender {
	c := contender{Name: name, Run: func(s *site) (usage, error) {
		u, ok := s.inside[figures]
		if !ok {
			return u, fmt.Errorf("no figures came of Benchmark%s", figures)
		}
		return u, nil
	}}
	if function != "" {
		c.Prepare = func(s *site) error { return s.goBench(function) }
	}
	return c
}

// benchmarkLine is what `go test -bench -benchmem` prints of one.
var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+([0-9.]+) ns/op.*?([0-9]+) B/op`)

func (s *site) goBench(function string) error {
	maps.DeleteFunc(s.inside, func(name string, _ usage) bool { return strings.HasPrefix(name, function+"/") })
	pattern := "^Benchmark" + strings.ReplaceAll(function, "/", "$/^") + "$"
	out, err := s.output(exec.CommandContext(s.ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchmem", "github.com/chandlery-go/chandlery/internal/bench"))
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

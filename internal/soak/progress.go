package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// progress is what the fuzzer tells every three seconds.
type progress struct {
	baseline   int64 // inputs run that were there before
	executions int64
}

var (
	executed = lazy.Regexp{Expr: `^fuzz: elapsed: \S+, execs: (\d+) \(`}
	baseline = lazy.Regexp{Expr: `^fuzz: elapsed: \S+, (?:gathering baseline coverage|testing seed corpus): (\d+)/\d+ completed`}
	written  = lazy.Regexp{Expr: `Failing input written to (\S+)|seed corpus entry: (\S+)`}
)

// parseProgress reads the last line of that kind.
func parseProgress(s string) (p progress, ok bool) {
	for line := range strings.Lines(s) {
		if m := executed.FindStringSubmatch(line); m != nil {
			if n, err := strconv.ParseInt(m[1], 10, 64); err == nil {
				p, ok = progress{executions: n}, true
			}
		} else if m := baseline.FindStringSubmatch(line); m != nil {
			if n, err := strconv.ParseInt(m[1], 10, 64); err == nil {
				p, ok = progress{baseline: n}, true
			}
		}
	}
	return p, ok
}

const (
	passed  = "passed"
	stopped = "stopped"
)

// verdict is what came of a run: why it was aborted, if it was, how the fuzzer ended, and what that printed.
func verdict(ctx context.Context, aborted string, end error, printed string) string {
	input := ""
	if m := written.FindStringSubmatch(printed); m != nil {
		input = ": " + m[1] + m[2]
	}
	switch {
	case aborted != "":
		return "FAILED, " + aborted + input
	case input != "" || end != nil && ctx.Err() == nil:
		return "FAILED" + input
	case ctx.Err() != nil:
		return stopped
	}
	return passed
}

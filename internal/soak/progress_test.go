package main

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseProgress(t *testing.T) {
	for _, test := range []struct {
		printed string
		want    progress
		ok      bool
	}{
		{"fuzz: elapsed: 3s, execs: 78985 (741/sec), new interesting: 2 (total: 340)\n", progress{executions: 78985}, true},
		{"fuzz: elapsed: 1m3s, execs: 7 (0/sec)\n", progress{executions: 7}, true},
		{"fuzz: elapsed: 3s, execs: 1 (0/sec)\nfuzz: elapsed: 6s, execs: 9 (2/sec)\nPASS\n", progress{executions: 9}, true},
		{"fuzz: elapsed: 0s, gathering baseline coverage: 0/192 completed\n", progress{}, true},
		{"fuzz: elapsed: 3s, gathering baseline coverage: 192/192 completed, now fuzzing with 1 workers\n", progress{baseline: 192}, true},
		{"fuzz: elapsed: 3s, testing seed corpus: 4/9 completed\n", progress{baseline: 4}, true},
		{"fuzz: elapsed: 3s, execs: 99999999999999999999 (0/sec)\n", progress{}, false},
		{"fuzz: elapsed: 3s, minimizing\n", progress{}, false},
		{"fuzz: elapsed: 3s, execs: 12", progress{}, false},
		{"a test prints execs: 5 (\n", progress{}, false},
		{"", progress{}, false},
	} {
		p, ok := parseProgress(test.printed)
		require.Equal(t, test.ok, ok, test.printed)
		require.Equal(t, test.want, p, test.printed)
	}
}

func FuzzParseProgress(f *testing.F) {
	f.Add("fuzz: elapsed: 3s, execs: 78985 (741/sec), new interesting: 2 (total: 340)\n")
	f.Add("fuzz: elapsed: 3s, gathering baseline coverage: 1/192 completed\n")
	f.Fuzz(func(t *testing.T, s string) {
		p, ok := parseProgress(s)
		require.True(t, ok || p == progress{})
		require.False(t, p.executions < 0 || p.baseline < 0 || p.executions > 0 && p.baseline > 0)
	})
}

func TestVerdict(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	exit := errors.New("exit status 1")
	for name, test := range map[string]struct {
		ctx     context.Context
		aborted string
		end     error
		printed string
		want    string
	}{
		"passed":                      {context.Background(), "", nil, "PASS\n", passed},
		"interrupted":                 {ended, "", nil, "fuzz: elapsed: 3s, execs: 7 (0/sec)\nPASS\n", stopped},
		"interrupted, late":           {ended, "", exit, "", stopped},
		"a failure":                   {context.Background(), "", exit, "    Failing input written to testdata/fuzz/FuzzX/0a1b\n", "FAILED: testdata/fuzz/FuzzX/0a1b"},
		"a seed":                      {context.Background(), "", exit, "failure while testing seed corpus entry: FuzzX/0a1b\n", "FAILED: FuzzX/0a1b"},
		"without an input":            {context.Background(), "", exit, "", "FAILED"},
		"a failure, then interrupted": {ended, "", exit, "Failing input written to testdata/fuzz/FuzzX/0a1b\n", "FAILED: testdata/fuzz/FuzzX/0a1b"},
		"aborted":                     {context.Background(), "more than 1 MiB", exit, "", "FAILED, more than 1 MiB"},
	} {
		require.Equal(t, test.want, verdict(test.ctx, test.aborted, test.end, test.printed), name)
	}
}

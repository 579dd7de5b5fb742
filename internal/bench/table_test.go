package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		runs []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{1, 2}, 1.5}, {[]float64{1, 2, 9}, 2}} {
		assert.Equal(t, c.want, median(c.runs))
	}
}

func TestSeconds(t *testing.T) {
	for s, want := range map[float64]string{12.345: "12.3 s", 1: "1 s", 0.0514: "51.4 ms", 2.4e-4: "240 µs", 3.5e-9: "3.5 ns"} {
		assert.Equal(t, want, seconds(s))
	}
}

func TestMemoryText(t *testing.T) {
	for n, want := range map[float64]string{20: "20 B", 1536: "1.5 KiB", 64 << 20: "64 MiB"} {
		assert.Equal(t, want, memoryText(n))
	}
}

// told is a table with a line of each kind.
func told() *table {
	r := &result{Name: "work", Latency: "20ms", Rows: []*row{
		{Name: "chandlery", Runs: []usage{{0.3, 0.5, 64 << 20}, {0.1, 0.4, 32 << 20}, {0.2, 0.6, 48 << 20}}},
		{Name: "uv", Runs: []usage{{0.5, 0.2, 32 << 20}, {0.7, 0.3, 32 << 20}}},
		{Name: "bare", Runs: []usage{{0.1, 0, 0}}},
		{Name: "other", Err: "it fell over"},
	}}
	r.judge("mirror", []limit{{Of: "uv", AtMost: 0.5}, {Of: "uv", AtMost: 0.25}, {AtMost: 0.25}, {Of: "other", AtMost: 1}, {Of: "uv", AtMost: 1, Peak: true}, {AtMost: 9, On: "index"}})
	return &table{On: "a mirror", Tools: "uv 0", Runs: 3, Results: []*result{r}}
}

func TestJudge(t *testing.T) {
	var said []string
	for _, b := range told().Results[0].Limits {
		said = append(said, b.String())
	}
	assert.Equal(t, []string{
		"wall at most 0.5 × uv: 0.33, kept", "wall at most 0.25 × uv: 0.33, MISSED", "wall at most 250 ms: 200 ms, kept", "wall at most 1 × other: no figure, MISSED",
		"peak at most 1 × uv: 1.50, MISSED",
	}, said)
	nothing := &result{Rows: []*row{{Name: "chandlery"}}}
	nothing.judge("index", []limit{{AtMost: 1}})
	assert.False(t, nothing.Limits[0].Kept, "what failed keeps no limit")
}

func TestWrite(t *testing.T) {
	var text, markdown, json bytes.Buffer
	told().writeText(&text)
	told().writeMarkdown(&markdown)
	require.NoError(t, told().writeJSON(&json))
	assert.Regexp(t, `who +runs +wall +least`, text.String())
	assert.Regexp(t, `chandlery +3 +200 ms +100 ms +300 ms +500 ms +48 MiB *\n`, text.String())
	assert.Regexp(t, `uv +2 +600 ms +500 ms +700 ms +250 ms +32 MiB +3\.00 × +5\.00 × +0\.50 ×`, text.String())
	assert.Regexp(t, `bare +1 +100 ms +100 ms +100 ms +0\.50 × +1\.00 × *\n`, text.String())
	assert.Regexp(t, `other +failed`, text.String())
	assert.Contains(t, markdown.String(), "## work (latency 20ms)\n\n| who | runs | wall |")
	assert.Contains(t, markdown.String(), "| uv | 2 | 600 ms | 500 ms | 700 ms | 250 ms | 32 MiB | 3.00 × | 5.00 × | 0.50 × |\n")
	assert.Contains(t, markdown.String(), "\n\n- wall at most 0.5 × uv: 0.33, kept\n- wall at most 0.25")
	assert.Contains(t, json.String(), `"kept": true`)
}

var everything = regexp.MustCompile("")

func TestParseOptions(t *testing.T) {
	o, err := parseOptions([]string{"-tools", "x", "-latency", "0,20", "-only", "^multi5", "-without", "metadata,etags", "-before", "2026-01-31", "-least", "5s"}, &bytes.Buffer{})
	require.NoError(t, err)
	assert.Equal(t, []time.Duration{0, 20 * time.Millisecond}, o.latencies)
	assert.Equal(t, 5*time.Second, o.least)
	assert.Equal(t, lacks{"metadata", "etags"}, o.lacks)
	assert.Equal(t, 31, o.before.Day())
	for _, b := range o.chosen(0) {
		assert.True(t, strings.HasPrefix(b.Name, "multi5"), b.Name)
	}
	for _, wrong := range [][]string{{}, {"-tools", "x", "-on", "moon"}, {"-tools", "x", "-runs", "0"}, {"-tools", "x", "-latency", "y"}, {"-tools", "x", "-without", "air"}, {"-tools", "x", "-only", "("}} {
		_, err := parseOptions(wrong, &bytes.Buffer{})
		assert.Error(t, err, wrong)
	}
}

// TestBenchmarks: the lines are told apart by their names, and every limit is against someone who is there.
func TestBenchmarks(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range benchmarks() {
		assert.False(t, seen[b.Name], b.Name)
		seen[b.Name] = true
		names := map[string]bool{"": true}
		for _, c := range b.Contenders {
			require.NotNil(t, c.Run, b.Name)
			assert.False(t, names[c.Name], c.Name)
			names[c.Name] = true
		}
		for _, l := range b.Limits {
			assert.True(t, names[l.Of], "%s: %s", b.Name, l.Of)
			assert.Positive(t, l.AtMost)
			assert.Contains(t, []string{"", "mirror", "index"}, l.On)
		}
	}
	assert.Greater(t, len(seen), 20)
	for _, b := range (&options{on: "mirror", only: everything}).chosen(1) {
		assert.Contains(t, []place{everywhere, mirrorOnly}, b.Where, "no network: once is enough")
	}
	places := map[place]bool{}
	for _, b := range (&options{on: "index", only: everything}).chosen(0) {
		places[b.Where] = true
	}
	assert.Equal(t, map[place]bool{everywhere: true, indexOnly: true, noNetwork: true}, places)
}

func TestBenchmarkLine(t *testing.T) {
	const out = "goos: linux\nBenchmarkSolve/conflict=0.05/deps.dev-2 \t      10\t 1234567.5 ns/op\t  99 B/op\t 3 allocs/op\nBenchmarkCompare/chandlery   \t1000\t 3.468 ns/op\t 0 B/op\t 0 allocs/op\nPASS\n"
	found := benchmarkLine.FindAllStringSubmatch(out, -1)
	require.Len(t, found, 2)
	assert.Equal(t, []string{"Solve/conflict=0.05/deps.dev", "1234567.5", "99"}, found[0][1:])
	assert.Equal(t, []string{"Compare/chandlery", "3.468", "0"}, found[1][1:])
}

// TestPass: everyone has his turn in every round, another one the first each time; the first round does not count, and what fails is told and keeps no limit.
func TestPass(t *testing.T) {
	var turns []string
	does := func(name string, wall float64, err error) contender {
		return contender{Name: name, Prepare: func(*site) error { return nil }, Run: func(*site) (usage, error) {
			turns = append(turns, name)
			time.Sleep(time.Millisecond)
			return usage{Wall: wall}, err
		}}
	}
	lines := []benchmark{
		{Name: "one", Contenders: []contender{does("a", 1, nil), does("b", 3, nil)}, Limits: []limit{{Of: "b", AtMost: 0.5}}},
		{Name: "two", Contenders: []contender{does("c", 1, errors.New("fell over"))}, Limits: []limit{{AtMost: 2}}, Where: noNetwork},
	}
	s := &site{ctx: t.Context(), on: "mirror"}
	got, o := &table{}, &options{runs: 2, least: time.Millisecond}
	err := s.pass(got, lines, "20ms", o, io.Discard)
	assert.EqualError(t, err, "two, c: fell over")
	assert.Equal(t, strings.Fields("a b c b a c a b c"), turns)
	require.Len(t, got.Results, 2)
	assert.Len(t, got.Results[0].Rows[1].Runs, 2)
	assert.GreaterOrEqual(t, got.Results[0].spent, 4*time.Millisecond)
	assert.True(t, got.Results[0].Limits[0].Kept)
	assert.False(t, got.Results[1].Limits[0].Kept)
	assert.Equal(t, []string{"20ms", ""}, []string{got.Results[0].Latency, got.Results[1].Latency})

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.ctx, got = ctx, &table{}
	assert.ErrorIs(t, s.pass(got, lines, "", o, io.Discard), context.Canceled)
	assert.Len(t, got.Results, 2, "the table is there")
}

// TestWants: a short line is run until its time has come or it has had enough, a long one as often as was asked, and none again that failed.
func TestWants(t *testing.T) {
	for _, c := range []struct {
		runs        int
		least, each time.Duration
		err         error
		want        int
	}{
		{2, 0, 1, nil, 2}, {2, 3, 1, nil, 3}, {2, 3, 9, nil, 2}, {2, 100, 1, nil, most}, {most + 2, 100, 1, nil, most + 2}, {2, 100, 1, io.EOF, 2},
	} {
		r, rounds := &result{Rows: []*row{{}}}, 0
		for r.wants(rounds+1, &options{runs: c.runs, least: c.least}) {
			rounds++
			r.spent += c.each
			r.Rows[0].add(rounds, usage{}, c.err)
		}
		assert.Equal(t, c.want, rounds, "%+v", c)
	}
}

// TestInside: the one who comes first runs the benchmark for all, and figures are taken once.
func TestInside(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	s := &site{ctx: t.Context(), tests: self, inside: map[string]usage{}}
	ours, theirs := inside("chandlery", "Compare"), inside("deps.dev", "Compare")
	for _, c := range []contender{theirs, ours} {
		require.NoError(t, c.Prepare(s), "built already")
		u, err := c.Run(s)
		require.NoError(t, err)
		assert.Positive(t, u.Wall)
	}
	assert.Empty(t, s.inside)
	_, err = inside("nobody", "Compare").Run(s)
	assert.ErrorContains(t, err, "no figures came of BenchmarkCompare/nobody")
}

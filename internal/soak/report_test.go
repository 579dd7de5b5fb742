package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseRow(t *testing.T) {
	r, ok := parseRow("| resolve/tag | FuzzParse | 10000003 | 412 | 93 | passed |\n")
	require.True(t, ok)
	require.Equal(t, row{"resolve/tag", "FuzzParse", 10000003, 412 * time.Second, 93 << 20, passed}, r)
	for _, line := range []string{
		"", "| package | target | executions | seconds | peak MiB | verdict |", "|---|---|---|---|---|---|", "| a | b | -1 | 0 | 0 | passed |", "| a | b | 1 | 0 | 0 |",
		"| a | b | 1 | 0 | 0 | passed | c |", "a | b | 1 | 0 | 0 | passed |", "| a | b | 1 | 99999999999 | 0 | passed |",
	} {
		_, ok := parseRow(line)
		require.False(t, ok, line)
	}
}

func FuzzParseRow(f *testing.F) {
	f.Add("| resolve/tag | FuzzParse | 10000003 | 412 | 93 | passed |\n")
	f.Fuzz(func(t *testing.T, line string) {
		if r, ok := parseRow(line); ok {
			again, ok := parseRow(r.String())
			require.True(t, ok)
			require.Equal(t, r, again)
		}
	})
}

func TestReport(t *testing.T) {
	name := filepath.Join(t.TempDir(), "new", "fuzz.md")
	r, err := openReport(name)
	require.NoError(t, err)
	first := r.row("b", "FuzzB")
	require.Equal(t, row{Package: "b", Target: "FuzzB"}, first)
	first.add(row{Executions: 5, Took: 3 * time.Second, Peak: 7 << 20, Verdict: stopped})
	require.NoError(t, r.put(first))
	first.add(row{Executions: 6, Took: time.Second, Peak: 2 << 20, Verdict: passed})
	require.NoError(t, r.put(first))
	require.NoError(t, r.put(row{Package: "a", Target: "FuzzA", Executions: 4, Verdict: "FAILED: testdata/fuzz/FuzzA/0a1b"}))

	again, err := openReport(name)
	require.NoError(t, err)
	require.Equal(t, []row{{"a", "FuzzA", 4, 0, 0, "FAILED: testdata/fuzz/FuzzA/0a1b"}, {"b", "FuzzB", 11, 4 * time.Second, 7 << 20, passed}}, again.rows)
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Contains(t, string(b), "2 targets, 15 executions.")
}

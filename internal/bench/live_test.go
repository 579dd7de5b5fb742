//go:build live

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRun measures a few lines once, on a mirror of the real index and with the real uv: everyone does his work, and the table tells of it.
func TestRun(t *testing.T) {
	var out, progress bytes.Buffer
	index := os.Getenv("CHANDLERY_INDEX")
	require.NotEmpty(t, index)
	tools := t.TempDir()
	const lines = "^(multi5 resolve, cold|trio resolve, warm|trio install, warm|venv creation|start to first request)$"
	err := run(t.Context(), []string{"-tools", tools, "-index", index, "-runs", "1", "-least", "0", "-json", "-only", lines}, &out, &progress)
	require.NoError(t, err, progress.String())
	var got table
	require.NoError(t, json.Unmarshal(out.Bytes(), &got))
	require.Len(t, got.Results, 5)
	for _, r := range got.Results {
		for _, o := range r.Rows {
			require.Len(t, o.Runs, 1, "%s: %s", r.Name, o.Name)
			assert.Positive(t, o.Runs[0].Wall)
			t.Logf("%s: %s %s", r.Name, o.Name, seconds(o.Runs[0].Wall))
		}
	}
}

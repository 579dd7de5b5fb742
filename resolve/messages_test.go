package resolve_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

var update = flag.Bool("update", false, "write the messages as they are into testdata/messages")

const reportMark = "-- report --\n"

// TestNoSolutionReport compares what a refusal says with testdata/messages: a universe, then the report.
func TestNoSolutionReport(t *testing.T) {
	files, err := filepath.Glob("testdata/messages/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			universe, want, _ := strings.Cut(string(text), reportMark)
			u, err := resolvetest.ParseUniverse(universe)
			require.NoError(t, err)
			_, err = (&resolve.Solver{Index: u.Index}).Resolve(context.Background(), &u.Request)
			var none *resolve.NoSolutionError
			require.ErrorAs(t, err, &none)
			got := strings.Join(none.Report, "\n") + "\n"
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(universe+reportMark+got), 0o644))
			}
			assert.Equal(t, want, got)
			assert.Equal(t, u.Request.Platform.Name, none.Platform)
			tree, err := json.Marshal(none.Proof)
			require.NoError(t, err)
			assert.Contains(t, string(tree), `"text":`)
		})
	}
}

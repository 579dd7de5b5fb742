//go:build live

package truth

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// write writes the report. It names projects, never their versions.
func write(t *testing.T, c *comparison, projects, wheels, environments int, lacking map[pep508.Name]string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "# Real wheels, installed by this library and by pip\n\n")
	fmt.Fprintf(&b, "Written by TestWheels (tag live, -truth.all -truth.report) for what the index had before %s.\n\n", frozen.Format("2006-01-02"))
	fmt.Fprintf(&b, "| what | count |\n|---|---|\n")
	for _, row := range []struct {
		what  string
		count int
	}{
		{"projects asked for", projects}, {"without a wheel for this interpreter", len(lacking)}, {"wheels", wheels}, {"refused by this library", len(c.refused)}, {"declined by pip", len(c.declined)},
		{"environments, each made twice", environments}, {"files that both installed", c.files}, {"files and folders that are the same in kind, mode and bytes", c.equal}, {"lines of RECORDs compared", c.lines},
		{"differences that are not meant", len(c.unmeant)},
	} {
		fmt.Fprintf(&b, "| %s | %d |\n", row.what, row.count)
	}
	fmt.Fprintf(&b, "\n## Differences that are meant\n\n| count | what, and why |\n|---|---|\n")
	for _, why := range slices.Sorted(maps.Keys(c.meant)) {
		fmt.Fprintf(&b, "| %d | %s |\n", c.meant[why], why)
	}
	section(&b, "Differences that are not meant", c.unmeant)
	section(&b, "Wheels that this library refuses", reasons(c.refused))
	section(&b, "Wheels that pip declines", reasons(c.declined))
	var names []string
	for name := range lacking {
		names = append(names, string(name))
	}
	slices.Sort(names)
	section(&b, "Projects without a wheel for this interpreter", []string{strings.Join(names, " ")})
	require.NoError(t, os.WriteFile("report/wheels.md", []byte(b.String()), 0o644))
}

func section(b *strings.Builder, title string, lines []string) {
	fmt.Fprintf(b, "\n## %s\n\n", title)
	if len(lines) == 0 {
		fmt.Fprintln(b, "None.")
	}
	for _, line := range lines {
		fmt.Fprintf(b, "- %s\n", strings.ReplaceAll(line, "\n", " "))
	}
}

func reasons(m map[string]string) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(m)) {
		lines = append(lines, name+": "+m[name])
	}
	return lines
}

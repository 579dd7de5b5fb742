package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStart: a process pays for what all packages that it links make at their start, whatever it is asked for. A regular expression is some fifty allocations.
func TestStart(t *testing.T) {
	const most = 40 // allocations a package
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^$")
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	require.NoError(t, cmd.Run())
	started := regexp.MustCompile(`^init (\S+) @.* (\d+) allocs$`)
	ours := 0
	for lines := bufio.NewScanner(&stderr); lines.Scan(); {
		m := started.FindStringSubmatch(lines.Text())
		if m == nil || !strings.HasPrefix(m[1], "github.com/chandlery-go/chandlery/") {
			continue
		}
		ours++
		allocations, err := strconv.Atoi(m[2])
		require.NoError(t, err)
		assert.LessOrEqual(t, allocations, most, "%s makes what no run may need", m[1])
	}
	require.Greater(t, ours, 10)
}

//go:build oracle

package venv

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var pythons = flag.String("pythons", os.Getenv("CHANDLERY_PYTHONS"), "the interpreters to compare with, with spaces between; none: the first python3 on PATH")

func interpreterNames(t *testing.T) []string {
	names := strings.Fields(*pythons)
	if len(names) == 0 {
		name, err := onPath()
		require.NoError(t, err)
		names = []string{name}
	}
	return names
}

// TestCreateOracle compares every file with what the interpreter's own venv makes at the same place.
func TestCreateOracle(t *testing.T) {
	compared := 0
	for _, name := range interpreterNames(t) {
		i, err := probed(name)
		require.NoError(t, err)
		if i.Supported() != nil || i.Minor() < 7 {
			t.Logf("%s: no environments of %s", name, i.Version)
			continue
		}
		if i.InVenv() && i.Minor() < 11 {
			t.Logf("%s: in an environment, %s takes itself for the base; we lead out of it", name, i.Version)
			continue
		}
		for _, spec := range []Spec{{}, {Copies: true}, {Prompt: `the "new" one's`}, {SystemSitePackages: true}} {
			spec.Python, spec.Root = i, filepath.Join(t.TempDir(), "e nv")
			args := []string{"-m", "venv", "--without-pip"}
			if spec.Copies {
				args = append(args, "--copies")
			}
			if spec.Prompt != "" {
				args = append(args, "--prompt", spec.Prompt)
			}
			if spec.SystemSitePackages {
				args = append(args, "--system-site-packages")
			}
			out, err := exec.CommandContext(t.Context(), i.Executable, append(args, spec.Root)...).CombinedOutput()
			require.NoError(t, err, string(out))
			want := snapshot(t, spec.Root)
			require.NoError(t, os.RemoveAll(spec.Root))
			env, err := new(Builder).Create(t.Context(), spec)
			require.NoError(t, err)
			assert.Empty(t, env.Warnings)
			got := snapshot(t, spec.Root)
			for name := range want {
				assert.True(t, want[name] == got[name], "%s: %s is other", i.Version, name)
			}
			assert.Len(t, got, len(want), i.Version)
			compared++
		}
	}
	require.Positive(t, compared)
	t.Logf("%d environments compared", compared)
}

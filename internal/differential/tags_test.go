//go:build oracle

package differential

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/tag"
)

// platforms are floors, as a target names them.
var platforms = []string{
	"win32", "win_amd64", "win_arm64",
	"macosx_10_9_x86_64", "macosx_10_13_x86_64", "macosx_10_15_x86_64", "macosx_10_4_x86_64", "macosx_10_16_x86_64", "macosx_11_0_x86_64", "macosx_14_0_x86_64",
	"macosx_11_0_arm64", "macosx_12_0_arm64", "macosx_14_0_arm64", "macosx_26_0_arm64",
	"manylinux_2_5_x86_64", "manylinux_2_17_x86_64", "manylinux_2_28_x86_64", "manylinux_2_39_x86_64", "manylinux_2_12_i686", "manylinux_2_17_i686",
	"manylinux_2_17_aarch64", "manylinux_2_28_aarch64", "manylinux_2_17_armv7l", "manylinux_2_31_armv7l", "manylinux_2_17_ppc64le", "manylinux_2_17_s390x",
	"manylinux_2_31_riscv64", "manylinux_2_39_riscv64", "musllinux_1_0_x86_64", "musllinux_1_2_x86_64", "musllinux_1_1_aarch64", "musllinux_1_2_i686",
}

var pythons = []tag.Python{
	{Major: 3, Minor: 7}, {Major: 3, Minor: 8}, {Major: 3, Minor: 9}, {Major: 3, Minor: 10}, {Major: 3, Minor: 11}, {Major: 3, Minor: 12},
	{Major: 3, Minor: 13}, {Major: 3, Minor: 13, FreeThreaded: true}, {Major: 3, Minor: 14}, {Major: 3, Minor: 15}, {Major: 3, Minor: 15, FreeThreaded: true},
}

// targets are every interpreter on every platform.
func targets() []target {
	var out []target
	for _, py := range pythons {
		for _, platform := range platforms {
			out = append(out, target{py, platform})
		}
	}
	return out
}

// compareTagLists compares whole lists, order included.
func compareTagLists(t *testing.T, theirs [][]string) {
	tags := 0
	for i, target := range targets() {
		t.Run(target.String(), func(t *testing.T) { target.compare(t, theirs[i]) })
		tags += len(theirs[i])
	}
	t.Logf("%d tags in %d lists: %d platforms, %d interpreters", tags, len(theirs), len(platforms), len(pythons))
}

type target struct {
	python   tag.Python
	platform string
}

func (x target) question() question {
	return question{"tags", []string{strconv.Itoa(x.python.Major), strconv.Itoa(x.python.Minor), x.flag(), x.platform}}
}

func (x target) String() string {
	return fmt.Sprintf("cp%d%d%s-%s", x.python.Major, x.python.Minor, x.flag(), x.platform)
}

// flag is t for a free-threaded interpreter.
func (x target) flag() string {
	if x.python.FreeThreaded {
		return "t"
	}
	return ""
}

func (x target) compare(t *testing.T, theirs []string) {
	set, err := tag.CPython(x.python, x.platform)
	require.NoError(t, err)
	var ours []string
	for _, tag := range set.Tags() {
		ours = append(ours, tag.String())
	}
	if slices.Equal(ours, theirs) {
		return
	}
	for i := range min(len(ours), len(theirs)) {
		if ours[i] != theirs[i] {
			t.Fatalf("place %d: ours %s, theirs %s (%d and %d tags)", i, ours[i], theirs[i], len(ours), len(theirs))
		}
	}
	t.Fatalf("%d tags, theirs %d", len(ours), len(theirs))
}

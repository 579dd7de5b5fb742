package tag

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCPythonList has whole lists, as packaging 26.3 orders them.
func TestCPythonList(t *testing.T) {
	for _, test := range []struct {
		name     string
		python   Python
		platform string
		want     string
	}{
		{"trap 21: cp37m", Python{Major: 3, Minor: 7}, "win32", "cp37-cp37m-win32 cp37-abi3-win32 cp37-none-win32" +
			" cp36-abi3-win32 cp35-abi3-win32 cp34-abi3-win32 cp33-abi3-win32 cp32-abi3-win32" +
			" py37-none-win32 py3-none-win32 py36-none-win32 py35-none-win32 py34-none-win32 py33-none-win32 py32-none-win32 py31-none-win32 py30-none-win32" +
			" cp37-none-any" +
			" py37-none-any py3-none-any py36-none-any py35-none-any py34-none-any py33-none-any py32-none-any py31-none-any py30-none-any"},
		{"trap 22: order with several platforms", Python{Major: 3, Minor: 3}, "macosx_12_0_universal2", "" +
			"cp33-cp33m-A cp33-cp33m-B cp33-cp33m-C cp33-abi3-A cp33-abi3-B cp33-abi3-C cp33-none-A cp33-none-B cp33-none-C" +
			" cp32-abi3-A cp32-abi3-B cp32-abi3-C" +
			" py33-none-A py33-none-B py33-none-C py3-none-A py3-none-B py3-none-C py32-none-A py32-none-B py32-none-C" +
			" py31-none-A py31-none-B py31-none-C py30-none-A py30-none-B py30-none-C" +
			" cp33-none-any py33-none-any py3-none-any py32-none-any py31-none-any py30-none-any"},
		{"any is for pure Python", Python{Major: 3, Minor: 4}, "any", "cp34-none-any py34-none-any py3-none-any py33-none-any py32-none-any py31-none-any py30-none-any"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := CPython(test.python, test.platform)
			require.NoError(t, err)
			got := s.Tags()
			if test.platform == "macosx_12_0_universal2" {
				got = abbreviate(got)
			}
			assert.Equal(t, test.want, join(got))
		})
	}
}

// abbreviate keeps the first three platforms of a universal2 list, as A, B and C.
func abbreviate(tags []Tag) []Tag {
	short := map[string]string{"macosx_12_0_universal2": "A", "macosx_11_0_universal2": "B", "macosx_10_16_universal2": "C", "any": "any"}
	var out []Tag
	for _, t := range tags {
		if p := short[t.Platform]; p != "" {
			out = append(out, Tag{t.Interpreter, t.ABI, p})
		}
	}
	return out
}

// TestCPythonPlatforms has the platforms of a list, in order.
func TestCPythonPlatforms(t *testing.T) {
	for _, test := range []struct {
		name, platform string
		want           []string
	}{
		{"trap 26: win_amd64 alone", "win_amd64", []string{"win_amd64"}},
		{"trap 26: win_arm64 alone", "win_arm64", []string{"win_arm64"}},
		{"trap 23: formats of x86_64", "macosx_10_5_x86_64", []string{
			"macosx_10_5_x86_64", "macosx_10_5_intel", "macosx_10_5_fat64", "macosx_10_5_fat3", "macosx_10_5_universal2", "macosx_10_5_universal",
			"macosx_10_4_x86_64", "macosx_10_4_intel", "macosx_10_4_fat64", "macosx_10_4_fat3", "macosx_10_4_universal2", "macosx_10_4_universal"}},
		{"trap 23: arm64 takes only universal2 of macOS 10", "macosx_11_0_arm64", []string{
			"macosx_11_0_arm64", "macosx_11_0_universal2",
			"macosx_10_16_universal2", "macosx_10_15_universal2", "macosx_10_14_universal2", "macosx_10_13_universal2", "macosx_10_12_universal2", "macosx_10_11_universal2", "macosx_10_10_universal2",
			"macosx_10_9_universal2", "macosx_10_8_universal2", "macosx_10_7_universal2", "macosx_10_6_universal2", "macosx_10_5_universal2", "macosx_10_4_universal2"}},
		{"trap 26: aliases and the floor of x86", "manylinux_2_18_x86_64", []string{
			"linux_x86_64", "manylinux_2_18_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64",
			"manylinux_2_16_x86_64", "manylinux_2_15_x86_64", "manylinux_2_14_x86_64", "manylinux_2_13_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64",
			"manylinux_2_11_x86_64", "manylinux_2_10_x86_64", "manylinux_2_9_x86_64", "manylinux_2_8_x86_64", "manylinux_2_7_x86_64", "manylinux_2_6_x86_64",
			"manylinux_2_5_x86_64", "manylinux1_x86_64"}},
		{"trap 26: the floor of other architectures", "manylinux_2_18_aarch64", []string{"linux_aarch64", "manylinux_2_18_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64"}},
		{"trap 26: a legacy alias as the floor", "manylinux2014_ppc64le", []string{"linux_ppc64le", "manylinux_2_17_ppc64le", "manylinux2014_ppc64le"}},
		{"manylinux1", "manylinux1_i686", []string{"linux_i686", "manylinux_2_5_i686", "manylinux1_i686"}},
		{"trap 26: musllinux descends", "musllinux_1_2_x86_64", []string{"linux_x86_64", "musllinux_1_2_x86_64", "musllinux_1_1_x86_64", "musllinux_1_0_x86_64"}},
		{"an aarch64 machine in 32-bit mode", "musllinux_1_1_armv8l", []string{
			"linux_armv8l", "linux_armv7l", "musllinux_1_1_armv8l", "musllinux_1_0_armv8l", "musllinux_1_1_armv7l", "musllinux_1_0_armv7l"}},
		{"trap 26: linux alone says nothing of a C library", "linux_x86_64", []string{"linux_x86_64"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := CPython(Python{Major: 3, Minor: 9}, test.platform)
			require.NoError(t, err)
			var got []string
			for _, tag := range s.Tags() {
				if tag.Interpreter == "cp39" && tag.ABI == "cp39" {
					got = append(got, tag.Platform)
				}
			}
			assert.Equal(t, test.want, got)
		})
	}
}

const out = -1 // not in the list

// TestCPythonRank asks for the place of one tag; no place is out. The places are those of packaging 26.3.
func TestCPythonRank(t *testing.T) {
	py37, py39, py313 := Python{Major: 3, Minor: 7}, Python{Major: 3, Minor: 9}, Python{Major: 3, Minor: 13}
	py313t := Python{Major: 3, Minor: 13, FreeThreaded: true}
	for _, test := range []struct {
		name     string
		python   Python
		platform string
		tag      string
		want     int
	}{
		{"trap 21: no ABI without m up to 3.7", py37, "win32", "cp37-cp37-win32", out},
		{"trap 21: no m since 3.8", py39, "win32", "cp39-cp39m-win32", out},
		{"trap 22: an older interpreter's own wheel", py39, "win32", "cp37-none-win32", out},
		{"trap 22: an older interpreter's pure wheel", py39, "win32", "cp37-none-any", out},
		{"trap 22: any older Python's pure wheel", py39, "win32", "py37-none-any", 25},
		{"trap 22: the stable ABI of an older one", py39, "win32", "cp37-abi3-win32", 4},
		{"trap 22: the stable ABI begins with 3.2", py39, "win32", "cp31-abi3-win32", out},
		{"trap 22: a newer one", py39, "win32", "cp310-abi3-win32", out},
		{"trap 22: Python 2", py39, "win32", "py2-none-any", out},
		{"trap 22: a pure wheel with a platform", py39, "win32", "py3-none-win32", 11},
		{"trap 23: the floor excludes newer systems", py37, "macosx_10_13_x86_64", "cp37-cp37m-macosx_10_15_x86_64", out},
		{"trap 23: down to older ones", py37, "macosx_10_13_x86_64", "cp37-cp37m-macosx_10_9_x86_64", 24},
		{"trap 23: and no further than 10.4", py37, "macosx_10_13_x86_64", "cp37-cp37m-macosx_10_3_x86_64", out},
		{"trap 23: fat32 was never a format", py37, "macosx_10_13_x86_64", "cp37-cp37m-macosx_10_9_fat32", out},
		{"trap 23: its own", py39, "macosx_11_0_arm64", "cp39-cp39-macosx_11_0_arm64", 0},
		{"trap 23: universal2", py39, "macosx_11_0_arm64", "cp39-cp39-macosx_11_0_universal2", 1},
		{"trap 23: an older universal2", py39, "macosx_11_0_arm64", "cp39-cp39-macosx_10_9_universal2", 9},
		{"trap 23: newer than the floor", py39, "macosx_11_0_arm64", "cp39-cp39-macosx_12_0_arm64", out},
		{"trap 23: x86_64 is no arm64", py39, "macosx_11_0_arm64", "cp39-cp39-macosx_10_9_x86_64", out},
		{"trap 23: minors of 11 never match", py39, "macosx_11_3_arm64", "cp39-cp39-macosx_11_3_arm64", out},
		{"trap 23: minor 0 of 11 does", py39, "macosx_11_3_arm64", "cp39-cp39-macosx_11_0_arm64", 0},
		{"trap 23: 10.16 on Big Sur", py39, "macosx_11_0_x86_64", "cp39-cp39-macosx_10_16_x86_64", 6},
		{"trap 23: the year's number", py313, "macosx_26_0_arm64", "cp313-cp313-macosx_26_0_arm64", 0},
		{"trap 23: 16 to 25 are what older builds are told", py313, "macosx_26_0_arm64", "cp313-cp313-macosx_16_0_arm64", 20},
		{"trap 23: 15 comes after", py313, "macosx_26_0_arm64", "cp313-cp313-macosx_15_0_arm64", 22},
		{"trap 24: CPython 3.9 on Big Sur, no ABI", py39, "macosx_11_0_arm64", "cp39-none-macosx_10_9_universal2", 39},
		{"trap 26: free-threaded", py313t, "win_amd64", "cp313-cp313t-win_amd64", 0},
		{"trap 26: free-threaded takes no ordinary ABI", py313t, "win_amd64", "cp313-cp313-win_amd64", out},
		{"trap 26: free-threaded takes no abi3", py313t, "win_amd64", "cp39-abi3-win_amd64", out},
		{"trap 26: free-threaded takes abi3t", py313t, "win_amd64", "cp39-abi3t-win_amd64", 6},
		{"trap 26: ordinary takes no abi3t", py313, "win_amd64", "cp39-abi3t-win_amd64", out},
		{"trap 26: free-threaded takes pure wheels", py313t, "win_amd64", "py3-none-any", 31},
		{"trap 26: win_arm64 is not win_amd64", py313, "win_arm64", "cp313-cp313-win_amd64", out},
		{"trap 26: win32 is not win_amd64", py313, "win_amd64", "cp313-cp313-win32", out},
		{"trap 26: linux comes first", py39, "manylinux_2_17_x86_64", "cp39-cp39-linux_x86_64", 0},
		{"trap 26: newer glibc than the floor", py39, "manylinux_2_17_x86_64", "cp39-cp39-manylinux_2_28_x86_64", out},
		{"trap 26: alias after its name", py39, "manylinux_2_17_x86_64", "cp39-cp39-manylinux2014_x86_64", 2},
		{"trap 26: glibc is not musl", py39, "manylinux_2_17_x86_64", "cp39-cp39-musllinux_1_1_x86_64", out},
		{"any takes no platform", py39, "any", "py3-none-win32", out},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := CPython(test.python, test.platform)
			require.NoError(t, err)
			tags, err := Parse(test.tag)
			require.NoError(t, err)
			rank, ok := s.Rank(tags)
			if !ok {
				rank = out
			}
			assert.Equal(t, test.want, rank)
		})
	}
}

// TestCPythonSizes has the lengths of packaging's lists.
func TestCPythonSizes(t *testing.T) {
	for _, test := range []struct {
		minor    int
		platform string
		want     int
	}{
		{7, "win32", 27},
		{7, "macosx_10_9_x86_64", 622},
		{7, "macosx_10_13_x86_64", 1030},
		{7, "macosx_10_15_x86_64", 1234},
		{9, "macosx_11_0_arm64", 327},
		{9, "macosx_11_0_x86_64", 1776},
		{9, "manylinux_2_17_x86_64", 369},
	} {
		s, err := CPython(Python{Major: 3, Minor: test.minor}, test.platform)
		require.NoError(t, err)
		assert.Len(t, s.Tags(), test.want, "3.%d on %s", test.minor, test.platform)
	}
}

func TestCPythonErrors(t *testing.T) {
	py39 := Python{Major: 3, Minor: 9}
	for _, test := range []struct {
		python   Python
		platform string
		want     string
	}{
		{Python{}, "win32", "only CPython 3.3 to 3.99"},
		{Python{Major: 2, Minor: 7}, "win32", "CPython 2.7 on platform \"win32\": only CPython 3.3 to 3.99"},
		{Python{Major: 3, Minor: 2}, "win32", "only CPython 3.3 to 3.99"},
		{Python{Major: 3, Minor: 100}, "win32", "only CPython 3.3 to 3.99"},
		{Python{Major: 4}, "win32", "only CPython 3.3 to 3.99"},
		{Python{Major: 3, Minor: 12, FreeThreaded: true}, "win32", "begins with 3.13"},
		{py39, "", "known are win32, win_amd64"},
		{py39, "win64", "known are win32, win_amd64"},
		{py39, "manylinux2014_arm", `unknown architecture "arm"; known here are x86_64`},
		{py39, "macosx_10_15_arm64", "begins with macosx_11_0_arm64"},
	} {
		_, err := CPython(test.python, test.platform)
		var target *TargetError
		if assert.ErrorAs(t, err, &target) {
			assert.ErrorContains(t, err, test.want)
			assert.Equal(t, test.python, target.Python)
			assert.Equal(t, test.platform, target.Platform)
		}
	}
}

func BenchmarkCPython(b *testing.B) {
	for _, platform := range []string{"win32", "manylinux_2_17_x86_64", "macosx_11_0_x86_64"} {
		b.Run(platform, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := CPython(Python{Major: 3, Minor: 9}, platform); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

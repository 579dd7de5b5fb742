package platform

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for tag, want := range map[string]Platform{
		"any":                        {},
		"win32":                      {OS: Windows, Arch: "x86"},
		"win_amd64":                  {OS: Windows, Arch: "amd64"},
		"win_arm64":                  {OS: Windows, Arch: "arm64"},
		"macosx_10_13_x86_64":        {OS: MacOS, Major: 10, Minor: 13, Arch: "x86_64"},
		"macosx_11_0_arm64":          {OS: MacOS, Major: 11, Arch: "arm64"},
		"macosx_26_0_universal2":     {OS: MacOS, Major: 26, Arch: "universal2"},
		"macosx_10_6_intel":          {OS: MacOS, Major: 10, Minor: 6, Arch: "intel"},
		"linux_x86_64":               {OS: Linux, Arch: "x86_64"},
		"manylinux1_i686":            {OS: Linux, Libc: Glibc, Major: 2, Minor: 5, Arch: "i686"},
		"manylinux2010_x86_64":       {OS: Linux, Libc: Glibc, Major: 2, Minor: 12, Arch: "x86_64"},
		"manylinux2014_aarch64":      {OS: Linux, Libc: Glibc, Major: 2, Minor: 17, Arch: "aarch64"},
		"manylinux_2_39_riscv64":     {OS: Linux, Libc: Glibc, Major: 2, Minor: 39, Arch: "riscv64"},
		"musllinux_1_2_armv7l":       {OS: Linux, Libc: Musl, Major: 1, Minor: 2, Arch: "armv7l"},
		"manylinux_2_5_x86_64":       {OS: Linux, Libc: Glibc, Major: 2, Minor: 5, Arch: "x86_64"},
		"musllinux_1_0_s390x":        {OS: Linux, Libc: Musl, Major: 1, Arch: "s390x"},
		"manylinux_2_17_ppc64le":     {OS: Linux, Libc: Glibc, Major: 2, Minor: 17, Arch: "ppc64le"},
		"macosx_10_9_i386":           {OS: MacOS, Major: 10, Minor: 9, Arch: "i386"},
		"manylinux_2_17_armv8l":      {OS: Linux, Libc: Glibc, Major: 2, Minor: 17, Arch: "armv8l"},
		"manylinux_2_36_loongarch64": {OS: Linux, Libc: Glibc, Major: 2, Minor: 36, Arch: "loongarch64"},
	} {
		got, err := Parse(tag)
		require.NoError(t, err, tag)
		assert.Equal(t, want, got, tag)
	}
}

func TestParseErrors(t *testing.T) {
	for tag, reason := range map[string]string{
		"":                           "unknown platform tag",
		"WIN32":                      "unknown platform tag",
		"win_x86":                    "unknown platform tag",
		"linux":                      `unknown architecture ""`,
		"linux_z80":                  `unknown architecture "z80"`,
		"macosx_11_0":                `unknown architecture ""`,
		"macosx-11.0-arm64":          "unknown platform tag",
		"macosx_9_0_x86_64":          "unknown platform tag",
		"macosx_10_15_arm64":         "begins with macosx_11_0_arm64",
		"macosx_10_3_x86_64":         "begins with macosx_10_4",
		"macosx_12_0_intel":          "use macosx_12_0_x86_64",
		"macosx_011_0_arm64":         "unknown platform tag",
		"macosx_11_00_arm64":         "unknown platform tag",
		"macosx_11_1000_arm64":       "unknown platform tag",
		"macosx_11_-1_arm64":         "unknown platform tag",
		"manylinux_3_0_x86_64":       "unknown platform tag",
		"manylinux_2_4_x86_64":       "begins with manylinux_2_5_x86_64",
		"manylinux_2_16_aarch64":     "begins with manylinux_2_17_aarch64",
		"manylinux2010_aarch64":      "begins with manylinux_2_17_aarch64",
		"manylinux2014":              `unknown architecture ""`,
		"manylinux2014_x86_64.linux": "unknown architecture",
		"musllinux_2_0_x86_64":       "unknown platform tag",
		"musllinux_1_1_sparc":        `unknown architecture "sparc"`,
	} {
		_, err := Parse(tag)
		assert.ErrorContains(t, err, reason, tag)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("manylinux_2_17_x86_64")
	f.Add("macosx_10_13_x86_64")
	f.Fuzz(func(t *testing.T, s string) {
		p, err := Parse(s)
		if err == nil && (p.Major > 99 || p.Minor > 99 || p.OS != Any && p.Arch == "") {
			t.Fatalf("%q gives %+v", s, p)
		}
	})
}

package tag

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/internal/platform"
)

// platforms lists the platform tags that a target of platform p, written as name, takes; best first.
func platforms(name string, p platform.Platform) []string {
	switch p.OS {
	case platform.Windows:
		return []string{name}
	case platform.MacOS:
		return macPlatforms(p)
	case platform.Linux:
		return linuxPlatforms(p)
	}
	return nil
}

// macFormats says which binary formats an architecture runs, and since which macOS 10 minor.
var macFormats = map[string]struct {
	formats []string
	oldest  int
}{
	"x86_64":     {[]string{"x86_64", "intel", "fat64", "fat3", "universal2", "universal"}, 4},
	"i386":       {[]string{"i386", "intel", "fat3", "fat", "universal"}, 4},
	"intel":      {[]string{"intel", "universal"}, 0},
	"arm64":      {[]string{"arm64", "universal2"}, 0},
	"universal2": {[]string{"universal2"}, 0},
}

func macPlatforms(p platform.Platform) []string {
	var out []string
	each := func(major, minor int, formats []string) {
		for _, f := range formats {
			out = append(out, fmt.Sprintf("macosx_%d_%d_%s", major, minor, f))
		}
	}
	arch := macFormats[p.Arch]
	newest, oldest, formats := p.Minor, arch.oldest, arch.formats // of macOS 10
	if p.Major > 10 {
		for major := p.Major; major > 10; major-- {
			each(major, 0, formats)
		}
		// 10.16 is what Big Sur tells a process built for older systems.
		newest, oldest = 16, 4
		if p.Arch != "x86_64" {
			formats = []string{"universal2"} // whose x86_64 half may be older than the arm64 one can be
		}
	}
	for minor := newest; minor >= oldest; minor-- {
		each(10, minor, formats)
	}
	return out
}

// legacyManylinux names the aliases that some glibc 2 minors have (PEP 600, "Legacy manylinux tags").
var legacyManylinux = map[int]string{17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}

func linuxPlatforms(p platform.Platform) []string {
	archs := []string{p.Arch}
	if p.Arch == "armv8l" { // an aarch64 machine in 32-bit mode
		archs = append(archs, "armv7l")
	}
	var out []string
	for _, arch := range archs {
		out = append(out, "linux_"+arch)
	}
	for _, arch := range archs {
		switch p.Libc {
		case platform.Glibc:
			out = appendManylinux(out, p.Minor, arch)
		case platform.Musl:
			for minor := p.Minor; minor >= 0; minor-- {
				out = append(out, fmt.Sprintf("musllinux_%d_%d_%s", p.Major, minor, arch))
			}
		}
	}
	return out
}

func appendManylinux(out []string, newest int, arch string) []string {
	for minor := newest; minor >= platform.OldestGlibc(arch); minor-- {
		out = append(out, fmt.Sprintf("manylinux_2_%d_%s", minor, arch))
		if alias := legacyManylinux[minor]; alias != "" {
			out = append(out, alias+"_"+arch)
		}
	}
	return out
}

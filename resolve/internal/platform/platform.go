// Package platform reads the platform tags that name a target: what machine they stand for is the same question for the
// wheels that it takes (resolve/tag) and for the marker values that it has (resolve/pep508).
//
// The forms are those of PEP 425 with PEP 513, 571, 599 and 600 (manylinux), PEP 656 (musllinux), and CPython's sysconfig.get_platform for
// Windows and macOS.
package platform

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// OS is an operating system.
type OS int8

const (
	Any OS = iota // no platform at all: only what is pure Python
	Windows
	MacOS
	Linux
)

// Libc is the C library of a Linux target.
type Libc int8

const (
	NoLibc Libc = iota // not Linux, or a plain linux tag, which does not say
	Glibc
	Musl
)

// Platform is what a platform tag says.
type Platform struct {
	OS    OS
	Libc  Libc
	Major int // of macOS or the libc; 0 where the tag has no version
	Minor int
	Arch  string // as it stands in the tag: win32's is x86
}

// Forms lists the platform tags that Parse knows, for error messages.
const Forms = "win32, win_amd64, win_arm64, macosx_MAJOR_MINOR_ARCH, manylinux_2_MINOR_ARCH, " +
	"manylinux1_ARCH, manylinux2010_ARCH, manylinux2014_ARCH, musllinux_1_MINOR_ARCH, linux_ARCH or any"

// Architectures that macOS and Linux tags may name.
var (
	macArchs   = []string{"arm64", "x86_64", "universal2", "i386", "intel"}
	linuxArchs = []string{"x86_64", "i686", "aarch64", "armv7l", "armv8l", "ppc64le", "ppc64", "s390x", "riscv64", "loongarch64"}
)

var errForm = errors.New("unknown platform tag; known are " + Forms)

// Parse reads a platform tag, which is lower case. Version numbers have at most two digits. The error tells the reason only; the caller
// names the tag.
func Parse(tag string) (Platform, error) {
	switch tag {
	case "any":
		return Platform{OS: Any}, nil
	case "win32":
		return Platform{OS: Windows, Arch: "x86"}, nil
	case "win_amd64", "win_arm64":
		return Platform{OS: Windows, Arch: tag[len("win_"):]}, nil
	}
	kind, rest, _ := strings.Cut(tag, "_")
	switch kind {
	case "macosx":
		return parseMac(rest)
	case "linux":
		return linux(Platform{Arch: rest})
	case "manylinux1": // PEP 513
		return linux(Platform{Libc: Glibc, Major: 2, Minor: 5, Arch: rest})
	case "manylinux2010": // PEP 571
		return linux(Platform{Libc: Glibc, Major: 2, Minor: 12, Arch: rest})
	case "manylinux2014": // PEP 599
		return linux(Platform{Libc: Glibc, Major: 2, Minor: 17, Arch: rest})
	case "manylinux": // PEP 600
		return parseLibc(Glibc, 2, rest)
	case "musllinux": // PEP 656
		return parseLibc(Musl, 1, rest)
	}
	return Platform{}, errForm
}

func parseMac(s string) (Platform, error) {
	major, minor, arch, ok := cutVersion(s)
	switch {
	case !ok || major < 10:
		return Platform{}, errForm
	case !slices.Contains(macArchs, arch):
		return Platform{}, unknownArch(arch, macArchs)
	case major == 10 && minor < 4:
		return Platform{}, errors.New("macOS on Intel processors begins with macosx_10_4_ARCH")
	case arch == "arm64" && major < 11:
		return Platform{}, errors.New("macOS on arm64 begins with macosx_11_0_arm64")
	case (arch == "i386" || arch == "intel") && major > 10:
		return Platform{}, errors.New("macOS 11 and later run no 32-bit code; use macosx_" + strconv.Itoa(major) + "_0_x86_64")
	}
	return Platform{OS: MacOS, Major: major, Minor: minor, Arch: arch}, nil
}

func parseLibc(libc Libc, wantMajor int, s string) (Platform, error) {
	major, minor, arch, ok := cutVersion(s)
	if !ok || major != wantMajor {
		return Platform{}, errForm
	}
	return linux(Platform{Libc: libc, Major: major, Minor: minor, Arch: arch})
}

func linux(p Platform) (Platform, error) {
	p.OS = Linux
	if !slices.Contains(linuxArchs, p.Arch) {
		return Platform{}, unknownArch(p.Arch, linuxArchs)
	}
	if oldest := OldestGlibc(p.Arch); p.Libc == Glibc && p.Minor < oldest {
		return Platform{}, errors.New("manylinux on " + p.Arch + " begins with manylinux_2_" + strconv.Itoa(oldest) + "_" + p.Arch)
	}
	return p, nil
}

// OldestGlibc is the minor version of the oldest glibc 2 that a manylinux tag of arch may name: PEP 513 is for x86 alone, and
// PEP 599 brought the other architectures.
func OldestGlibc(arch string) int {
	if arch == "x86_64" || arch == "i686" {
		return 5
	}
	return 17
}

func unknownArch(arch string, known []string) error {
	return errors.New("unknown architecture " + strconv.Quote(arch) + "; known here are " + strings.Join(known, ", "))
}

// cutVersion splits MAJOR_MINOR_ARCH.
func cutVersion(s string) (major, minor int, arch string, ok bool) {
	first, rest, _ := strings.Cut(s, "_")
	second, arch, _ := strings.Cut(rest, "_")
	major, ok1 := number(first)
	minor, ok2 := number(second)
	return major, minor, arch, ok1 && ok2
}

// number reads up to two digits without leading zero.
func number(s string) (int, bool) {
	if s == "" || len(s) > 2 || len(s) == 2 && s[0] == '0' {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

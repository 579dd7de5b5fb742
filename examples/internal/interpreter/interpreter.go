// Package interpreter asks the Python of an application what it is, and finds the platform of an update configuration that suits it.
//
// A platform suits where the interpreter is of the same major and minor version and one of the platform's tags, which are floors, is
// among the tags that the interpreter's machine admits: an Intel Mac with macOS 12 takes macosx_10_13_x86_64. Among several, the one of the very
// same version wins, then the newest that is older.
package interpreter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNone says that no interpreter lies in or beside a folder.
var ErrNone = errors.New("no Python interpreter in or beside the folder: give --python FILE, or --platform by name")

// Limit is how long an interpreter may take to answer.
const Limit = 30 * time.Second

// Answer is what an interpreter says about itself.
type Answer struct {
	Implementation string `json:"implementation"` // cpython
	Version        string `json:"version"`        // full: 3.9.18
	Platform       string `json:"platform"`       // sysconfig.get_platform(): linux-x86_64
	Machine        string `json:"machine"`        // platform.machine()
	Bits           int    `json:"bits"`           // 32 or 64
	MacOS          string `json:"macos"`          // 10.15.7; "" elsewhere
	Libc           string `json:"libc"`           // "glibc 2.36"; "" where the C library does not say
}

// Find looks for the interpreter of a python folder: in it, then in the folder above, or for a site-packages folder in its prefix.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for _, base := range bases(dir) {
		for _, name := range []string{"python.exe", "bin/python3", "bin/python", "Scripts/python.exe", "python3", "python"} {
			file := filepath.Join(base, filepath.FromSlash(name))
			info, err := os.Stat(file)
			switch {
			case err == nil && info.Mode().IsRegular():
				return file, nil
			case err != nil && !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "not a directory"):
				return "", err
			}
		}
	}
	return "", ErrNone
}

func bases(dir string) []string {
	parent := filepath.Dir(dir)
	if filepath.Base(dir) != "site-packages" {
		return []string{dir, parent}
	}
	return []string{dir, filepath.Dir(parent), filepath.Dir(filepath.Dir(parent))} // Lib/site-packages, lib/python3.9/site-packages
}

// program runs isolated (-I), without site (-S) and writes no bytecode (-B).
const program = `
import json, os, platform, struct, sys, sysconfig
libc = ""
try:
    libc = os.confstr("CS_GNU_LIBC_VERSION") or ""
except (AttributeError, OSError, ValueError):
    pass
print(json.dumps({
    "implementation": sys.implementation.name,
    "version": platform.python_version(),
    "platform": sysconfig.get_platform(),
    "machine": platform.machine(),
    "bits": 8 * struct.calcsize("P"),
    "macos": platform.mac_ver()[0],
    "libc": libc,
}))
`

// Ask runs an interpreter.
func Ask(ctx context.Context, python string) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, "-I", "-S", "-B", "-c", program)
	cmd.Env = append(os.Environ(), "SYSTEM_VERSION_COMPAT=0") // else an old build says 10.16 on macOS 11 and later
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	var a Answer
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	if err != nil {
		return a, fmt.Errorf("ask %s what it is: %w", python, err)
	}
	return a, nil
}

// Tag is the newest platform tag that the interpreter's machine admits.
func (a Answer) Tag() (string, error) {
	arch := a.arch()
	switch {
	case strings.HasPrefix(a.Platform, "win"):
		return strings.ReplaceAll(a.Platform, "-", "_"), nil
	case strings.HasPrefix(a.Platform, "macosx"):
		major, minor, _ := strings.Cut(a.MacOS, ".")
		minor, _, _ = strings.Cut(minor, ".")
		if major != "10" {
			minor = "0"
		}
		return fmt.Sprintf("macosx_%s_%s_%s", major, minor, arch), nil
	case strings.HasPrefix(a.Platform, "linux"):
		if version, ok := strings.CutPrefix(a.Libc, "glibc "); ok {
			return "manylinux_" + strings.ReplaceAll(version, ".", "_") + "_" + arch, nil
		}
		return "linux_" + arch, nil
	}
	return "", fmt.Errorf("no platform tag is known for %q: give --platform and --tag", a.Platform)
}

// arch is the interpreter's own, which on a 64-bit machine may be of 32 bits.
func (a Answer) arch() string {
	if strings.HasPrefix(a.Platform, "linux") && a.Bits == 32 {
		switch a.Machine {
		case "x86_64":
			return "i686"
		case "aarch64":
			return "armv8l"
		}
	}
	return a.Machine
}

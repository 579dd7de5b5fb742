package python

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	maxText = 8 << 10 // bytes of one string of an answer
	maxList = 256     // entries of one list or map of it, but for its files
	maxSeen = 4 << 10 // files of it; an interpreter that loads more is asked each time
)

// answer is what probe.py prints.
type answer struct {
	Implementation string            `json:"implementation"`
	Version        string            `json:"version"`
	Executable     string            `json:"executable"`
	BaseExecutable string            `json:"base_executable"`
	Prefix         string            `json:"prefix"`
	BasePrefix     string            `json:"base_prefix"`
	Platform       string            `json:"platform"` // sysconfig.get_platform(): linux-x86_64
	Bits           int               `json:"bits"`
	Glibc          string            `json:"glibc"` // "glibc 2.36"; "" where the C library does not say
	MacOS          string            `json:"macos"` // 10.15.7; "" elsewhere
	Paths          map[string]string `json:"paths"`
	Site           []string          `json:"site"`
	Venv           map[string]string `json:"venv"`
	ExtSuffix      string            `json:"ext_suffix"`
	CacheTag       string            `json:"cache_tag"`
	ABIFlags       string            `json:"abiflags"`
	FreeThreaded   bool              `json:"free_threaded"`
	Markers        map[string]string `json:"markers"`
	Files          []string          `json:"files"` // that the answer was made of; none where they cannot be told
}

// answerLine finds the line that begins with word.
func answerLine(printed []byte, word string) ([]byte, error) {
	_, line, ok := bytes.Cut(printed, []byte("\n"+word))
	if !ok {
		return nil, errors.New("it does not answer")
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	return line, nil
}

// readAnswer checks a line of JSON.
func readAnswer(line []byte) (*answer, error) {
	if bytes.Contains(bytes.ToLower(line), []byte(`\ud8`)) || bytes.Contains(bytes.ToLower(line), []byte(`\udc`)) {
		if err := onlyPairs(line); err != nil {
			return nil, err
		}
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("its answer cannot be read: %w", err)
	}
	if err := a.check(); err != nil {
		return nil, fmt.Errorf("its answer cannot be right: %w", err)
	}
	return &a, nil
}

// onlyPairs refuses a surrogate that stands alone, which is how Python writes a byte that is no UTF-8; encoding/json would replace it without a word.
func onlyPairs(line []byte) error {
	var v any
	if err := json.Unmarshal(line, &v); err != nil {
		return fmt.Errorf("its answer cannot be read: %w", err)
	}
	if strings.ContainsRune(fmt.Sprint(v), unicode.ReplacementChar) {
		return errors.New("one of its paths is not UTF-8: move it to one that is")
	}
	return nil
}

func (a *answer) check() error {
	if len(a.Paths) > maxList || len(a.Site) > maxList || len(a.Venv) > maxList || len(a.Markers) > maxList {
		return fmt.Errorf("a list of more than %d", maxList)
	}
	all := []string{a.Implementation, a.Version, a.Platform, a.Glibc, a.MacOS, a.ExtSuffix, a.CacheTag, a.ABIFlags}
	paths := append([]string{a.Executable, a.BaseExecutable, a.Prefix, a.BasePrefix}, a.Site...)
	for _, p := range a.Paths {
		paths = append(paths, p)
	}
	for _, m := range []map[string]string{a.Venv, a.Markers} {
		for key, value := range m {
			all = append(all, key, value)
		}
	}
	if len(a.Files) > maxSeen {
		a.Files = nil
	}
	paths = append(paths, a.Files...)
	for _, s := range append(all, paths...) {
		if len(s) > maxText || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Errorf("%.100q is too long or has control characters", s)
		}
	}
	for _, p := range paths {
		if !filepath.IsAbs(p) {
			return fmt.Errorf("%q is no absolute path", p)
		}
	}
	if a.Implementation == "" || a.Bits != 32 && a.Bits != 64 || a.Paths["purelib"] == "" || a.Paths["stdlib"] == "" {
		return errors.New("something is missing")
	}
	return nil
}

// interpreter lacks Path and what follows from the machine.
func (a *answer) interpreter() (*Interpreter, error) {
	v, err := pep440.Parse(a.Version)
	if err != nil {
		return nil, err
	}
	i := &Interpreter{
		Executable: a.Executable, Version: v, Implementation: a.Implementation,
		Prefix: a.Prefix, BasePrefix: a.BasePrefix, BaseExecutable: a.BaseExecutable,
		Markers: pep508.Environment(a.Markers), Paths: a.Paths, SiteDirs: a.Site,
		ExtSuffix: a.ExtSuffix, CacheTag: a.CacheTag, ABIFlags: a.ABIFlags, FreeThreaded: a.FreeThreaded, Bits: a.Bits,
	}
	i.PlatformTag = a.platformTag()
	i.VenvPaths, err = a.venvPaths(i)
	return i, err
}

// venvPaths are those of the interpreter's own venv scheme, which came with 3.11; before, the standard library's venv has them built in.
func (a *answer) venvPaths(i *Interpreter) (map[string]string, error) {
	if i.Markers["os_name"] == "nt" && len(a.Venv) == 0 {
		return map[string]string{"purelib": "Lib/site-packages", "platlib": "Lib/site-packages", "scripts": "Scripts", "include": "Include"}, nil
	}
	library := fmt.Sprintf("lib/python%d.%d/site-packages", i.Version.Release(0), i.Version.Release(1))
	paths := map[string]string{"purelib": library, "platlib": library, "scripts": "bin", "include": "include"}
	for key := range paths {
		given, ok := a.Venv[key]
		if !ok {
			continue
		}
		if i.Markers["os_name"] == "nt" {
			given = strings.ReplaceAll(given, `\`, "/")
		}
		if !filepath.IsLocal(given) || path.Clean(given) != given || strings.ContainsAny(given, `\:`) {
			return nil, fmt.Errorf("%q is no place in an environment", given)
		}
		paths[key] = given
	}
	return paths, nil
}

// platformTag is the newest platform tag that the machine admits; on Linux without glibc, that of no known C library.
func (a *answer) platformTag() string {
	name := strings.NewReplacer(".", "_", "-", "_").Replace(a.Platform)
	switch {
	case strings.HasPrefix(name, "macosx_"):
		major, rest, _ := strings.Cut(a.MacOS, ".")
		minor, _, _ := strings.Cut(rest, ".")
		if major != "10" {
			minor = "0"
		}
		return fmt.Sprintf("macosx_%s_%s_%s", major, cmp.Or(minor, "0"), a.macArch())
	case strings.HasPrefix(name, "linux_"):
		arch := linuxArch(strings.TrimPrefix(name, "linux_"), a.Bits)
		major, minor, ok := strings.Cut(strings.TrimPrefix(a.Glibc, "glibc "), ".")
		minor, _, _ = strings.Cut(minor, ".")
		if ok && isNumber(major) && isNumber(minor) && knownManylinux(arch) {
			return fmt.Sprintf("manylinux_%s_%s_%s", major, minor, arch)
		}
		return "linux_" + arch
	}
	return name // win32, win_amd64
}

// macArch is the processor's, in the interpreter's width.
func (a *answer) macArch() string {
	machine := a.Markers["platform_machine"]
	if a.Bits == 32 && machine == "x86_64" {
		return "i386"
	}
	return machine
}

// linuxArch is what a 32-bit interpreter on a 64-bit machine takes.
func linuxArch(arch string, bits int) string {
	if bits == 32 {
		switch arch {
		case "x86_64":
			return "i686"
		case "aarch64":
			return "armv8l"
		}
	}
	return arch
}

// knownManylinux lists the architectures that manylinux tags are for (PEP 599, and what packaging has added to it).
func knownManylinux(arch string) bool {
	return slices.Contains([]string{"x86_64", "i686", "aarch64", "armv7l", "armv8l", "ppc64", "ppc64le", "s390x", "loongarch64", "riscv64"}, arch)
}

func isNumber(s string) bool {
	return s != "" && len(s) < 4 && strings.Trim(s, "0123456789") == ""
}

package tag

import (
	"fmt"
	"strconv"

	"github.com/chandlery-go/chandlery/resolve/internal/platform"
)

// Python is the interpreter of a target: CPython of this version.
type Python struct {
	Major, Minor int
	FreeThreaded bool // cp313t
}

// TargetError says why no tags are known for an interpreter on a platform.
type TargetError struct {
	Python   Python
	Platform string
	Reason   string
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("CPython %d.%d on platform %s: %s", e.Python.Major, e.Python.Minor, quote(e.Platform), e.Reason)
}

// CPython computes the tags of an interpreter on a platform given by its platform tag as a floor: win32, win_amd64, win_arm64,
// macosx_10_13_x86_64, macosx_11_0_arm64, manylinux_2_17_x86_64 (and the legacy aliases), musllinux_1_2_aarch64, linux_x86_64, any
// (PEP 425, 600, 656; the package's text says what each takes). The order is that of `packaging.tags.sys_tags` for such an interpreter.
//
// Known are CPython 3.3 (older ones have ABIs that depend on how they were built) to 3.99, free-threaded ones from 3.13. Anything else is a
// *TargetError.
func CPython(py Python, platformTag string) (*Set, error) {
	if reason := py.check(); reason != "" {
		return nil, &TargetError{Python: py, Platform: platformTag, Reason: reason}
	}
	p, err := platform.Parse(platformTag)
	if err != nil {
		return nil, &TargetError{Python: py, Platform: platformTag, Reason: err.Error()}
	}
	each, anywhere := py.kins()
	return newGridSet(each, platforms(platformTag, p), anywhere), nil
}

func (py Python) check() (reason string) {
	switch {
	case py.Major != 3 || py.Minor < 3 || py.Minor > 99:
		return "only CPython 3.3 to 3.99 are known"
	case py.FreeThreaded && py.Minor < 13:
		return "free-threaded CPython begins with 3.13"
	}
	return ""
}

// kins lists what the tags have beside their platforms, in the order that the package's text gives: first those for each platform, then those for any.
func (py Python) kins() (each, anywhere []kin) {
	cp, stable := version("cp", py.Minor), py.stableABI()
	each = append(each, kin{cp, py.abi(cp)}, kin{cp, stable}, kin{cp, "none"})
	for minor := py.Minor - 1; minor >= 2; minor-- { // PEP 384: since Python 3.2
		each = append(each, kin{version("cp", minor), stable})
	}
	anywhere = append(anywhere, kin{cp, "none"})
	for _, py := range py.languages() {
		each, anywhere = append(each, kin{py, "none"}), append(anywhere, kin{py, "none"})
	}
	return each, anywhere
}

// abi is the interpreter's own ABI: cp39, cp313t (PEP 703), cp37m.
func (py Python) abi(cp string) string {
	switch {
	case py.FreeThreaded:
		return cp + "t"
	case py.Minor < 8: // "m" for pymalloc was dropped with bpo-36707
		return cp + "m"
	}
	return cp
}

func (py Python) stableABI() string {
	if py.FreeThreaded {
		return "abi3t"
	}
	return "abi3"
}

// languages is py39, py3, py38, …, py30.
func (py Python) languages() []string {
	out := []string{version("py", py.Minor), "py3"}
	for minor := py.Minor - 1; minor >= 0; minor-- {
		out = append(out, version("py", minor))
	}
	return out
}

func version(prefix string, minor int) string { return prefix + "3" + strconv.Itoa(minor) }

package pep508

import (
	"fmt"
	"maps"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/internal/platform"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// TargetError says why no marker values are known for an interpreter on a platform.
type TargetError struct {
	Python   string
	Platform string
	Reason   string
}

func (e *TargetError) Error() string {
	return fmt.Sprintf("marker values of CPython %s on platform %q: %s", e.Python, e.Platform, e.Reason)
}

// Environments lists the environments that a CPython may find itself in on a platform that its platform tag names (win32,
// macosx_11_0_arm64, manylinux_2_17_x86_64 …). There are several where the tag leaves platform_machine open, most likely first: a 32-bit
// interpreter also runs on a 64-bit system, whose machine it reports, and universal2 on either processor.
//
// Known are implementation_name, implementation_version, os_name, platform_machine, platform_python_implementation, platform_system,
// python_full_version, python_version and sys_platform; for the tag any, only what follows from the interpreter. platform_release and
// platform_version are of one machine, so they are always unknown.
//
// python is a full version, 3.9.18 or 3.14.0rc1; what is left out is 0. An error is a *TargetError.
func Environments(python pep440.Version, platformTag string) ([]Environment, error) {
	full, ok := cpythonVersion(python)
	if !ok {
		return nil, &TargetError{python.String(), platformTag, "want a version of CPython such as 3.9.18"}
	}
	p, err := platform.Parse(platformTag)
	if err != nil {
		return nil, &TargetError{python.String(), platformTag, err.Error()}
	}
	env := Environment{
		string(implementationName):           "cpython",
		string(implementationVersion):        full,
		string(platformPythonImplementation): "CPython",
		string(pythonFullVersion):            full,
		string(pythonVersion):                fmt.Sprintf("%d.%d", python.Release(0), python.Release(1)),
	}
	if p.OS == platform.Any {
		return []Environment{env}, nil
	}
	maps.Copy(env, systems[p.OS])
	var envs []Environment
	for _, machine := range machines(p) {
		env := maps.Clone(env)
		env[string(platformMachine)] = machine
		envs = append(envs, env)
	}
	return envs, nil
}

// cpythonVersion is what platform.python_version gives: three numbers, and a pre-release part.
func cpythonVersion(v pep440.Version) (full string, ok bool) {
	text := v.String()
	n := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if n < 0 {
		n = len(text)
	}
	release, suffix := text[:n], text[n:]
	if suffix != "" && (!v.IsPrerelease() || v.IsDevrelease() || v.IsPostrelease() || v.Local() != "" || suffix[0] == '!') {
		return "", false
	}
	full = fmt.Sprintf("%d.%d.%d", v.Release(0), v.Release(1), v.Release(2)) + suffix
	return full, !v.IsZero() && strings.Count(release, ".") < 3
}

// systems has what CPython reports of an operating system: os.name, sys.platform, platform.system().
var systems = map[platform.OS]Environment{
	platform.Windows: {string(osName): "nt", string(sysPlatform): "win32", string(platformSystem): "Windows"},
	platform.MacOS:   {string(osName): "posix", string(sysPlatform): "darwin", string(platformSystem): "Darwin"},
	platform.Linux:   {string(osName): "posix", string(sysPlatform): "linux", string(platformSystem): "Linux"},
}

// machines lists what platform.machine() may be: the machine's word, not the interpreter's. Windows tells upper case.
func machines(p platform.Platform) []string {
	switch p.OS {
	case platform.Windows:
		return map[string][]string{"x86": {"x86", "AMD64"}, "amd64": {"AMD64"}, "arm64": {"ARM64"}}[p.Arch]
	case platform.MacOS:
		switch p.Arch {
		case "universal2":
			return []string{"arm64", "x86_64"}
		case "intel", "i386":
			return []string{"x86_64", "i386"}
		}
	case platform.Linux:
		switch p.Arch {
		case "i686":
			return []string{"i686", "x86_64"}
		case "armv7l":
			return []string{"armv7l", "armv8l", "aarch64"}
		case "armv8l":
			return []string{"armv8l", "aarch64"}
		}
	}
	return []string{p.Arch}
}

package python

import (
	"fmt"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Interpreter is what an interpreter said of itself (PEP 405, sysconfig). Immutable.
type Interpreter struct {
	Path           string         // absolute, as it was asked for (a venv's own python where it is one)
	Executable     string         // sys.executable: differs from Path where that is a script that starts another
	Version        pep440.Version // full: 3.11.2
	Implementation string         // cpython
	Prefix         string         // sys.prefix
	BasePrefix     string         // sys.base_prefix: equal to Prefix outside a venv
	BaseExecutable string         // the interpreter that a venv of it is made from, links followed as the standard library's venv does
	PlatformTag    string         // manylinux_2_36_x86_64, macosx_14_0_arm64, win_amd64: what resolve.NewPlatform takes
	Tags           []string       // its compatibility tags, most preferred first (packaging.tags.sys_tags); none for what this library installs nothing into
	Markers        pep508.Environment
	Paths          map[string]string // sysconfig.get_paths(): purelib, platlib, scripts, include, data, stdlib
	SiteDirs       []string          // site.getsitepackages(), dist-packages on Debian
	VenvPaths      map[string]string // purelib, platlib, scripts and include of a venv of it, as slash paths below its root
	ExtSuffix      string            // .cpython-311-x86_64-linux-gnu.so
	CacheTag       string            // cpython-311
	ABIFlags       string            // "t", free-threaded; "m" before 3.8; "d", debug
	FreeThreaded   bool              // PEP 703
	Bits           int               // 32 or 64
}

// Supported reports why nothing can be installed for the interpreter, as an *UnsupportedError; nil where it can: CPython 3.6 and later.
func (i *Interpreter) Supported() error {
	if i.Implementation != "cpython" {
		return &UnsupportedError{i.Path, i.Implementation, i.Version, "only CPython is supported"}
	}
	if i.Version.Release(0) != 3 || i.Version.Release(1) < 6 {
		return &UnsupportedError{i.Path, i.Implementation, i.Version, "the oldest that is supported is 3.6"}
	}
	return nil
}

// InVenv reports whether it is a virtual environment's (PEP 405, "Specification").
func (i *Interpreter) InVenv() bool { return i.Prefix != i.BasePrefix }

// Windows reports whether the interpreter runs on Windows: paths, names of executables and launchers are others there.
func (i *Interpreter) Windows() bool { return i.Markers["os_name"] == "nt" }

// Minor is 11 of 3.11.2.
func (i *Interpreter) Minor() int { return i.Version.Release(1) }

// Platform is the interpreter as a target: one variant, its own markers with platform_release and platform_version known.
func (i *Interpreter) Platform(name string) (resolve.Platform, error) {
	if err := i.Supported(); err != nil {
		return resolve.Platform{}, err
	}
	tags, err := i.tagSet()
	if err != nil {
		return resolve.Platform{}, fmt.Errorf("%s: %w", i.Path, err)
	}
	variant := resolve.Variant{Tag: i.PlatformTag, Tags: tags, Environments: []pep508.Environment{i.Markers}}
	return resolve.Platform{Name: name, Python: i.Version, Variants: []resolve.Variant{variant}}, nil
}

func (i *Interpreter) tagSet() (*tag.Set, error) {
	return tag.CPython(tag.Python{Major: i.Version.Release(0), Minor: i.Minor(), FreeThreaded: i.FreeThreaded}, i.PlatformTag)
}

// Stdlib is the folder of the standard library.
func (i *Interpreter) Stdlib() string { return filepath.Clean(i.Paths["stdlib"]) }

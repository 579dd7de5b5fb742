package launcher

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

// MaxScripts bounds the launchers for one wheel.
const MaxScripts = 500

// MaxShebang bounds the line that names the interpreter of a launcher for Windows, in bytes with its end.
const MaxShebang = 250

// Target is where launchers will run. Equal ones get equal launchers.
type Target struct {
	python  string // slash path as seen from the libraries' folder
	machine string // which stubs: "32", "64" or "64-arm"; "" where it is not Windows
}

// NewTarget is the target of a platform with these tags (win_amd64, macosx_11_0_arm64), which are of one operating system. python is the interpreter's path with slashes, as seen
// from the folder that libraries lie in: "../python.exe", "../../bin/python3". It has no other ".." than at its beginning, and of all else what any shell and stub takes as it
// stands. gui_scripts on Windows get the pythonw.exe beside a python.exe.
func NewTarget(python string, tags ...string) (Target, error) {
	t := Target{python: python}
	for i, tag := range tags {
		machine, err := machineOf(tag)
		switch {
		case err != nil:
			return Target{}, err
		case i > 0 && (machine == "") != (t.machine == ""):
			return Target{}, fmt.Errorf("launchers cannot be for Windows and another system at once: make a platform of each (%s)", strings.Join(tags, ", "))
		case i == 0:
			t.machine = machine
		case t.machine != machine:
			t.machine = "32"
		}
	}
	if len(tags) == 0 {
		return Target{}, errors.New("launchers are for machines: give platform tags, such as win_amd64")
	}
	return t, t.check()
}

// machineOf is the stubs' name of a machine.
func machineOf(tag string) (string, error) {
	system, _, _ := strings.Cut(tag, "_")
	switch {
	case tag == "win32":
		return "32", nil
	case tag == "win_amd64":
		return "64", nil
	case tag == "win_arm64":
		return "64-arm", nil
	case system == "macosx", system == "linux", strings.HasPrefix(system, "manylinux"), system == "musllinux":
		return "", nil
	}
	return "", fmt.Errorf("there are no launchers for %q: it names no operating system that is known here", tag)
}

// Windows reports whether launchers need stubs.
func (t Target) Windows() bool { return t.machine != "" }

// String is for error messages.
func (t Target) String() string {
	if t.Windows() {
		return "Windows with " + t.python
	}
	return "macOS or Linux with " + t.python
}

// check holds the interpreter's path to what stands for itself everywhere.
func (t Target) check() error {
	parts := strings.Split(t.python, "/")
	for len(parts) > 1 && parts[0] == ".." {
		parts = parts[1:]
	}
	for _, part := range parts {
		if part == "" || part[0] == ' ' || strings.TrimRight(part, " .") != part || strings.ContainsFunc(part, func(r rune) bool { return !isPlain(r) }) {
			return fmt.Errorf("the interpreter %q must be a program's path as seen from the libraries' folder, with slashes, such as ../python.exe: any \"..\" first, then names of letters, digits, dots, dashes, underscores, pluses and spaces", t.python)
		}
	}
	if t.Windows() && (!strings.HasSuffix(t.python, ".exe") || strings.Contains(strings.ToLower(strings.TrimSuffix(t.python, ".exe")), ".exe")) {
		return fmt.Errorf("the interpreter %q must end in .exe for Windows, and have that nowhere else", t.python)
	}
	return nil
}

func isPlain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._- +", r)
}

// Make makes the launchers of those entry points that are scripts, for libraries and scripts that lie as the scheme has them. stubs may be nil where the target is not Windows.
func (t Target) Make(points []wheel.EntryPoint, s wheel.Scheme, stubs *Stubs) ([]wheel.Made, error) {
	var all []wheel.Made
	for _, p := range points {
		if !p.IsScript() {
			continue
		}
		if len(all) == MaxScripts {
			return nil, fmt.Errorf("the wheel has more than %d scripts", MaxScripts)
		}
		made, err := t.one(p, s, stubs)
		if err != nil {
			return nil, fmt.Errorf("the launcher %s: %w", p.Name, err)
		}
		all = append(all, made)
	}
	return all, nil
}

func (t Target) one(p wheel.EntryPoint, s wheel.Scheme, stubs *Stubs) (wheel.Made, error) {
	gui := p.Group == "gui_scripts"
	up := wheel.Relative(s.Scripts, s.Purelib) // from the launcher's folder to that of libraries
	if up == "" {
		up = "."
	}
	up = strings.TrimSuffix(up, "/")
	name := path.Join(s.Scripts, p.Name)
	if !t.Windows() {
		return wheel.Made{Name: name, Body: []byte(posixHead(path.Join(up, t.python)) + program(p, up)), Executable: true}, nil
	}
	if stubs == nil {
		return wheel.Made{}, errors.New("there are no stubs for Windows: name a wheel that has them")
	}
	stub, err := stubs.program(t.machine, gui)
	if err != nil {
		return wheel.Made{}, err
	}
	line, err := windowsLine(path.Join(up, t.python), gui)
	if err != nil {
		return wheel.Made{}, err
	}
	body := append(append([]byte{}, stub...), line...)
	return wheel.Made{Name: name + ".exe", Body: append(body, zipOf("__main__.py", program(p, up))...), Executable: true}, nil
}

package venv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// maxScript bounds a script whose first line is rewritten, in bytes.
const maxScript = 64 << 20

// maxShebang is how long a "#!" line may be: Linux reads 127 bytes of it, macOS 512.
func (e *Env) maxShebang() int {
	if e.Python.Markers["sys_platform"] == "darwin" {
		return 512
	}
	return 127
}

// makeLaunchers makes a script of every console_scripts and gui_scripts entry point, and the files that tell of the installation.
func (a *application) makeLaunchers(in *incoming) error {
	in.made = nil
	for _, p := range a.env.scriptsOf(in) {
		made, err := a.env.launcher(p)
		if err != nil {
			return err
		}
		in.made = append(in.made, made...)
	}
	a.tells(in)
	return nil
}

var pipVersioned = lazy.Regexp{Expr: `^pip\d+(\.\d+)?$`}

// scriptsOf lists the entry points of a distribution that become launchers. pip's wheel names the Python that it was built with, so pip and uv put in place of those the names of the
// environment's: pip3 and pip3.11.
func (e *Env) scriptsOf(in *incoming) (scripts []wheel.EntryPoint) {
	for _, p := range in.contents.EntryPoints {
		switch {
		case !p.IsScript() || in.Name == "pip" && pipVersioned.MatchString(p.Name):
			continue
		case in.Name == "pip" && p.Name == "pip":
			major, minor := p, p
			major.Name = fmt.Sprintf("pip%d", e.Python.Version.Release(0))
			minor.Name = fmt.Sprintf("pip%d.%d", e.Python.Version.Release(0), e.Python.Minor())
			scripts = append(scripts, major, minor)
		}
		scripts = append(scripts, p)
	}
	return scripts
}

// launcher is what starts an entry point: sys.exit(module.attr()) (PyPA "Entry points specification", "Use for scripts"). On Windows it is a script with a .cmd file that starts it, as
// programs (.exe) are not ours to make.
func (e *Env) launcher(p wheel.EntryPoint) ([]madeFile, error) {
	gui := p.Group == "gui_scripts"
	body := launcherBody(p)
	to := path.Join(e.Scheme.Scripts, p.Name)
	if e.Python.Windows() {
		exe := map[bool]string{false: "python.exe", true: "pythonw.exe"}[gui]
		script := p.Name + "-script.py"
		command := fmt.Sprintf("@\"%%~dp0%s\" \"%%~dp0%s\" %%*\r\n", exe, script)
		return []madeFile{{path.Join(e.Scheme.Scripts, script), []byte(body), false}, {to + ".cmd", []byte(command), false}}, nil
	}
	head, err := e.shebang("")
	if err != nil {
		return nil, err
	}
	return []madeFile{{to, []byte(head + body), true}}, nil
}

func launcherBody(p wheel.EntryPoint) string {
	first, _, _ := strings.Cut(p.Attr, ".")
	return fmt.Sprintf("import sys\nfrom %s import %s\nif __name__ == '__main__':\n    sys.exit(%s())\n", p.Module, first, p.Attr)
}

// shebang is the head of a script, one line or two, that starts the environment's interpreter with options.
func (e *Env) shebang(options string) (string, error) {
	python := filepath.Join(e.Scripts, "python")
	if e.Python.Windows() {
		return "#!" + python + ".exe" + options + "\n", nil
	}
	line := "#!" + python + options
	if len(line) < e.maxShebang() && !strings.ContainsAny(python, " \t") {
		return line + "\n", nil
	}
	word, err := bothQuote(python)
	if err != nil {
		return "", err
	}
	// The second line is a command of the shell, which never reads on, and to Python a string that nobody takes.
	return "#!/bin/sh\n'exec' " + word + quotedOptions(options) + ` "$0" "$@"` + "\n", nil
}

var errUnquotable = errors.New("the environment's folder has both kinds of quotes, or a backslash or dollar sign, and is long or has spaces: no script could start its interpreter, choose another folder")

// bothQuote is a string to the shell and to Python.
func bothQuote(s string) (string, error) {
	switch {
	case !strings.ContainsAny(s, `'\`):
		return "'" + s + "'", nil
	case !strings.ContainsAny(s, "\"\\$`"):
		return `"` + s + `"`, nil
	}
	return "", errUnquotable
}

func quotedOptions(options string) (quoted string) {
	for option := range strings.FieldsSeq(options) {
		quoted += " '" + strings.Trim(option, `'\`) + "'"
	}
	return quoted
}

// placeholder is the first line that an installer rewrites (PyPA "Binary distribution format", "Recommended installer features"); options after it are kept.
var placeholder = lazy.Regexp{Expr: `^#!pythonw?[^ \t\r\n]*([ \t][^\r\n]*)?\r?\n`}

var coding = lazy.Regexp{Expr: `^[ \t\f]*#[^\r\n]*coding[:=][^\r\n]*\r?\n`} // PEP 263

// rewrite gives a script the environment's interpreter where it asks for one.
func (a *application) rewrite(file string) (body []byte, changed bool, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, false, err
	}
	defer f.Close()
	var start [len("#!python")]byte
	if _, err := io.ReadFull(f, start[:]); err != nil || string(start[:]) != "#!python" {
		return nil, false, nil
	}
	rest, err := durable.ReadAtMost(f, maxScript)
	if err != nil {
		return nil, false, err
	}
	body = append(start[:], rest...)
	if !bytes.ContainsRune(body, '\n') {
		body = append(body, '\n')
	}
	m := placeholder.FindSubmatch(body)
	if m == nil {
		return nil, false, nil
	}
	head, err := a.env.shebang(strings.TrimRight(string(m[1]), " \t"))
	if err != nil {
		return nil, false, err
	}
	rest = body[len(m[0]):]
	if first, second, two := strings.Cut(head, "\n"); two && second != "" { // a declaration of the encoding counts in the first two lines only
		declared := coding.Find(rest)
		head, rest = first+"\n"+string(declared)+second, rest[len(declared):]
	}
	return append([]byte(head), rest...), true, nil
}

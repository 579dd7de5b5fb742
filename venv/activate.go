package venv

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

const (
	// maxTemplate bounds an activation script's template, in bytes.
	maxTemplate = 1 << 20
	maxModule   = 4 << 20 // bytes of the venv module's source
)

// templates is the folder of activation scripts in the interpreter's standard library.
func (d *draft) templates() string { return filepath.Join(d.Python.Stdlib(), "venv", "scripts") }

// scripts writes the activation scripts from the templates of the interpreter's own venv module, which some distributions leave out.
func (d *draft) scripts() error {
	quoting, err := d.quotes()
	if err != nil {
		d.warn("no activation scripts: %v (some distributions have them in a package of its own, python3-venv)", err)
		return nil
	}
	found := 0
	for _, group := range []string{"common", d.Python.Markers["os_name"]} {
		n, err := d.scriptsOf(filepath.Join(d.templates(), group), quoting)
		if err != nil {
			return err
		}
		found += n
	}
	if found == 0 {
		d.warn("no activation scripts: %s has no templates (some distributions have them in a package of its own, python3-venv)", d.templates())
	}
	return nil
}

// quotes reports whether that version's venv quotes what it puts into scripts, as the security releases of late 2024 and distributions' own do (gh-124651). Templates and code changed
// together, within minor versions, so only the code tells.
func (d *draft) quotes() (bool, error) {
	source, err := readSmall(filepath.Join(d.Python.Stdlib(), "venv", "__init__.py"), maxModule)
	return bytes.Contains(source, []byte("quote_ps1")), err
}

func (d *draft) scriptsOf(dir string, quoting bool) (found int, err error) {
	err = filepath.WalkDir(dir, func(file string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || e.IsDir() {
			return err
		}
		base := strings.ToLower(e.Name())
		if d.Python.Windows() && (strings.HasSuffix(base, ".exe") || strings.HasSuffix(base, ".pdb")) {
			return nil
		}
		below, err := filepath.Rel(dir, file)
		if err == nil {
			found++
			err = d.script(file, filepath.ToSlash(below), quoting)
		}
		return err
	})
	return found, err
}

func (d *draft) script(template, below string, quoting bool) error {
	text, err := readSmall(template, maxTemplate)
	if err != nil {
		return err
	}
	if !utf8.Valid(text) {
		d.warn("activation script %s left out: its template is not UTF-8", below)
		return nil
	}
	fi, err := os.Stat(template)
	if err != nil {
		return err
	}
	place := d.path(d.Python.VenvPaths["scripts"] + "/" + below)
	if err := os.MkdirAll(filepath.Dir(place), 0o755); err != nil {
		return err
	}
	quote := func(s string) string { return s }
	if quoting {
		quote = quoteFor(below)
	}
	if err := os.WriteFile(place, []byte(d.substitute(string(text), quote)), 0o644); err != nil {
		return err
	}
	return os.Chmod(place, fi.Mode().Perm())
}

// substitute replaces the variables one after the other, as the standard library does.
func (d *draft) substitute(text string, quote func(string) string) string {
	prompt := d.Prompt
	if prompt == "" {
		prompt = filepath.Base(d.Root)
	}
	if d.Python.Minor() < 13 {
		prompt = "(" + prompt + ") "
	}
	exe := filepath.Base(d.Python.BaseExecutable)
	scripts := filepath.FromSlash(d.Python.VenvPaths["scripts"])
	for _, v := range [][2]string{
		{"__VENV_DIR__", d.Root},
		{"__VENV_NAME__", filepath.Base(d.Root)},
		{"__VENV_PROMPT__", prompt},
		{"__VENV_BIN_NAME__", scripts},
		{"__VENV_PYTHON__", filepath.Join(d.Root, scripts, exe)},
	} {
		text = strings.ReplaceAll(text, v[0], quote(v[1]))
	}
	return text
}

func quoteFor(script string) func(string) string {
	switch {
	case strings.HasSuffix(script, ".ps1"):
		return func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	case strings.HasSuffix(script, ".bat"):
		return func(s string) string { return s }
	}
	return shellQuote
}

var shellSafe = lazy.Regexp{Expr: `^[A-Za-z0-9_@%+=:,./-]+$`}

// shellQuote is a word of a POSIX shell.
func shellQuote(s string) string {
	if shellSafe.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'"'"'`) + "'"
}

// pythonString is repr(s) for text without control characters.
func pythonString(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\' || string(r) == quote:
			b.WriteString(`\` + string(r))
		case r == ' ' || unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return quote + b.String() + quote
}

// readSmall reads a file of at most limit bytes.
func readSmall(file string, limit int64) ([]byte, error) {
	fi, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() || fi.Size() > limit {
		return nil, fmt.Errorf("%s is no regular file, or has more than %d bytes", file, limit)
	}
	return os.ReadFile(file)
}

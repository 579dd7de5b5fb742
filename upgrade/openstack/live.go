package openstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

// ConfigError says which configuration file cannot be used.
type ConfigError struct {
	File string
	Err  error
}

func (e *ConfigError) Error() string { return e.File + ": " + e.Err.Error() }
func (e *ConfigError) Unwrap() error { return e.Err }

// ReadConfig reads the files of a configuration in the order in which they count. *.conf in the folder that oslo.config reads by itself (cinder.conf.d beside cinder.conf) count
// least: it reads them before every --config-file.
func ReadConfig(c upgrade.Config) (oslo.Stack, error) {
	var stack oslo.Stack
	for _, name := range append(defaultDirs(c.Files), c.Files...) {
		f, err := readFile(name)
		if err != nil {
			return nil, err
		}
		stack = append(stack, f)
	}
	return stack, nil
}

func readFile(name string) (*oslo.File, error) {
	b, err := readLimited(os.DirFS(filepath.Dir(name)), filepath.Base(name), oslo.MaxFile)
	if err != nil {
		var bad *fs.PathError
		if errors.As(err, &bad) { // it names the file within its folder only
			err = bad.Err
		}
		return nil, &ConfigError{name, err}
	}
	f, err := oslo.Parse(b)
	if err != nil {
		return nil, &ConfigError{name, err}
	}
	return f, nil
}

func defaultDirs(files []string) (all []string) {
	for _, name := range files {
		if filepath.Ext(name) != ".conf" {
			continue
		}
		found, err := filepath.Glob(escapeGlob(name) + ".d/*.conf")
		if err == nil {
			all = append(all, found...)
		}
	}
	return all
}

func escapeGlob(name string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(name)
}

// live is a subject's configuration without what its generation overrides: the operator's own.
func live(s upgrade.Subject) (files []string, stack oslo.Stack, err error) {
	files = s.Config.Files
	if len(files) == 0 {
		files = s.Component.Config.Files
	}
	files = slices.DeleteFunc(slices.Clone(files), func(name string) bool { return name == s.Config.Overrides })
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("%s: no configuration file is known: name them", s.Component.Name)
	}
	stack, err = ReadConfig(upgrade.Config{Files: files})
	return files, stack, err
}

// reference is $name, ${name} or $$ in a value.
var reference = lazy.Regexp{Expr: `\$(\$|[A-Za-z_][A-Za-z0-9_.]*|\{[A-Za-z_][A-Za-z0-9_.]*\})`}

// expand replaces $name, ${name} and ${group.name} by other options, as oslo.config does; $$ and \$ are a dollar sign. What is not set stays as it is.
func expand(stack oslo.Stack, section, text string) string {
	text = strings.ReplaceAll(text, `\$`, "$$")
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		name := strings.Trim(found[1:], "{}")
		if name == "$" {
			return "$"
		}
		places := [][2]string{{section, name}, {oslo.Default, name}}
		if group, key, dotted := strings.Cut(name, "."); dotted {
			places = [][2]string{{group, key}}
		}
		for _, p := range places {
			if v, ok := stack.Get(p[0], p[1]); ok {
				return v
			}
		}
		return found
	})
}

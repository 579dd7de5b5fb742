package openstack

import (
	"cmp"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// defaultPluginFolders are where distributions keep the plugins of uwsgi, and where it keeps its own.
var defaultPluginFolders = []string{"/usr/lib/uwsgi/plugins", "/usr/lib64/uwsgi", "/usr/lib/uwsgi", "/usr/local/lib/uwsgi"}

// ServerError says that uwsgi cannot serve a service from an environment: uwsgi embeds one CPython, by a plugin or by itself, and serves no virtual environment of another.
type ServerError struct {
	Service string
	Root    string   // of the environment
	Python  string   // of the environment: 3.13
	Plugins []string // files that embed a Python
	Embeds  []string // their Pythons
}

func (e *ServerError) Error() string {
	return fmt.Sprintf("uwsgi cannot serve %s from %s: %s", e.Service, e.Root, e.advice())
}

func (e *ServerError) advice() string {
	return fmt.Sprintf("the environment's Python is %s, and %s has Python %s: make the environment with that one, install the plugin for %s, or let the service run its console script",
		e.Python, strings.Join(e.Plugins, ", "), strings.Join(e.Embeds, ", "), e.Python)
}

// servers looks at what serves the services with {wsgi} in their argv. A need that is not found has a *ServerError where it is known that another Python is embedded; where nothing tells
// which one is (a uwsgi that was linked statically), it has none.
func servers(services []upgrade.Service, env *venv.Env, folders []string) (needs []upgrade.HostNeed, refused []error) {
	for _, svc := range services {
		if env.Python == nil || !served(svc) {
			continue
		}
		v := env.Python.Version
		python := fmt.Sprintf("%d.%d", v.Release(0), v.Release(1))
		need := upgrade.HostNeed{Kind: "uwsgi plugin", Name: "Python " + python + " for " + svc.Name}
		failed := &ServerError{Service: svc.Name, Root: env.Root, Python: python}
		for _, p := range plugins(svc, folders) {
			if p.python == python {
				need.Found = p.path
			}
			failed.Plugins, failed.Embeds = append(failed.Plugins, p.path), append(failed.Embeds, p.python)
		}
		switch {
		case need.Found != "":
		case len(failed.Plugins) > 0:
			need.Text = failed.advice()
			refused = append(refused, failed)
		default:
			need.Text = "nothing tells which Python " + svc.Argv[0] + " embeds: the service starts only if it is this one"
		}
		needs = append(needs, need)
	}
	return needs, refused
}

// served reports whether a server of the host, not one that the environment brings, loads the service as a WSGI application.
func served(svc upgrade.Service) bool {
	return len(svc.Argv) > 0 && !strings.HasPrefix(svc.Argv[0], "{") && slices.ContainsFunc(svc.Argv, func(arg string) bool { return strings.Contains(arg, "{wsgi}") })
}

// plugin is a file that embeds a Python.
type plugin struct{ path, python string }

// plugins are what uwsgi may serve Python with: its program where that embeds one, what its name (uwsgi_python311) or its arguments ask for, else all that are installed.
func plugins(svc upgrade.Service, folders []string) (all []plugin) {
	program := svc.Argv[0]
	if !filepath.IsAbs(program) {
		program = findProgram(filepath.SplitList(cmp.Or(svc.Env["PATH"], defaultPath)), program)
	}
	if python := embedded(program); python != "" {
		return []plugin{{program, python}}
	}
	asked, own := asks(svc.Argv)
	for _, dir := range append(own, folders...) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue
		}
		for _, e := range entries {
			name, ok := strings.CutSuffix(e.Name(), "_plugin.so")
			if !ok || !pythonPlugin.MatchString(name) || len(asked) > 0 && !slices.Contains(asked, name) {
				continue
			}
			path, err := filepath.EvalSymlinks(filepath.Join(dir, e.Name()))
			if err != nil {
				continue
			}
			if p := (plugin{path, cmp.Or(embedded(path), named(filepath.Base(path)))}); p.python != "" && !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	return all
}

var (
	pythonPlugin = lazy.Regexp{Expr: `^python[0-9]*$`}
	pythonName   = lazy.Regexp{Expr: `^python([23])([0-9]+)_plugin\.so$`}
	pythonLib    = lazy.Regexp{Expr: `^libpython([23]\.[0-9]+)[a-z]*\.so`}
)

// asks reads the plugins of Python and the folders of plugins that an argv names. (A configuration file may name others; uwsgi's own language is not read.)
func asks(argv []string) (names, folders []string) {
	if _, name, ok := strings.Cut(filepath.Base(argv[0]), "uwsgi_"); ok && pythonPlugin.MatchString(name) {
		names = append(names, name)
	}
	for i, arg := range argv[1:] {
		option, value, ok := strings.Cut(arg, "=")
		if !ok && i+2 < len(argv) {
			value = argv[i+2]
		}
		switch option {
		case "--plugin", "--plugins", "--need-plugin", "--need-plugins":
			for name := range strings.SplitSeq(value, ",") {
				if pythonPlugin.MatchString(name) {
					names = append(names, name)
				}
			}
		case "--plugin-dir", "--plugins-dir":
			folders = append(folders, value)
		}
	}
	return names, folders
}

// embedded is the version of the libpython that a file is linked with: "3.11"; "" where it is none, or no ELF file.
func embedded(path string) string {
	f, err := elf.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	libraries, err := f.ImportedLibraries()
	if err != nil {
		return ""
	}
	for _, name := range libraries {
		if m := pythonLib.FindStringSubmatch(name); m != nil {
			return m[1]
		}
	}
	return ""
}

// named is the version in the name of a plugin: "3.11" of python311_plugin.so; "" where it has none.
func named(file string) string {
	if m := pythonName.FindStringSubmatch(file); m != nil {
		return m[1] + "." + m[2]
	}
	return ""
}

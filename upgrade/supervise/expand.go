package supervise

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

var template = lazy.Regexp{Expr: `\{[a-z]+\}`}

// Expand puts a subject into an argv template: {bin} is its environment's scripts folder, {root} the environment, {python} its interpreter, and {config} one
// --config-file=F for each file of its configuration. An argument that is a template alone becomes as many arguments as it has values, none included; within an argument
// they are joined by spaces, which no value may then hold (uwsgi's "--pyargv={config}"). Any other word in braces is an error.
func Expand(s upgrade.Subject, argv []string) ([]string, error) {
	return expand(argv, func(name string) ([]string, error) { return value(s, name) })
}

// Argv is a service's argv. Besides what Expand knows, {wsgi} is what uwsgi needs to serve it: --virtualenv where the environment is one, and --module where the environment
// has that module, else --wsgi-file with the console script.
func Argv(s upgrade.Subject, svc upgrade.Service) ([]string, error) {
	argv, err := expand(svc.Argv, func(name string) ([]string, error) {
		if name == "{wsgi}" {
			return wsgi(s, svc)
		}
		return value(s, name)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", svc.Name, err)
	}
	return argv, nil
}

func expand(argv []string, value func(string) ([]string, error)) ([]string, error) {
	var all []string
	for _, arg := range argv {
		if strings.ContainsRune(arg, 0) {
			return nil, fmt.Errorf("argument %q holds a zero byte", arg)
		}
		if template.FindString(arg) == arg && arg != "" {
			values, err := value(arg)
			if err != nil {
				return nil, err
			}
			all = append(all, values...)
			continue
		}
		whole, err := expandWithin(arg, value)
		if err != nil {
			return nil, err
		}
		all = append(all, whole)
	}
	if len(all) == 0 || all[0] == "" {
		return nil, fmt.Errorf("argv %q names no program", argv)
	}
	return all, nil
}

func expandWithin(arg string, value func(string) ([]string, error)) (string, error) {
	var failed error
	whole := template.ReplaceAllStringFunc(arg, func(name string) string {
		values, err := value(name)
		if err != nil {
			failed = err
		}
		if name == "{config}" && slices.ContainsFunc(values, func(v string) bool { return strings.ContainsAny(v, " \t\r\n") }) {
			failed = fmt.Errorf("%s within %q: a value holds white space, which would end it there", name, arg)
		}
		return strings.Join(values, " ")
	})
	return whole, failed
}

func value(s upgrade.Subject, name string) ([]string, error) {
	if name == "{config}" {
		var args []string
		for _, file := range s.Config.Files {
			args = append(args, "--config-file="+file)
		}
		return args, nil
	}
	if s.Env == nil {
		return nil, fmt.Errorf("%s: the subject has no environment", name)
	}
	switch name {
	case "{bin}":
		return one(name, s.Env.Scripts)
	case "{root}":
		return one(name, s.Env.Root)
	case "{python}":
		if s.Env.Python == nil {
			return nil, fmt.Errorf("%s: the environment has no interpreter", name)
		}
		return one(name, s.Env.Python.Path)
	}
	return nil, fmt.Errorf("%s is no template: use {bin}, {root}, {python} or {config}, and {wsgi} in a service", name)
}

func one(name, v string) ([]string, error) {
	if v == "" {
		return nil, fmt.Errorf("%s: the environment does not say it", name)
	}
	return []string{v}, nil
}

func wsgi(s upgrade.Subject, svc upgrade.Service) ([]string, error) {
	if s.Env == nil {
		return nil, fmt.Errorf("{wsgi}: the subject has no environment")
	}
	var args []string
	if s.Env.Virtual {
		args = []string{"--virtualenv", s.Env.Root}
	}
	module, _, _ := strings.Cut(svc.WSGI, ":")
	if module != "" && hasModule(s.Env, module) {
		return append(args, "--module", svc.WSGI), nil
	}
	if svc.WSGIScript != "" {
		script := filepath.Join(s.Env.Scripts, svc.WSGIScript)
		if regular(script) {
			return append(args, "--wsgi-file", script), nil
		}
	}
	return nil, fmt.Errorf("{wsgi}: %s has neither the module %q nor the script %q", s.Env.Root, module, svc.WSGIScript)
}

// hasModule looks for a module's file without running Python.
func hasModule(env *venv.Env, module string) bool {
	var dirs []string
	if env.Virtual {
		dirs = []string{filepath.Join(env.Root, filepath.FromSlash(env.Scheme.Purelib)), filepath.Join(env.Root, filepath.FromSlash(env.Scheme.Platlib))}
	} else if env.Python != nil {
		dirs = env.Python.SiteDirs
	}
	file := filepath.FromSlash(strings.ReplaceAll(module, ".", "/"))
	return slices.ContainsFunc(dirs, func(dir string) bool {
		return regular(filepath.Join(dir, file+".py")) || regular(filepath.Join(dir, file, "__init__.py"))
	})
}

func regular(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

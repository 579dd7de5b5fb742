package supervise

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
)

// DefaultPath is PATH where neither the service nor the configuration says one.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// DefaultStopTimeout is how long a service may take to end politely where it does not say so itself.
const DefaultStopTimeout = 30 * time.Second

// launch is a service with a subject put in: what is started.
type launch struct {
	Name        string            `json:"name"`
	Argv        []string          `json:"argv"`
	Env         map[string]string `json:"env"`
	User        string            `json:"user,omitempty"`
	StopTimeout time.Duration     `json:"stop_timeout,omitempty"`
}

// nameForm keeps the name of a service or component from leading anywhere else where it becomes a part of a path or a line.
var nameForm = lazy.Regexp{Expr: `^[A-Za-z0-9][A-Za-z0-9_.@-]*$`}

const maxName = 128 // bytes

func checkName(name string) error {
	if len(name) > maxName || !nameForm.MatchString(name) {
		return fmt.Errorf("%q is no name of a service or component: use at most 128 letters, digits and _.@-", name)
	}
	return nil
}

func launchOf(s upgrade.Subject, svc upgrade.Service) (launch, error) {
	if err := checkName(svc.Name); err != nil {
		return launch{}, err
	}
	argv, err := Argv(s, svc)
	if err != nil {
		return launch{}, err
	}
	l := launch{Name: svc.Name, Argv: argv, Env: Environ(s, svc), User: svc.User, StopTimeout: svc.StopTimeout}
	if err := checkEnv(l.Env); err != nil {
		return launch{}, fmt.Errorf("%s: %w", svc.Name, err)
	}
	if l.Argv[0], err = lookPath(l.Argv[0], l.Env["PATH"]); err != nil {
		return launch{}, fmt.Errorf("%s: %w", svc.Name, err)
	}
	return l, nil
}

// Environ is the whole environment of a service: Service.Env, Config.Env above it, and PATH, which begins with the scripts of the subject's environment. The PATH of a real
// environment that names its scripts somewhere stays as it is.
func Environ(s upgrade.Subject, svc upgrade.Service) map[string]string {
	env := maps.Clone(svc.Env)
	if env == nil {
		env = map[string]string{}
	}
	maps.Copy(env, s.Config.Env)
	own := env["PATH"]
	if own == "" {
		own = DefaultPath
	}
	env["PATH"] = own
	if s.Env == nil || s.Env.Scripts == "" {
		return env
	}
	dirs := filepath.SplitList(own)
	if dirs[0] != s.Env.Scripts && (s.Env.Virtual || !slices.Contains(dirs, s.Env.Scripts)) {
		env["PATH"] = s.Env.Scripts + string(filepath.ListSeparator) + own
	}
	return env
}

func checkEnv(env map[string]string) error {
	for k, v := range env {
		if k == "" || strings.ContainsAny(k, "=\x00") || strings.ContainsRune(v, 0) {
			return fmt.Errorf("environment variable %q cannot be given to a process", k)
		}
	}
	return nil
}

// environList is an environment as execve takes it, sorted.
func environList(env map[string]string) []string {
	list := []string{}
	for _, k := range slices.Sorted(maps.Keys(env)) {
		list = append(list, k+"="+env[k])
	}
	return list
}

// lookPath finds a program as execvp does, on the given PATH in place of the caller's. A path stays as it is, but must be absolute: a service's working folder is not the caller's.
func lookPath(program, path string) (string, error) {
	if filepath.IsAbs(program) {
		return program, nil
	}
	if strings.ContainsRune(program, '/') {
		return "", fmt.Errorf("%s: name the program by an absolute path, or without a folder", program)
	}
	for _, dir := range filepath.SplitList(path) {
		file := filepath.Join(dir, program)
		if st, err := os.Stat(file); filepath.IsAbs(dir) && err == nil && st.Mode().IsRegular() && st.Mode()&0o111 != 0 {
			return file, nil
		}
	}
	return "", fmt.Errorf("%s: no such program on %s", program, path)
}

func stopTimeout(d time.Duration) time.Duration {
	if d <= 0 {
		return DefaultStopTimeout
	}
	return d
}

package openstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// ErrNoWSGI says that a service has no WSGI application in an environment.
var ErrNoWSGI = errors.New("no WSGI application")

// WSGI tells how a WSGI server is to load a service's application from env: by a module ("cinder.wsgi.api:application"), else by a script's absolute path ("<bin>/cinder-wsgi").
// Releases differ (cinder has the module from 26.0.0 on and the script until 27), so it is asked of the files. Neither is ErrNoWSGI.
func WSGI(env *venv.Env, s upgrade.Service) (module, script string, err error) {
	site, err := env.Site()
	if err != nil {
		return "", "", err
	}
	if name, _, ok := strings.Cut(s.WSGI, ":"); ok {
		file := strings.ReplaceAll(name, ".", "/")
		for _, candidate := range []string{file + ".py", file + "/__init__.py"} {
			if _, err := fs.Stat(site, candidate); err == nil {
				return s.WSGI, "", nil
			}
		}
	}
	if s.WSGIScript != "" {
		script = filepath.Join(env.Scripts, s.WSGIScript)
		if _, err := os.Stat(script); err == nil {
			return "", script, nil
		}
	}
	return "", "", fmt.Errorf("%s in %s: %w", s.Name, env.Root, ErrNoWSGI)
}

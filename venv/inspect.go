package venv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// inspected is an environment as it is under the lock, seen with a plan.
type inspected struct {
	out, stay []wheel.Installed
}

// inspect holds the plan against the environment. All that is wrong comes joined.
func (e *Env) inspect(ctx context.Context, plan *Plan) (inspected, error) {
	var now inspected
	found, eggs, err := e.scan(ctx)
	if err != nil {
		return now, err
	}
	same := func(in wheel.Installed) func(wheel.Installed) bool {
		return func(o wheel.Installed) bool {
			return o.Name == in.Name && o.DistInfo == in.DistInfo && o.RecordSHA256 == in.RecordSHA256
		}
	}
	for _, in := range plan.Remove {
		switch {
		case !slices.ContainsFunc(found, same(in)):
			err = errors.Join(err, named(in.Name, ErrStale))
		case in.Record == nil:
			err = errors.Join(err, named(in.Name, fmt.Errorf("cannot be removed: %w", wheel.ErrNoRecord)))
		}
	}
	for _, in := range found {
		if slices.ContainsFunc(plan.Remove, same(in)) {
			now.out = append(now.out, in)
		} else {
			now.stay = append(now.stay, in)
		}
	}
	seen := map[pep508.Name]bool{}
	for _, in := range plan.Install {
		err = errors.Join(err, named(in.Name, e.admits(in, now.stay, eggs, seen)))
		seen[in.Name] = true
	}
	return now, err
}

// admits says why a distribution cannot come in.
func (e *Env) admits(in Install, stay []wheel.Installed, eggs map[pep508.Name]string, seen map[pep508.Name]bool) error {
	if seen[in.Name] {
		return errors.New("the plan installs it twice")
	}
	if slices.ContainsFunc(stay, func(o wheel.Installed) bool { return o.Name == in.Name }) {
		return fmt.Errorf("it is installed, and the plan does not remove that: %w", ErrStale)
	}
	if egg, ok := eggs[in.Name]; ok {
		return fmt.Errorf("%s is in the way: %w", egg, wheel.ErrEgg)
	}
	name, err := dist.ParseFilename(in.File.File)
	if err != nil {
		return err
	}
	if name.Kind != dist.Wheel || name.Name != in.Name {
		return fmt.Errorf("%s is no wheel of it", in.File.File)
	}
	if in.Version != "" && name.Version.String() != in.Version {
		return fmt.Errorf("%s is not version %s", in.File.File, in.Version)
	}
	if !slices.ContainsFunc(name.Tags, func(t tag.Tag) bool { return slices.Contains(e.Python.Tags, t.String()) }) {
		return fmt.Errorf("%s is not for %s %s on %s", in.File.File, e.Python.Implementation, e.Python.Version, e.Python.PlatformTag)
	}
	return nil
}

func checkName(installer string) error {
	if installer == "" || strings.ContainsFunc(installer, unicode.IsControl) {
		return fmt.Errorf("installer %q has control characters: give the program's name", installer)
	}
	return nil
}

// library is the folder of a distribution that is installed, as a slash path below the root.
func (e *Env) library(in wheel.Installed) string {
	if _, err := os.Lstat(path.Join(e.Root, e.Scheme.Purelib, in.DistInfo)); errors.Is(err, fs.ErrNotExist) {
		return e.Scheme.Platlib
	}
	return e.Scheme.Purelib
}

// recorded is a path of a RECORD as a slash path below the root; "" where it leads out, or to what is the environment's own.
func (e *Env) recorded(library, name string) string {
	if path.IsAbs(name) || strings.ContainsAny(name, `\:`) {
		return ""
	}
	name = path.Join(library, name)
	if !fs.ValidPath(name) || name == "." || e.own(name) {
		return ""
	}
	return name
}

var ownScript = lazy.Regexp{Expr: `(?i)^(python[0-9.]*t?|pythonw?(3\.[0-9]+t)?\.exe|𝜋thon|activate(\.[a-z0-9]+)?|deactivate\.bat)$`}

// own reports whether a path is the environment's own, so that no distribution may have it.
func (e *Env) own(name string) bool {
	top, _, _ := strings.Cut(name, "/")
	if strings.EqualFold(top, StateFolder) || strings.EqualFold(name, "pyvenv.cfg") || top == "lib64" {
		return true
	}
	return path.Dir(name) == e.Scheme.Scripts && ownScript.MatchString(path.Base(name))
}

// drops lists the files that go out: all of the distributions that go, but for what one that stays has too.
func (e *Env) drops(now inspected) []string {
	goes := map[string]bool{}
	for _, in := range now.out {
		library := e.library(in)
		for _, name := range in.Owned(os.DirFS(path.Join(e.Root, library))) {
			if name = e.recorded(library, name); name != "" {
				goes[name] = true
			}
		}
		for _, name := range in.Outside() {
			if name = e.recorded(library, name); name != "" {
				goes[name] = true
			}
		}
	}
	if len(goes) > 0 {
		e.each(now.stay, func(name string, _ pep508.Name) { delete(goes, name) })
	}
	all := make([]string, 0, len(goes))
	for name := range goes {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// each calls fn with every file of RECORDs.
func (e *Env) each(installed []wheel.Installed, fn func(name string, owner pep508.Name)) {
	for _, in := range installed {
		library := e.library(in)
		for _, entry := range in.Record {
			if name := e.recorded(library, entry.Path); name != "" {
				fn(name, in.Name)
			}
		}
	}
}

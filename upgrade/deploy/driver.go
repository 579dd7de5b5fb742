package deploy

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/venv/python"
)

// oldestReader is the Python that reads drivers at least.
var oldestReader = pep440.MustParse("3.7")

// byDriver chooses by the vendor's driver, and by policy among the releases that have all that it asks for. With an index, which only what makes environments is given, the driver's files are read, and go into the environment.
func (a *assembly) byDriver(ctx context.Context, policy upgrade.TargetPicker, into *environment.Provisioner) (upgrade.TargetPicker, error) {
	p, err := a.driverPicker(policy, into.Pythons)
	if err != nil || a.o.Index == nil {
		return p, err
	}
	if p.Index, err = a.offers(); err != nil {
		return nil, fmt.Errorf("target.api: %w", err)
	}
	files, err := a.driverFiles(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("target.driver: %w", err)
	}
	into.Files = append(into.Files, files...)
	if a.part.Target.Else == otherwise {
		return upgrade.FirstOf(p, policy), nil
	}
	return p, nil
}

func (a *assembly) driverPicker(policy upgrade.TargetPicker, pythons []*python.Interpreter) (*driver.Picker, error) {
	t := a.part.Target
	p := &driver.Picker{
		Source: driver.Source{Path: t.Driver, Class: t.Class}, Reader: &pyast.Reader{Python: readerOf(pythons), Logger: a.o.Logger},
		Policy: policy, Current: a.part.Real.Sites, Modules: a.modules(), Have: slices.Clone(a.d.Component.Host.Bindings),
	}
	if isClass(t.Driver) {
		p.Source = driver.Source{Class: t.Driver}
	}
	extra, err := a.extra()
	for _, r := range extra {
		p.Have = append(p.Have, string(r.Name))
	}
	return p, err
}

// readerOf is the first interpreter that reads drivers: that of the real environment, unless it is too old. "" where there is none, which is an error only where a driver is read.
func readerOf(pythons []*python.Interpreter) string {
	for _, p := range pythons {
		if p.Version.Compare(oldestReader) >= 0 {
			return p.Path
		}
	}
	return ""
}

// offers is what the releases offer; nil: what comes along.
func (a *assembly) offers() (*api.Index, error) {
	path := a.part.Target.API
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	index, err := api.Read(f)
	if err == nil && index.Component != a.d.Component.Distribution {
		err = fmt.Errorf("it is of %s, not of %s", index.Component, a.d.Component.Distribution)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return index, nil
}

// driverFiles are the driver's files, as an environment is to have them, without those that the deployment itself puts there. They are written to the cache, so that what was judged is what is installed, whatever it was given as.
func (a *assembly) driverFiles(ctx context.Context, p *driver.Picker) ([]environment.File, error) {
	tree, err := p.Open(ctx, a.d.Component.Distribution)
	if err != nil {
		return nil, err
	}
	var all []environment.File
	for _, f := range tree.Files {
		to := placeOf(f)
		if slices.ContainsFunc(a.part.Files, func(own File) bool { return own.To == to || own.From == a.part.Target.Driver }) {
			continue
		}
		from, err := a.keep(path.Base(to), f.Text)
		if err != nil {
			return nil, err
		}
		all = append(all, environment.File{From: from, To: to})
	}
	return all, nil
}

// keep writes a text to the cache, by its content.
func (a *assembly) keep(name string, text []byte) (string, error) {
	dir := filepath.Join(a.o.Cache, "driver", fmt.Sprintf("%x", sha256.Sum256(text)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	return filepath.Join(dir, name), durable.WriteFile(root, name, text, 0o644)
}

// placeOf is a module's file below a library folder.
func placeOf(f driver.File) string {
	to := strings.ReplaceAll(f.Name, ".", "/")
	if f.Package {
		return to + "/__init__.py"
	}
	return to + ".py"
}

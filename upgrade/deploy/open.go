package deploy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/upgrade/probe"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Open reads what runs, and puts the Upgraders together. It changes nothing. With Options.Services, components that have none of them are left out.
func (c *Config) Open(ctx context.Context, o Options) (*Deployment, error) {
	d := &Deployment{}
	known := map[string]bool{}
	for i := range c.Components {
		a := &assembly{cfg: c, part: &c.Components[i], o: o}
		u, err := a.assemble(ctx, known)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.part.Name, err)
		}
		if len(o.Services) == 0 || len(u.Services) > 0 {
			d.Upgraders = append(d.Upgraders, u)
		}
	}
	for _, name := range o.Services {
		if !known[name] {
			return nil, fmt.Errorf("service %q: %w, or its only leaves it out", name, ErrNoComponent)
		}
	}
	return d, nil
}

// assembly puts one component's Upgrader together.
type assembly struct {
	cfg  *Config
	part *Component
	o    Options

	d      openstack.Description
	real   upgrade.Subject
	live   oslo.Stack
	runner upgrade.Runner
}

func (a *assembly) assemble(ctx context.Context, known map[string]bool) (*upgrade.Upgrader, error) {
	if err := a.describe(); err != nil {
		return nil, err
	}
	services, err := a.services(known)
	if err != nil {
		return nil, err
	}
	if err := a.readReal(ctx); err != nil {
		return nil, err
	}
	switcher, err := a.manage()
	if err != nil {
		return nil, err
	}
	n := &narrator{tell: a.o.Observer, component: a.part.Name}
	provisioner, err := a.provisioner(ctx, n)
	if err != nil {
		return nil, err
	}
	picker, err := a.picker(ctx, provisioner)
	if err != nil {
		return nil, err
	}
	configurer := a.configurer()
	u := &upgrade.Upgrader{
		Component: a.d.Component, Real: a.real, Root: a.cfg.Root, State: a.cfg.State,
		Switcher: switcher, Picker: picker, Provisioner: provisioner, Configurer: configurer, Runner: a.runner,
		Services: services, Before: commands(a.part.Trial.Before), After: commands(a.part.Trial.After),
		Classify: func(log io.Reader) []upgrade.Evidence { return probe.Classify(log) },
		Modules:  a.modules(),
		Observer: n.event, Logger: a.o.Logger,
	}
	inspector := &openstack.Inspector{Description: &a.d, Configurer: configurer, Runner: a.runner, Sites: a.part.Real.Sites}
	if database := a.database(provisioner.Pythons); database != nil {
		u.Database, inspector.Database = database, database
	}
	u.Inspector = inspector
	return u, a.judge(u)
}

// describe reads the description, and puts above it what the deployment says of it.
func (a *assembly) describe() (err error) {
	if a.part.Description == "" {
		a.d, err = openstack.Lookup(a.part.Name)
	} else {
		a.d, err = readDescription(a.part.Description)
	}
	if err != nil {
		return err
	}
	c := &a.d.Component
	if c.Name != a.part.Name {
		return fmt.Errorf("%s describes %q", a.part.Description, c.Name)
	}
	if len(a.part.Config) > 0 {
		c.Config.Files = a.part.Config
	}
	if a.part.Bindings != nil {
		c.Host.Bindings = *a.part.Bindings
	}
	if a.part.Executables != nil {
		c.Host.Executables = *a.part.Executables
	}
	if a.part.User != "" {
		a.d.SetUser(a.part.User)
	}
	for name, s := range a.part.Services {
		i := slices.IndexFunc(c.Services, func(svc upgrade.Service) bool { return svc.Name == name })
		if i < 0 {
			return fmt.Errorf("services: it has none that is named %q", name)
		}
		s.over(&c.Services[i])
	}
	if a.part.Trial.Skip {
		a.d.Trial.Refuse = "deploy.yaml leaves it out"
	}
	return nil
}

// maxDescription bounds a description, in bytes.
const maxDescription = 1 << 20

func readDescription(path string) (openstack.Description, error) {
	f, err := os.Open(path)
	if err != nil {
		return openstack.Description{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxDescription+1))
	if err == nil && len(b) > maxDescription {
		err = fmt.Errorf("more than %d bytes", maxDescription)
	}
	if err != nil {
		return openstack.Description{}, fmt.Errorf("%s: %w", path, err)
	}
	d, err := openstack.ParseDescription(b)
	if err != nil {
		return d, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// over puts what differs above a described service.
func (s Service) over(svc *upgrade.Service) {
	if len(s.Argv) > 0 {
		svc.Argv = s.Argv
	}
	if s.User != "" {
		svc.User = s.User
	}
	if s.StopTimeout > 0 {
		svc.StopTimeout = time.Duration(s.StopTimeout)
	}
	for name, value := range s.Env {
		if svc.Env == nil {
			svc.Env = map[string]string{}
		}
		svc.Env[name] = value
	}
}

// services are those to upgrade: none stands for all. Each that the caller asked for is noted in known under the word that it used.
func (a *assembly) services(known map[string]bool) ([]string, error) {
	var here []string
	for _, svc := range a.d.Component.Services {
		if len(a.part.Only) == 0 || slices.Contains(a.part.Only, svc.Name) {
			here = append(here, svc.Name)
		}
	}
	if len(a.part.Only) > 0 && len(here) != len(a.part.Only) {
		return nil, fmt.Errorf("only: %q has something that is no service of it, or twice", a.part.Only)
	}
	if len(a.o.Services) == 0 {
		return here, nil
	}
	var asked []string
	for _, name := range here {
		for _, word := range a.o.Services {
			if word == name || a.part.Name+"-"+word == name {
				known[word] = true
				asked = append(asked, name)
			}
		}
	}
	return slices.Compact(asked), nil
}

// readReal reads the real environment from its files, and its configuration.
func (a *assembly) readReal(ctx context.Context) error {
	real := a.part.Real
	now, err := openstack.ReadCurrent(ctx, a.d.Component, real.Sites...)
	if err != nil {
		return err
	}
	env := &venv.Env{Root: filepath.Dir(real.Scripts), Scripts: real.Scripts}
	if _, err := os.Stat(filepath.Join(env.Root, python.ConfigName)); err == nil {
		env.Virtual, env.Scheme = true, schemeOf(env.Root, real.Sites)
	}
	if real.Python != "" {
		found, err := python.Probe(ctx, real.Python)
		if err != nil {
			return fmt.Errorf("real.python: %w", err)
		}
		own := *found
		own.SiteDirs = real.Sites
		env.Python = &own
	}
	config := upgrade.Config{Files: a.d.Component.Config.Files, Host: a.part.Host, Env: real.Env}
	if a.live, err = openstack.ReadConfig(config); err != nil {
		return err
	}
	if config.Host == "" {
		if config.Host, err = a.host(); err != nil {
			return err
		}
	}
	a.real = upgrade.Subject{Component: a.d.Component, Env: env, Version: now.Version, Config: config}
	return nil
}

// schemeOf is where a virtual environment has its libraries, as far as readers of it ask.
func schemeOf(root string, sites []string) (s wheel.Scheme) {
	if rel, err := filepath.Rel(root, sites[0]); err == nil && filepath.IsLocal(rel) {
		s.Purelib, s.Platlib = filepath.ToSlash(rel), filepath.ToSlash(rel)
	}
	return s
}

// host is the name that the services call themselves.
func (a *assembly) host() (string, error) {
	if name, ok := a.live.Get(oslo.Default, "host"); ok && name != "" {
		if strings.Contains(name, "$") {
			return "", errors.New("[DEFAULT] host refers to another option: give host")
		}
		return name, nil
	}
	return os.Hostname()
}

func (a *assembly) configurer() *openstack.Configurer {
	c := &openstack.Configurer{
		Root: a.cfg.Root, Description: &a.d, User: a.part.User, Choices: a.part.Choices,
		Host: a.part.Trial.Host, VirtualHost: a.part.Trial.VirtualHost, Port: a.part.Trial.Port,
		SudoersDir: a.part.Sudo.Dir, Visudo: a.part.Sudo.Visudo, SecurePath: a.part.Sudo.SecurePath,
	}
	for section, options := range a.part.Options {
		for option, value := range options {
			c.Options = append(c.Options, openstack.Setting{Section: section, Option: option, Value: value})
		}
	}
	slices.SortFunc(c.Options, func(x, y openstack.Setting) int {
		return strings.Compare(x.Section+"\x00"+x.Option, y.Section+"\x00"+y.Option)
	})
	return c
}

// database is nil where another host migrates it.
func (a *assembly) database(pythons []*python.Interpreter) *openstack.Database {
	b := a.part.Database
	if b.Elsewhere {
		return nil
	}
	db := &openstack.Database{Dir: b.Dir, Description: &a.d, Python: b.Python, Client: b.Client, Dump: b.Dump}
	oldest := pep440.MustParse("3.7")
	for _, p := range pythons {
		if db.Python == "" && p.Version.Compare(oldest) >= 0 {
			db.Python = p.Path
		}
	}
	return db
}

// commands gives each a name that errors and events can use.
func commands(all []Command) []upgrade.Command {
	var out []upgrade.Command
	for _, c := range all {
		name := c.Name
		if name == "" {
			name = filepath.Base(c.Argv[0])
		}
		out = append(out, upgrade.Command{Name: name, Argv: c.Argv, OK: c.OK, Timeout: time.Duration(c.Timeout), User: c.User})
	}
	return out
}

// extra reads requirements that were checked when the Config was parsed.
func (a *assembly) extra() ([]pep508.Requirement, error) {
	var all []pep508.Requirement
	for i, text := range a.part.Requirements {
		r, err := pep508.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("requirements.%s: %w", strconv.Itoa(i), err)
		}
		all = append(all, r)
	}
	return all, nil
}

// modules are the distributions of modules that have another name.
func (a *assembly) modules() map[string]pep508.Name {
	all := map[string]pep508.Name{}
	for module, name := range a.part.Modules {
		all[module] = pep508.NormalizeName(name)
	}
	return all
}

// folder is one of the component's below the state's.
func (a *assembly) folder(name string) string {
	return filepath.Join(a.cfg.State, a.part.Name, name)
}

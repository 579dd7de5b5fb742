package openstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// Names of the files of a generation.
const (
	overrideName = "override.conf"
	rootwrapName = "rootwrap.conf"
	sudoersName  = "sudoers"
	stateName    = "state"
)

// Configurer makes configuration generations below Root (see the package's text). A zero field has the default that it names.
type Configurer struct {
	Root        string            // required; only root may write to it and to the folders above it
	Description *Description      // nil: the built-in one of the component's name
	User        string            // that the services run as; "": as described
	Options     []Setting         // set in each generation, above all else
	Choices     map[string]Choice // for files in conflict
	Host        string            // of a trial; "": chandlery-trial
	VirtualHost string            // of a trial; "": chandlery_trial. It must exist in the message queue
	Port        int               // of a trial's API; 0: one that is free now

	SudoersDir string   // "": /etc/sudoers.d
	Visudo     string   // "": /usr/sbin/visudo
	SecurePath []string // where sudo looks for rootwrap; nil: Debian's secure_path
}

var (
	_ upgrade.Configurer = (*Configurer)(nil)
	_ upgrade.Granter    = (*Configurer)(nil)
)

// Configure makes the generation of env's version beside that of old and returns when it stands, durably and as a whole; one of the same name is replaced. Nothing of the live
// configuration is changed, and the grant for sudo is checked but not in force: see Grant. Files in conflict are a *ConflictError, an environment
// that uwsgi could not serve is a *ServerError, a component that cannot be tried is upgrade.ErrNoTrial.
func (c *Configurer) Configure(ctx context.Context, old upgrade.Subject, env *venv.Env, trial bool) (upgrade.Config, error) {
	g, err := c.begin(ctx, old, env, trial)
	if err != nil {
		return upgrade.Config{}, err
	}
	if err := g.draft(ctx); err != nil {
		return upgrade.Config{}, err
	}
	if err := g.write(ctx); err != nil {
		return upgrade.Config{}, fmt.Errorf("configuration generation %s: %w", g.dir, err)
	}
	override := filepath.Join(g.dir, overrideName)
	return upgrade.Config{Files: append(slices.Clone(g.files), override), Overrides: override, Dir: g.dir, Env: carried(old.Config.Env), Host: g.values["{host}"]}, nil
}

// carried is the old generation's variables for the new one: what leads Python to the old one's modules stays behind.
func carried(env map[string]string) map[string]string {
	env = maps.Clone(env)
	for _, name := range []string{"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"} {
		delete(env, name)
	}
	return env
}

func (c *Configurer) describe(component upgrade.Component) (Description, error) {
	if c.Description != nil {
		return *c.Description, nil
	}
	return Lookup(component.Name)
}

// begin gathers what a generation is made from.
func (c *Configurer) begin(ctx context.Context, old upgrade.Subject, env *venv.Env, trial bool) (*generation, error) {
	if c.Root == "" || !filepath.IsAbs(c.Root) {
		return nil, errors.New("the generations' root is no absolute path: set Root")
	}
	if env == nil || !env.Virtual {
		return nil, fmt.Errorf("%s: a generation is made for a virtual environment of its own", old.Component.Name)
	}
	d, err := c.describe(old.Component)
	if err != nil {
		return nil, err
	}
	if trial && d.Trial.Refuse != "" {
		return nil, fmt.Errorf("%s: %w: %s", old.Component.Name, upgrade.ErrNoTrial, d.Trial.Refuse)
	}
	if _, refused := servers(old.Component.Services, env, defaultPluginFolders); len(refused) > 0 {
		return nil, errors.Join(refused...)
	}
	version, err := versionIn(ctx, env, old.Component)
	if err != nil {
		return nil, err
	}
	g := &generation{c: c, d: d, old: old, env: env, trial: trial}
	g.name = old.Component.Name + "-" + version.String()
	if trial {
		g.name += "-trial"
	}
	g.dir = filepath.Join(c.Root, "generations", g.name)
	if g.files, g.live, err = live(old); err != nil {
		return nil, err
	}
	if g.owner, err = lookupOwner(c.user(d)); err != nil {
		return nil, err
	}
	return g, g.setValues()
}

func (c *Configurer) user(d Description) string {
	if c.User != "" {
		return c.User
	}
	return d.User
}

// versionIn asks an environment's own metadata.
func versionIn(ctx context.Context, env *venv.Env, c upgrade.Component) (pep440.Version, error) {
	found, err := env.Installed(ctx)
	for _, in := range found {
		if in.Name == c.Distribution {
			return in.Version, nil
		}
	}
	return pep440.Version{}, errors.Join(fmt.Errorf("%s in %s: %w", c.Name, env.Root, ErrNotInstalled), err)
}

// setValues decides what the placeholders of settings stand for.
func (g *generation) setValues() error {
	g.values = map[string]string{"{rootwrap}": filepath.Join(g.dir, rootwrapName), "{state}": filepath.Join(g.dir, stateName)}
	if !g.trial {
		g.values["{host}"] = g.old.Config.Host
		return nil
	}
	g.values["{host}"] = cmp.Or(g.c.Host, "chandlery-trial")
	port := g.c.Port
	if port == 0 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		port = l.Addr().(*net.TCPAddr).Port
		if err := l.Close(); err != nil {
			return err
		}
	}
	g.values["{port}"] = strconv.Itoa(port)
	return nil
}

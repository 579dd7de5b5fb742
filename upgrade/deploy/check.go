package deploy

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/release"
)

// Kinds of Manager.
const (
	process    = "process"
	supervisor = "supervisor"
	systemd    = "systemd"
)

var levels = []string{"L0", "L1", "L2", "L3", "L4", "L5"}

// checker checks a Config, gives it its defaults, and makes its paths absolute.
type checker struct {
	base     string
	document *yaml.Node
	problems []error
}

// wrong notes a problem of a key, with the line where the key stands, or the nearest above it that does.
func (k *checker) wrong(key string, err error) {
	n := k.document
	for _, name := range strings.Split(key, ".") {
		child := childOf(n, name)
		if child == nil {
			break
		}
		n = child
	}
	k.problems = append(k.problems, &ConfigError{n.Line, key, err})
}

func childOf(n *yaml.Node, name string) *yaml.Node {
	if n.Kind == yaml.SequenceNode {
		if i, err := strconv.Atoi(name); err == nil && i < len(n.Content) {
			return n.Content[i]
		}
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i+1]
		}
	}
	return nil
}

func (k *checker) wrongf(key, format string, args ...any) { k.wrong(key, fmt.Errorf(format, args...)) }

// path makes a path absolute; "" stays so.
func (k *checker) path(p *string) {
	if *p != "" && !filepath.IsAbs(*p) {
		*p = filepath.Join(k.base, filepath.FromSlash(*p))
	}
}

func (k *checker) paths(all []string) {
	for i := range all {
		k.path(&all[i])
	}
}

// argv checks a command's arguments. A program with a separator in its name is a path, others are looked up in PATH.
func (k *checker) argv(key string, argv []string, required bool) {
	if len(argv) == 0 && !required {
		return
	}
	if len(argv) == 0 || argv[0] == "" {
		k.wrongf(key, "names no program")
		return
	}
	if strings.Contains(argv[0], "/") && !strings.HasPrefix(argv[0], "{") {
		k.path(&argv[0])
	}
}

func (k *checker) config(c *Config) {
	if c.Root == "" {
		k.wrongf("root", "is missing: the folder for environments")
	}
	k.path(&c.Root)
	if c.State == "" {
		c.State = filepath.Join(c.Root, "state")
	}
	k.path(&c.State)
	if strings.Contains(c.Python, "/") {
		k.path(&c.Python)
	}
	if len(c.Components) == 0 {
		k.wrongf("components", "are missing: name at least one")
	}
	seen := map[string]bool{}
	for i := range c.Components {
		key, part := "components."+strconv.Itoa(i), &c.Components[i]
		if seen[part.Name] {
			k.wrongf(key+".name", "%q stands twice", part.Name)
		}
		seen[part.Name] = true
		k.component(key, c, part)
	}
}

// componentName is a word that can be a folder's name.
var componentName = lazy.Regexp{Expr: `^[a-z][a-z0-9_-]{0,63}$`}

func (k *checker) component(key string, cfg *Config, c *Component) {
	switch {
	case !componentName.MatchString(c.Name):
		k.wrongf(key+".name", "%.64q is no component's name: lower case letters, digits, - and _", c.Name)
		return
	case c.Description == "" && !slices.Contains(openstack.Names(), c.Name):
		k.wrong(key+".name", fmt.Errorf("%w is named %q: give its description, or name one of %s", openstack.ErrUnknownComponent, c.Name, strings.Join(openstack.Names(), ", ")))
	}
	k.path(&c.Description)
	k.target(key, c)
	k.real(key+".real", &c.Real)
	k.paths(c.Config)
	k.manager(key+".manager", &c.Manager)
	for name, s := range c.Services {
		k.service(key+".services."+name, &s)
		c.Services[name] = s
	}
	if c.Database.Dir == "" {
		c.Database.Dir = filepath.Join(cfg.State, c.Name, "snapshots")
	}
	for _, p := range []*string{&c.Database.Dir, &c.Database.Python, &c.Database.Client, &c.Database.Dump, &c.Sudo.Dir, &c.Sudo.Visudo} {
		k.path(p)
	}
	k.paths(c.Sudo.SecurePath)
	k.contents(key, c)
	k.trial(key+".trial", &c.Trial)
	if c.Verify == nil {
		k.wrong(key+".verify", upgrade.ErrNoVerifier)
		return
	}
	k.verify(key+".verify", c.Verify)
}

func (k *checker) target(key string, c *Component) {
	t := &c.Target
	switch t.Policy {
	case "", release.NewestMaintained, release.NewestSLURP, release.LowestInWindow:
	default:
		k.wrongf(key+".target.policy", "no policy: %s, %s or %s", release.NewestMaintained, release.NewestSLURP, release.LowestInWindow)
	}
	if t.Policy != "" && t.Want != "" {
		k.wrongf(key+".target.want", "stands in place of the policy: give one of them")
	}
	if t.Window < 0 {
		k.wrongf(key+".target.window", "is a number of series")
	}
	if !isURL(t.Releases) {
		k.path(&t.Releases)
	} else {
		k.url(key+".target.releases", t.Releases)
	}
	k.driver(key+".target", c)
	k.path(&c.Source)
}

// otherwise is the one word of else: where what is given is no driver, the releases alone decide.
const otherwise = "release"

var className = lazy.Regexp{Expr: `^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\.[A-Z]\w*$`}

// isClass tells a class, as a configuration names it, from a path.
func isClass(s string) bool { return className.MatchString(s) }

func (k *checker) driver(key string, c *Component) {
	t := &c.Target
	switch {
	case t.Driver == "":
		for name, value := range map[string]string{".class": t.Class, ".else": t.Else, ".api": t.API} {
			if value != "" {
				k.wrongf(key+name, "is said of a driver: give one")
			}
		}
		return
	case c.Source != "":
		k.wrongf(key+".driver", "chooses among the releases of the index, and source stands in place of them: give one of them")
	}
	if t.Else != "" && t.Else != otherwise {
		k.wrongf(key+".else", "is %s", otherwise)
	}
	if t.Class != "" && !isClass(t.Class) {
		k.wrongf(key+".class", "is no class as a configuration names it: package.module.Class")
	}
	if !isClass(t.Driver) {
		k.path(&t.Driver)
	}
	k.path(&t.API)
}

func isURL(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// url checks an address, which must not hold a password, as addresses are shown.
func (k *checker) url(key, text string) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || !isURL(text) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		k.wrongf(key, "no http or https address without user, query and fragment")
	}
}

func (k *checker) real(key string, r *Real) {
	if len(r.Sites) == 0 {
		k.wrongf(key+".sites", "are missing: the library folders of the real environment")
	}
	k.paths(r.Sites)
	if r.Scripts == "" {
		r.Scripts = "/usr/bin"
	}
	k.path(&r.Scripts)
	k.path(&r.Python)
}

func (k *checker) manager(key string, m *Manager) {
	given := func(kind string, keys map[string]bool) {
		for name, set := range keys {
			if set && m.Kind != kind {
				k.wrongf(key+"."+name, "is for the kind %s", kind)
			}
		}
	}
	switch m.Kind {
	case process, systemd:
	case supervisor:
		if m.Socket == "" || m.Overrides == "" {
			k.wrongf(key, "socket and overrides are needed")
		}
	default:
		k.wrongf(key+".kind", "is %s, %s or %s", process, supervisor, systemd)
		return
	}
	given(process, map[string]bool{"dir": m.Dir != "", "logs": m.Logs != ""})
	given(supervisor, map[string]bool{"socket": m.Socket != "", "overrides": m.Overrides != "", "username": m.Username != "", "password": m.Password != ""})
	given(systemd, map[string]bool{"units": m.Units != "", "systemctl": len(m.Systemctl) > 0, "journalctl": len(m.Journalctl) > 0})
	k.argv(key+".systemctl", m.Systemctl, false)
	k.argv(key+".journalctl", m.Journalctl, false)
	for _, p := range []*string{&m.Dir, &m.Logs, &m.Socket, &m.Overrides, &m.Units} {
		k.path(p)
	}
}

func (k *checker) service(key string, s *Service) {
	k.argv(key+".argv", s.Argv, false)
	if _, err := s.umask(); err != nil {
		k.wrong(key+".umask", err)
	}
	if _, err := s.signal(); err != nil {
		k.wrong(key+".stop_signal", err)
	}
	k.paths(s.Logs)
	for _, p := range []*string{&s.PIDFile, &s.Output, &s.Dir} {
		k.path(p)
	}
}

// umask is the service's; 0 where none is given.
func (s Service) umask() (fs.FileMode, error) {
	if s.Umask == "" {
		return 0, nil
	}
	v, err := strconv.ParseUint(s.Umask, 8, 16)
	if err != nil || v > 0o777 {
		return 0, errors.New(`no umask: write "0022"`)
	}
	return fs.FileMode(v), nil
}

// contents checks what goes into the environment and the configuration.
func (k *checker) contents(key string, c *Component) {
	for i, text := range c.Requirements {
		if _, err := pep508.Parse(text); err != nil {
			k.wrong(fmt.Sprintf("%s.requirements.%d", key, i), err)
		}
	}
	for module, name := range c.Modules {
		if _, err := pep508.ParseName(name); err != nil || module == "" {
			k.wrongf(key+".modules", "%.40q is no name of a distribution", name)
		}
	}
	taken := map[string]bool{}
	for i := range c.Files {
		f, at := &c.Files[i], fmt.Sprintf("%s.files.%d", key, i)
		if f.From == "" || !fs.ValidPath(f.To) || f.To == "." || taken[f.To] {
			k.wrongf(at, "from is a file, to a path in the library folder, each path once")
		}
		taken[f.To] = true
		k.path(&f.From)
	}
	for section, options := range c.Options {
		for option := range options {
			if section == "" || option == "" || strings.ContainsAny(section+option, "\r\n[]=:") {
				k.wrongf(key+".options", "%.40q and %.40q are no section and option", section, option)
			}
		}
	}
	for name, choice := range c.Choices {
		if choice != openstack.Keep && choice != openstack.Take {
			k.wrongf(key+".choices."+name, "is %s or %s", openstack.Keep, openstack.Take)
		}
	}
}

func (k *checker) trial(key string, t *Trial) {
	if t.Port < 0 || t.Port > 65535 {
		k.wrongf(key+".port", "is no port")
	}
	for name, commands := range map[string][]Command{".before": t.Before, ".after": t.After} {
		for i, c := range commands {
			k.argv(fmt.Sprintf("%s%s.%d", key, name, i), c.Argv, true)
		}
	}
}

func (k *checker) verify(key string, v *Verify) {
	for i, level := range v.Off {
		if !slices.Contains(levels, level) {
			k.wrongf(fmt.Sprintf("%s.off.%d", key, i), "is one of %s", strings.Join(levels, ", "))
		}
	}
	for i := range v.Commands {
		c, at := &v.Commands[i], fmt.Sprintf("%s.commands.%d", key, i)
		k.argv(at, c.Argv, true)
		if c.Level == "" {
			c.Level = "L3"
		}
		if !slices.Contains(levels, c.Level) {
			k.wrongf(at+".level", "is one of %s", strings.Join(levels, ", "))
		}
		if c.Dir == "" {
			c.Dir = k.base
		}
		k.path(&c.Dir)
	}
	if !v.judges() {
		k.wrong(key, fmt.Errorf("%w: every level is off", upgrade.ErrNoVerifier))
	}
	if v.Size < 0 || v.Content < 0 {
		k.wrongf(key, "size and content are positive")
	}
	k.paths(v.Folders)
	k.paths(v.PIDFiles)
	k.api(key+".api", &v.API)
}

// judges reports whether anything is judged after the switch.
func (v *Verify) judges() bool {
	if slices.ContainsFunc(v.Commands, func(c Check) bool { return !c.Trial && !v.off(c.Level) }) {
		return true
	}
	return slices.ContainsFunc(levels, func(level string) bool { return !v.off(level) })
}

func (v *Verify) off(level string) bool { return slices.Contains(v.Off, level) }

func (k *checker) api(key string, a *API) {
	if a.Volume != "" {
		k.url(key+".volume", a.Volume)
	}
	if a.Image != "" {
		k.url(key+".image", a.Image)
	}
	k.argv(key+".token", a.Token, false)
	if a.NoAuth != nil && len(a.Token) > 0 {
		k.wrongf(key, "noauth and token exclude each other")
	}
}

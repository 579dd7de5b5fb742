package indexconf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
)

// ErrNone says that nothing names an index.
var ErrNone = errors.New("no package index is configured: give --index URL, or set PIP_INDEX_URL or UV_DEFAULT_INDEX, or write index-url into pip.conf")

// MaxFile bounds the files that are read, in bytes: a pyproject.toml may be anybody's.
const MaxFile = 1 << 20

// Host is where the choice is looked up: the environment, the files and the programs of a machine.
type Host struct {
	Getenv  func(string) string
	OS      string                                                      // as runtime.GOOS
	Home    string                                                      // the user's home folder
	Dir     string                                                      // the working folder, whose parents may hold a uv.toml
	Read    func(path string) ([]byte, error)                           // as os.ReadFile; it may leave off after MaxFile bytes and one more
	Default func(ctx context.Context) (string, error)                   // the installed pip's default index; nil: there is none
	Keyring func(ctx context.Context, url, user string) (string, error) // a password out of keyring, "" for none; nil: there is no keyring
}

// Options are what the command line says.
type Options struct {
	Indexes    []string          // their addresses, in order of precedence
	Only       map[string]string // the address of the one index that a project comes from
	Command    string            // the command of pip whose section of its files counts; "": install
	Offline    bool
	Cert       string // as pip's --cert
	ClientCert string // as pip's --client-cert
	Proxy      string // as pip's --proxy
	Keyring    string // as pip's --keyring-provider
}

// Choice is the indexes in order of precedence, and the way to them.
type Choice struct {
	Indexes    []Index
	Links      []string          // find-links: folders, perhaps not there
	Sources    map[string]string // the projects that come from one index only, by its name; "": from no index that can be told beforehand (uv's)
	Offline    bool
	Connection Connection
	Netrc      Netrc
}

// Index is one of them.
type Index struct {
	Name     string // uv's; "" for none
	URL      string // http, https or file; may carry user info
	Explicit bool   // only for the projects of Choice.Sources
	From     string // who named it: "--index", "PIP_INDEX_URL", a file's path, "the installed pip"

	flat, main bool // uv's format = flat, and its default
}

// Choose finds the indexes, with credentials in their addresses, and the way to them.
func Choose(ctx context.Context, o Options, h Host) (Choice, error) {
	p, err := h.pip(o.Command)
	if err != nil {
		return Choice{}, err
	}
	s, err := h.decide(ctx, o, p)
	if err != nil {
		return Choice{}, err
	}
	c := Choice{Indexes: append(s.extra, s.main...), Sources: s.sources}
	c.only(o.Only)
	for i := range c.Indexes {
		if err := c.Indexes[i].check(); err != nil {
			return Choice{}, err
		}
	}
	if err := c.checkSources(); err != nil {
		return Choice{}, err
	}
	if c.Links, err = h.folders(s); err != nil {
		return Choice{}, err
	}
	if c.Connection, err = h.connection(o, p, s); err != nil {
		return Choice{}, err
	}
	offline, err := truth("UV_OFFLINE", h.Getenv("UV_OFFLINE"))
	if err != nil {
		return Choice{}, err
	}
	c.Offline = o.Offline || offline || s.offline
	if c.Netrc, err = h.Netrc(); err != nil {
		return Choice{}, err
	}
	return c, h.authenticate(ctx, &c, first(o.Keyring, p.value("keyring-provider"), h.Getenv("UV_KEYRING_PROVIDER"), s.keyring))
}

// only adds the projects that the command line sends to an index.
func (c *Choice) only(addresses map[string]string) {
	if len(addresses) > 0 && c.Sources == nil {
		c.Sources = map[string]string{}
	}
	for _, project := range slices.Sorted(maps.Keys(addresses)) {
		name := onlyFlag + " " + project
		c.Indexes = append(c.Indexes, Index{Name: name, URL: addresses[project], Explicit: true, From: onlyFlag})
		c.Sources[project] = name
	}
}

const onlyFlag = "--index-of"

// checkSources sees to it that a project that is to come from one index does.
func (c Choice) checkSources() error {
	for project, name := range c.Sources {
		if name != "" && !slices.ContainsFunc(c.Indexes, func(i Index) bool { return i.Name == name }) {
			return fmt.Errorf("[tool.uv.sources] sends %s to the index %q, which is not defined", project, name)
		}
	}
	return nil
}

// folders are the find-links as paths.
func (h Host) folders(s settings) ([]string, error) {
	var all []string
	for _, link := range s.links {
		u, err := url.Parse(link)
		switch {
		case err != nil || !strings.Contains(link, "://"):
			all = append(all, h.under(h.Dir, link))
		case u.Scheme == "file":
			all = append(all, link)
		default:
			return nil, fmt.Errorf("%s: find-links %s is no folder of this machine, and pages of links are not supported: give --index, or find-links with a folder", s.linksFrom, bare(u))
		}
	}
	return all, nil
}

// read gives a file's text; nil where it is not there, or not for this user.
func (h Host) read(file string) ([]byte, error) {
	b, err := h.Read(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission):
		return nil, nil
	case err != nil:
		return nil, err
	case len(b) > MaxFile:
		return nil, fmt.Errorf("%s has more than %d bytes", file, MaxFile)
	case b == nil:
		b = []byte{}
	}
	return b, nil
}

// under is a path as it counts from a folder.
func (h Host) under(dir, name string) string {
	slashed := name
	if h.OS == "windows" {
		slashed = strings.ReplaceAll(name, `\`, "/")
	}
	if rest, ok := strings.CutPrefix(slashed, "~/"); ok {
		return path.Join(h.Home, rest)
	}
	if path.IsAbs(slashed) || h.OS == "windows" && len(slashed) > 1 && slashed[1] == ':' {
		return slashed
	}
	return path.Join(dir, slashed)
}

// check accepts an http(s) or file URL, without showing its user info in the error.
func (i *Index) check() error {
	i.URL = strings.TrimSpace(i.URL)
	u, err := url.Parse(i.URL)
	if err != nil {
		return fmt.Errorf("%s: the index is no URL", i.From)
	}
	switch {
	case i.flat && u.Scheme != "file":
		return fmt.Errorf("%s: the index %s is a page of links (format = flat), which is not supported: name a folder", i.From, bare(u))
	case (u.Scheme == "http" || u.Scheme == "https") && u.Host != "", u.Scheme == "file":
		return nil
	}
	return fmt.Errorf("%s: the index %q must be an http, https or file URL", i.From, bare(u))
}

// bare is an address as it may be shown.
func bare(u *url.URL) string {
	short := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return short.String()
}

func first(all ...string) string {
	for _, s := range all {
		if s != "" {
			return s
		}
	}
	return ""
}

// truth reads a boolean as pip and uv do; "" is false.
func truth(name, s string) (bool, error) {
	switch strings.ToLower(s) {
	case "1", "y", "yes", "t", "true", "on":
		return true, nil
	case "", "0", "n", "no", "f", "false", "off":
		return false, nil
	}
	return false, fmt.Errorf("%s: %q is neither yes nor no", name, s)
}

package indexconf

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// uvConfig is the part of uv's settings that is about indexes (uv documentation, "Settings").
type uvConfig struct {
	Index         []uvIndex      `toml:"index"`
	IndexURL      string         `toml:"index-url"`
	ExtraIndexURL []string       `toml:"extra-index-url"`
	NoIndex       *bool          `toml:"no-index"`
	FindLinks     []string       `toml:"find-links"`
	Offline       *bool          `toml:"offline"`
	Keyring       string         `toml:"keyring-provider"`
	Insecure      []string       `toml:"allow-insecure-host"`
	HTTPProxy     string         `toml:"http-proxy"`
	HTTPSProxy    string         `toml:"https-proxy"`
	NoProxy       []string       `toml:"no-proxy"`
	Sources       map[string]any `toml:"sources"`
	ExcludeNewer  any            `toml:"exclude-newer"`
	Constraints   []string       `toml:"constraint-dependencies"`
	Overrides     []string       `toml:"override-dependencies"`
	Prerelease    string         `toml:"prerelease"`
	Resolution    string         `toml:"resolution"`
	RequireHashes *bool          `toml:"require-hashes"`
	Building      []string       `toml:"build-constraint-dependencies"`
	Pip           *uvConfig      `toml:"pip"`

	NoBinary        any      `toml:"no-binary"`
	NoBinaryPackage []string `toml:"no-binary-package"`
	NoBuild         *bool    `toml:"no-build"`
	NoBuildPackage  []string `toml:"no-build-package"`
	OnlyBinary      []string `toml:"only-binary"`

	from  string // the nearest file that says anything
	limit Limit  // ExcludeNewer

	constraints, overrides, building, prerelease, resolution, requireHashes Told // what is above, and of which file
	wheels, sdists                                                          unwanted
}

type uvIndex struct {
	Name     string `toml:"name"`
	URL      string `toml:"url"`
	Default  bool   `toml:"default"`
	Explicit bool   `toml:"explicit"`
	Format   string `toml:"format"`

	from string
}

// uvFiles reads and merges uv's files.
func (h Host) uvFiles() (uvConfig, error) {
	if off, err := truth("UV_NO_CONFIG", h.Getenv("UV_NO_CONFIG")); off || err != nil {
		return uvConfig{}, err
	}
	if file := h.Getenv("UV_CONFIG_FILE"); file != "" {
		c, found, err := h.uvFile(file)
		if err == nil && !found {
			err = fmt.Errorf("UV_CONFIG_FILE: %s is not there", file)
		}
		return c, err
	}
	merged, err := h.uvProject()
	if err != nil {
		return uvConfig{}, err
	}
	for _, places := range h.uvPlaces() {
		for _, file := range places {
			c, found, err := h.uvFile(file)
			if err != nil {
				return uvConfig{}, err
			}
			if found {
				merged.under(c)
				break
			}
		}
	}
	return merged, nil
}

// uvProject is the configuration of the nearest folder that has one.
func (h Host) uvProject() (uvConfig, error) {
	for dir := strings.ReplaceAll(h.Dir, `\`, "/"); dir != ""; dir = path.Dir(dir) {
		for _, name := range []string{"uv.toml", "pyproject.toml"} {
			if c, found, err := h.uvFile(path.Join(dir, name)); found || err != nil {
				return c, err
			}
		}
		if dir == path.Dir(dir) {
			break
		}
	}
	return uvConfig{}, nil
}

// uvPlaces are the user's file and the machine's; of each, the first that is there counts.
func (h Host) uvPlaces() [][]string {
	if h.OS == "windows" {
		return [][]string{{path.Join(h.Getenv("APPDATA"), "uv", "uv.toml")}, {path.Join(first(h.Getenv("PROGRAMDATA"), `C:\ProgramData`), "uv", "uv.toml")}}
	}
	var machine []string
	for dir := range strings.SplitSeq(first(h.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg"), ":") {
		machine = append(machine, path.Join(dir, "uv", "uv.toml"))
	}
	return [][]string{{path.Join(first(h.Getenv("XDG_CONFIG_HOME"), path.Join(h.Home, ".config")), "uv", "uv.toml")}, append(machine, "/etc/uv/uv.toml")}
}

// uvFile reads one file; a pyproject.toml without [tool.uv] is as none. What goes before in [pip] is put there, and paths are made to count from the file's folder.
func (h Host) uvFile(file string) (c uvConfig, found bool, err error) {
	b, err := h.read(file)
	if b == nil || err != nil {
		return c, false, err
	}
	if path.Base(file) == "pyproject.toml" {
		var p struct {
			Tool struct {
				UV *uvConfig `toml:"uv"`
			} `toml:"tool"`
		}
		if err := toml.Unmarshal(b, &p); err != nil {
			return c, false, tomlError(file, err)
		}
		if p.Tool.UV == nil {
			return c, false, nil
		}
		c = *p.Tool.UV
	} else if err := toml.Unmarshal(b, &c); err != nil {
		return c, false, tomlError(file, err)
	}
	if err := c.reject(file); err != nil {
		return c, false, err
	}
	if top := c; c.Pip != nil {
		if err := c.Pip.reject(file); err != nil {
			return c, false, err
		}
		sources := c.Sources
		c = *c.Pip
		c.Constraints, c.Overrides, c.Building = nil, nil, nil
		c.under(top)
		c.Sources, c.Pip = sources, nil
	}
	c.placed(h, file)
	return c, true, nil
}

// tomlError says where a file is wrong, and nothing of its text, in which there may be a password.
func tomlError(file string, err error) error {
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, column := at.Position()
		return fmt.Errorf("%s: line %d, column %d is no TOML, or not of the kind that uv has there", file, line, column)
	}
	return fmt.Errorf("%s: it is no TOML", file)
}

// placed makes a file's entries tell where they are from.
func (c *uvConfig) placed(h Host, file string) {
	c.from, c.limit = file, c.limitOf(file)
	c.tell(file)
	dir := path.Dir(strings.ReplaceAll(file, `\`, "/"))
	for i := range c.Index {
		c.Index[i].from = file
		c.Index[i].URL = h.uvAddress(dir, c.Index[i].URL)
	}
	for i, link := range c.FindLinks {
		if !strings.Contains(link, "://") {
			c.FindLinks[i] = h.under(dir, link)
		}
	}
}

// under joins lists and takes what c does not say from a file that is farther away.
func (c *uvConfig) under(far uvConfig) {
	c.Index = append(c.Index, far.Index...)
	c.ExtraIndexURL = append(c.ExtraIndexURL, far.ExtraIndexURL...)
	c.FindLinks = append(c.FindLinks, far.FindLinks...)
	c.Insecure = append(c.Insecure, far.Insecure...)
	c.NoProxy = append(c.NoProxy, far.NoProxy...)
	c.IndexURL = first(c.IndexURL, far.IndexURL)
	c.Keyring = first(c.Keyring, far.Keyring)
	c.HTTPProxy, c.HTTPSProxy = first(c.HTTPProxy, far.HTTPProxy), first(c.HTTPSProxy, far.HTTPSProxy)
	c.from = first(c.from, far.from)
	c.policyUnder(far)
	if c.ExcludeNewer == nil {
		c.ExcludeNewer, c.limit = far.ExcludeNewer, far.limit
	}
	if c.NoIndex == nil {
		c.NoIndex = far.NoIndex
	}
	if c.Offline == nil {
		c.Offline = far.Offline
	}
}

// indexes are in uv's order: index, extra-index-url, index-url.
func (c uvConfig) indexes() []Index {
	var all []Index
	for _, i := range c.Index {
		if i.URL != "" {
			all = append(all, Index{Name: i.Name, URL: i.URL, Explicit: i.Explicit, From: first(i.from, c.from), main: i.Default, flat: i.Format == "flat"})
		}
	}
	for _, u := range c.ExtraIndexURL {
		all = append(all, Index{URL: u, From: c.from})
	}
	if c.IndexURL != "" {
		all = append(all, Index{URL: c.IndexURL, From: c.from, main: true})
	}
	return all
}

// sources are the projects that come from one place: by the name of the index, or "" where it is none, or depends on a marker.
func (c uvConfig) sources() map[string]string {
	all := map[string]string{}
	for project, value := range c.Sources {
		if list, ok := value.([]any); ok && len(list) == 1 {
			value = list[0]
		}
		table, _ := value.(map[string]any)
		all[project] = ""
		if name, ok := table["index"].(string); ok && len(table) == 1 {
			all[project] = name
		}
	}
	return all
}

// fileURL is an absolute path as an address.
func fileURL(p string) string {
	if !strings.HasPrefix(p, "/") { // C:/wheels
		p = "/" + p
	}
	u := url.URL{Scheme: "file", Path: p}
	return u.String()
}

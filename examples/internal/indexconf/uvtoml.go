package indexconf

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// uvConfig is the part of uv.toml that names indexes (uv documentation, "Settings").
type uvConfig struct {
	Index         []uvIndex `toml:"index"`
	IndexURL      string    `toml:"index-url"`
	ExtraIndexURL []string  `toml:"extra-index-url"`
	Pip           *uvConfig `toml:"pip"`
}

type uvIndex struct {
	URL      string `toml:"url"`
	Default  bool   `toml:"default"`
	Explicit bool   `toml:"explicit"` // only for projects that ask for it by name: never ours
}

// uvFiles takes the first of uv's files that names an index.
func (h Host) uvFiles() (Choice, bool, error) {
	for _, file := range h.uvPaths() {
		b, err := h.Read(file)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue
		}
		if err != nil {
			return Choice{}, false, err
		}
		var c uvConfig
		if err := toml.Unmarshal(b, &c); err != nil {
			return Choice{}, false, fmt.Errorf("%s: %w", file, err)
		}
		if urls := c.urls(); len(urls) > 0 {
			return Choice{URLs: urls, From: file}, true, nil
		}
	}
	return Choice{}, false, nil
}

// urls lists indexes as uv orders them: [pip] settings win, extra ones stand before the default.
func (c uvConfig) urls() []string {
	if c.Pip != nil {
		if urls := c.Pip.urls(); len(urls) > 0 {
			return urls
		}
	}
	var extra, def []string
	for _, i := range c.Index {
		switch {
		case i.URL == "" || i.Explicit:
		case i.Default:
			def = []string{i.URL}
		default:
			extra = append(extra, i.URL)
		}
	}
	extra = append(extra, c.ExtraIndexURL...)
	if def == nil && c.IndexURL != "" {
		def = []string{c.IndexURL}
	}
	if def == nil {
		return nil
	}
	return append(extra, def...)
}

// uvPaths lists UV_CONFIG_FILE alone where it is set, else the nearest uv.toml of the working folder and its parents, the user's, the machine's.
func (h Host) uvPaths() []string {
	if truth(h.Getenv("UV_NO_CONFIG")) {
		return nil
	}
	if f := h.Getenv("UV_CONFIG_FILE"); f != "" {
		return []string{f}
	}
	var all []string
	for dir := strings.ReplaceAll(h.Dir, `\`, "/"); dir != ""; dir = path.Dir(dir) {
		all = append(all, path.Join(dir, "uv.toml"))
		if dir == path.Dir(dir) {
			break
		}
	}
	if h.OS == "windows" {
		return append(all, path.Join(h.Getenv("APPDATA"), "uv", "uv.toml"), path.Join(first(h.Getenv("PROGRAMDATA"), `C:\ProgramData`), "uv", "uv.toml"))
	}
	all = append(all, path.Join(first(h.Getenv("XDG_CONFIG_HOME"), path.Join(h.Home, ".config")), "uv", "uv.toml"))
	for dir := range strings.SplitSeq(first(h.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg"), ":") {
		all = append(all, path.Join(dir, "uv", "uv.toml"))
	}
	return append(all, "/etc/uv/uv.toml")
}

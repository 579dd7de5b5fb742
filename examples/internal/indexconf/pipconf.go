package indexconf

import (
	"fmt"
	"path"
	"strings"
)

// pipConfig is what pip's files say, in the order in which pip reads them.
type pipConfig []setting

type setting struct{ section, key, value, file string }

// find is a value as a command of pip has it: its own section goes before [global] whatever their files, within a section the last counts, and an empty one says nothing.
func (c pipConfig) find(command, key string) setting {
	for _, section := range []string{command, "global"} {
		var last setting
		for _, s := range c {
			if s.section == section && s.key == key {
				last = s
			}
		}
		if last.value != "" {
			return last
		}
	}
	return setting{}
}

// pipFiles reads all of pip's files (pip documentation, "Configuration files").
func (h Host) pipFiles() (pipConfig, error) {
	var all pipConfig
	for _, file := range h.pipPaths() {
		b, err := h.read(file)
		if err != nil {
			return nil, err
		}
		settings, err := parseINI(string(b), file)
		if err != nil {
			return nil, err
		}
		all = append(all, settings...)
	}
	return all, nil
}

// pipPaths lists the files in the order in which pip reads them: the machine's, the user's, the virtual environment's, PIP_CONFIG_FILE, which
// where it exists turns the user's off, and named as the null device turns all off.
func (h Host) pipPaths() []string {
	env := h.Getenv("PIP_CONFIG_FILE")
	if env == "/dev/null" || strings.EqualFold(env, "nul") {
		return nil
	}
	all, user := h.pipMachine(), h.pipUser()
	if env != "" {
		if _, err := h.Read(env); err == nil {
			user = nil
		}
	}
	all = append(all, user...)
	if venv := h.Getenv("VIRTUAL_ENV"); venv != "" {
		all = append(all, path.Join(venv, h.pipName()))
	}
	if env != "" {
		all = append(all, env)
	}
	return all
}

func (h Host) pipName() string {
	if h.OS == "windows" {
		return "pip.ini"
	}
	return "pip.conf"
}

func (h Host) pipMachine() []string {
	switch h.OS {
	case "windows":
		return []string{path.Join(first(h.Getenv("PROGRAMDATA"), `C:\ProgramData`), "pip", "pip.ini")}
	case "darwin":
		return []string{"/Library/Application Support/pip/pip.conf"}
	}
	var all []string
	for dir := range strings.SplitSeq(first(h.Getenv("XDG_CONFIG_DIRS"), "/etc/xdg"), ":") {
		all = append(all, path.Join(dir, "pip", "pip.conf"))
	}
	return append(all, "/etc/pip.conf")
}

func (h Host) pipUser() []string {
	switch h.OS {
	case "windows":
		return []string{path.Join(h.Home, "pip", "pip.ini"), path.Join(h.Getenv("APPDATA"), "pip", "pip.ini")}
	case "darwin":
		return []string{
			path.Join(h.Home, ".pip", "pip.conf"), path.Join(h.Home, ".config", "pip", "pip.conf"),
			path.Join(h.Home, "Library", "Application Support", "pip", "pip.conf"),
		}
	}
	return []string{
		path.Join(h.Home, ".pip", "pip.conf"),
		path.Join(first(h.Getenv("XDG_CONFIG_HOME"), path.Join(h.Home, ".config")), "pip", "pip.conf"),
	}
}

// parseINI reads the sections of Python's RawConfigParser: key = value or key: value, and continuation lines that are indented.
func parseINI(text, file string) ([]setting, error) {
	var all []setting
	section := ""
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \t\r")
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
		case trimmed != line && len(all) > 0 && section == all[len(all)-1].section:
			all[len(all)-1].value = strings.TrimSpace(all[len(all)-1].value + " " + trimmed)
		case trimmed[0] == '[' && trimmed[len(trimmed)-1] == ']':
			section = trimmed[1 : len(trimmed)-1]
		default:
			at := max(strings.IndexAny(trimmed, "=:"), 0)
			key := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(trimmed[:at])), "_", "-")
			if key = strings.TrimPrefix(key, "--"); key == "" || section == "" {
				return nil, fmt.Errorf("%s:%d: neither a [section] nor a key = value", file, i+1)
			}
			all = append(all, setting{section, key, strings.TrimSpace(trimmed[at+1:]), file})
		}
	}
	return all, nil
}

package indexconf

import (
	"slices"
	"strings"
)

// uvInEnvironment reports whether uv's environment names an index.
func (h Host) uvInEnvironment() bool {
	for _, name := range []string{"UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL"} {
		if h.Getenv(name) != "" {
			return true
		}
	}
	return false
}

// uv is what uv is told: its environment before its files. Of several defaults, and of several indexes with one name, the first counts.
func (h Host) uv() (settings, error) {
	c, err := h.uvFiles()
	if err != nil {
		return settings{}, err
	}
	s := settings{links: c.FindLinks, linksFrom: c.from, sources: c.sources(), offline: c.Offline != nil && *c.Offline, keyring: c.Keyring, insecure: c.Insecure,
		proxy: proxies{http: c.HTTPProxy, https: c.HTTPSProxy, no: strings.Join(c.NoProxy, ",")}}
	if v := h.Getenv("UV_FIND_LINKS"); v != "" {
		s.links, s.linksFrom = append(strings.Split(v, ","), s.links...), "UV_FIND_LINKS"
	}
	if c.NoIndex != nil && *c.NoIndex {
		s.noIndex = c.from
	}
	s.byDefault = true
	named := map[string]bool{}
	for _, i := range append(h.uvVariables(c), c.indexes()...) {
		if i.Name != "" && named[i.Name] || i.main && !s.byDefault {
			continue
		}
		named[i.Name] = true
		switch {
		case i.main && i.Explicit: // it only takes the place of the default
			s.byDefault = false
			s.extra = append(s.extra, i)
		case i.main:
			s.byDefault = false
			s.main = []Index{i}
		default:
			s.extra = append(s.extra, i)
		}
	}
	return s, nil
}

// uvVariables are the indexes of uv's environment. They may be called by a name that uv's files define.
func (h Host) uvVariables(c uvConfig) []Index {
	var all []Index
	add := func(variable string, main bool) {
		for _, s := range strings.Fields(h.Getenv(variable)) {
			i := Index{URL: s, From: variable, main: main}
			if name, rest, ok := strings.Cut(s, "="); ok && !strings.ContainsAny(name, ":/?") {
				i.Name, i.URL = name, rest
			}
			if at := slices.IndexFunc(c.Index, func(x uvIndex) bool { return x.Name != "" && x.Name == s }); at >= 0 {
				i.Name, i.URL, i.flat = s, c.Index[at].URL, c.Index[at].Format == "flat"
			}
			i.URL = h.uvAddress(h.Dir, i.URL)
			all = append(all, i)
		}
	}
	add("UV_DEFAULT_INDEX", true)
	add("UV_INDEX", false)
	add("UV_EXTRA_INDEX_URL", false)
	add("UV_INDEX_URL", true)
	return all
}

// uvAddress is an address, or a folder as a file URL.
func (h Host) uvAddress(dir, s string) string {
	if s == "" || strings.Contains(s, "://") {
		return s
	}
	return fileURL(h.under(dir, s))
}

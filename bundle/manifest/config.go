package manifest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Config is the developer's configuration.
type Config struct {
	Libraries    []Library // in the order of the names
	ExcludeNewer time.Time // "$excludeNewer"; files uploaded at or after it do not exist; zero: none
	Overrides    []pep508.Requirement
	Indexes      []string // "$indexes": index URLs in order of precedence; empty: the caller's
	Wheels       []string // "$wheels": local wheel folders, relative to the configuration's own folder
	Launchers    *Launchers
}

// Library is one named library: what each platform expects.
type Library struct {
	Name     pep508.Name
	Extras   []pep508.Name
	Expected map[string]Expectation // by platform name
	Line     int                    // where it stands; 0 where it was read from nowhere
}

// Expectation is one expectedVersions value.
type Expectation struct {
	Text       string            // as written
	Latest     bool              // "latest"
	Specifiers pep440.Specifiers // empty where Latest
}

// Settings are the known keys with a dollar sign.
var settings = []string{"$excludeNewer", "$overrides", "$indexes", "$wheels", "$launchers"}

// ParseConfig reads a developer's configuration strictly. The rules are in the package doc. The error is a *SyntaxError with every problem.
func ParseConfig(b []byte) (*Config, error) {
	r := configReader{document: document{text: b}, c: &Config{}}
	if len(b) > MaxConfig {
		r.problem(0, "", "longer than %d bytes", MaxConfig)
		return nil, r.err()
	}
	if v, ok := r.scan(); ok {
		r.config(v)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.c, nil
}

type configReader struct {
	document
	c *Config
}

func (r *configReader) config(v value) {
	members := r.members(v, "")
	if len(members) > MaxLibraries {
		r.problem(v.at, "", "more than %d libraries", MaxLibraries)
		return
	}
	for _, m := range members {
		if strings.HasPrefix(m.key, "$") {
			r.setting(m)
		} else {
			r.library(m)
		}
	}
	if v.kind == object && len(r.c.Libraries) == 0 && len(r.found) == 0 {
		r.problem(v.at, "", `names no library: add one like "numpy": {"expectedVersions": {"windows": "latest"}}`)
	}
	slices.SortFunc(r.c.Libraries, func(a, b Library) int { return strings.Compare(string(a.Name), string(b.Name)) })
}

func (r *configReader) setting(m member) {
	f := fields{d: &r.document, at: m.at, by: map[string]value{m.key: m.value}}
	switch m.key {
	case "$excludeNewer":
		r.excludeNewer(f)
	case "$overrides":
		f.list(m, func(v value, path string) { r.override(v, path) })
	case "$indexes":
		f.list(m, func(v value, path string) { r.index(v, path) })
	case "$wheels":
		f.list(m, func(v value, path string) { r.c.Wheels = append(r.c.Wheels, v.text) })
	case "$launchers":
		r.launchers(m.value)
	default:
		r.unknownSetting(m)
	}
}

func (r *configReader) unknownSetting(m member) {
	i := slices.IndexFunc(settings, func(s string) bool { return fold(s) == fold(m.key) })
	if i >= 0 {
		r.problem(m.at, "", "unknown setting %q: write %q", m.key, settings[i])
		return
	}
	r.problem(m.at, "", "unknown setting %q: known are %s", m.key, strings.Join(settings, ", "))
}

// list is a setting that is a list.
func (f fields) list(m member, visit func(v value, path string)) {
	if f.d.is(m.value, array, m.key) {
		f.strings(m.key, MaxRequires, visit)
	}
}

// excludeNewer reads a date or a time. A date means until the end of that day in UTC: a file of that day is not newer than it.
func (r *configReader) excludeNewer(f fields) {
	s, at := f.str("$excludeNewer", true, MaxWord)
	if s == "" {
		return
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		r.c.ExcludeNewer = day.AddDate(0, 0, 1)
		return
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		r.problem(at, "$excludeNewer", "%q is no date: write 2026-11-22, or a time with its zone like 2026-11-22T15:04:05Z", s)
		return
	}
	r.c.ExcludeNewer = t.UTC()
}

func (r *configReader) override(v value, path string) {
	req, err := pep508.Parse(v.text)
	switch {
	case err != nil:
		r.problem(v.at, path, "%v", err)
	case req.URL != "":
		r.problem(v.at, path, "must not be a url: put the wheel into a folder of $wheels and name its version")
	default:
		r.c.Overrides = append(r.c.Overrides, req)
	}
}

func (r *configReader) index(v value, path string) {
	if err := checkIndex(v.text); err != nil {
		r.problem(v.at, path, "%v", err)
		return
	}
	r.c.Indexes = append(r.c.Indexes, v.text)
}

func checkIndex(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must be an http: or https: url; local folders of wheels belong in $wheels")
	case u.User != nil:
		return errors.New("must not hold credentials: a configuration is shared; give them to the program that publishes")
	case u.Fragment != "":
		return errors.New("must have no fragment")
	}
	return nil
}

// library reads one "name[extras]": {"expectedVersions": {platform: version}}.
func (r *configReader) library(m member) {
	name, extras, err := parseLibrary(m.key)
	if err != nil {
		r.problem(m.at, "", "%v", err)
		name = pep508.Name(m.key)
	} else if i := slices.IndexFunc(r.c.Libraries, func(l Library) bool { return l.Name == name }); i >= 0 {
		r.problem(m.at, "", "%q is the library %s of line %d once more: keep one, with the extras of both", m.key, name, r.c.Libraries[i].Line)
		return
	}
	line, _ := r.place(m.at)
	lib := Library{Name: name, Extras: extras, Line: line, Expected: map[string]Expectation{}}
	f := r.fields(m.value, string(name), true, "expectedVersions")
	expected, ok := f.by["expectedVersions"]
	path := f.sub("expectedVersions")
	switch {
	case ok:
		for _, p := range r.platforms(expected, path) {
			lib.Expected[p.key] = r.expectation(p.value, join(path, p.key))
		}
	case m.value.kind == object:
		r.problem(m.value.at, string(name), `field "expectedVersions" is missing`)
	}
	r.c.Libraries = append(r.c.Libraries, lib)
}

func (r *configReader) platforms(v value, path string) []member {
	members := r.members(v, path)
	if v.kind == object && len(members) == 0 {
		r.problem(v.at, path, "names no platform")
	}
	for _, m := range members {
		if !CheckWord(m.key) {
			r.problem(m.at, path, "%q is no name of a platform: letters, digits, dots, dashes and underscores only", m.key)
		}
	}
	return members
}

func parseLibrary(key string) (pep508.Name, []pep508.Name, error) {
	req, err := pep508.Parse(key)
	switch {
	case err != nil:
		return "", nil, fmt.Errorf("%q is no library: %w", key, err)
	case !req.Specifiers.IsEmpty() || req.URL != "" || !req.Marker.IsZero():
		return "", nil, fmt.Errorf("%q is no library: write the name, with extras where wanted, and the version under expectedVersions", key)
	}
	return req.Name, req.Extras, nil
}

// expectation reads a bare version, a specifier set or "latest".
func (r *configReader) expectation(v value, path string) (e Expectation) {
	if !r.is(v, text, path) {
		return e
	}
	e.Text = strings.TrimSpace(r.short(v, path, MaxText))
	var err error
	switch {
	case e.Text == "" && v.text == e.Text:
		r.problem(v.at, path, `must not be empty: write "latest" for the newest version`)
	case e.Text == "latest":
		e.Latest = true
	case fold(e.Text) == "latest":
		r.problem(v.at, path, `%q: write "latest"`, e.Text)
	case strings.IndexByte("<>=!~", append([]byte(e.Text), 0)[0]) >= 0:
		e.Specifiers, err = pep440.ParseSpecifiers(e.Text)
	default:
		e.Specifiers, err = bare(e.Text)
	}
	if err != nil {
		r.problem(v.at, path, "%v", err)
	}
	return e
}

// bare reads a version that stands alone: it means "==" it.
func bare(s string) (pep440.Specifiers, error) {
	v, err := pep440.Parse(s)
	if err != nil {
		hint := `write a version like "1.9.6", a specifier like ">=1.9,<2", or "latest"`
		if strings.HasSuffix(s, ".*") {
			hint = `write "==` + s + `"`
		}
		return pep440.Specifiers{}, fmt.Errorf("%q is no version: %s", s, hint)
	}
	return pep440.Exactly(v), nil
}

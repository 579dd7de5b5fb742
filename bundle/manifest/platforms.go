package manifest

import (
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// builtin are the platforms that need no file. Their tags are floors.
var builtin = []struct {
	name, python string
	tags         []string
}{
	{"windows", "3.7.4", []string{"win32", "win_amd64"}},
	{"darwin", "3.7.4", []string{"macosx_10_13_x86_64"}},
	{"darwinbigsur", "3.9.0", []string{"macosx_11_0_arm64"}},
	{"linux", "3.9.18", []string{"manylinux_2_17_x86_64"}},
}

// BuiltinPlatforms are windows, darwin, darwinbigsur and linux. The caller owns the map.
func BuiltinPlatforms() map[string]resolve.Platform {
	platforms := make(map[string]resolve.Platform, len(builtin))
	for _, b := range builtin {
		p, err := resolve.NewPlatform(b.name, pep440.MustParse(b.python), b.tags...)
		if err != nil {
			panic(err)
		}
		platforms[b.name] = p
	}
	return platforms
}

// ParsePlatforms reads a platforms file: {"name":{"python":"3.9.0","tags":["macosx_11_0_arm64"]}}. The Python version is a full one; a tag is
// any platform tag of PEP 425, 600 or 656, as a floor. The error is a *SyntaxError with every problem.
func ParsePlatforms(b []byte) (map[string]resolve.Platform, error) {
	d := document{text: b}
	platforms := map[string]resolve.Platform{}
	if len(b) > MaxConfig {
		d.problem(0, "", "longer than %d bytes", MaxConfig)
		return nil, d.err()
	}
	if v, ok := d.scan(); ok {
		for _, m := range d.members(v, "") {
			platforms[m.key] = d.target(m)
		}
		if v.kind == object && len(v.members) == 0 {
			d.problem(v.at, "", "names no platform")
		}
	}
	if err := d.err(); err != nil {
		return nil, err
	}
	return platforms, nil
}

func (d *document) target(m member) resolve.Platform {
	if !CheckWord(m.key) {
		d.problem(m.at, "", "%q is no name of a platform: letters, digits, dots, dashes and underscores only", m.key)
	}
	found := len(d.found)
	f := d.fields(m.value, m.key, true, "python", "tags")
	python := f.match("python", true, fullPython.MatchString, "a full Python version like 3.9.18")
	tags := f.tags("tags", true)
	if len(d.found) > found {
		return resolve.Platform{}
	}
	version, err := pep440.Parse(python)
	if err != nil {
		d.problem(m.at, m.key, "%v", err)
		return resolve.Platform{}
	}
	p, err := resolve.NewPlatform(m.key, version, tags...)
	if err != nil {
		d.problem(m.at, m.key, "%v", err)
	}
	return p
}

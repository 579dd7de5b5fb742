package main

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// platformOf reads a platform's name or tags, the version of CPython behind @, else python, else the platform's own.
func platformOf(text, python string, known map[string]resolve.Platform) (resolve.Platform, error) {
	spec, version, own := strings.Cut(text, "@")
	if own {
		python = version
	}
	pl, ok := known[spec]
	switch {
	case ok && python == "":
		return pl, nil
	case ok:
		var tags []string
		for _, v := range pl.Variants {
			tags = append(tags, v.Tag)
		}
		return newPlatform(nameOf(pl.Name, version), python, tags)
	case python == "":
		return resolve.Platform{}, usage("%s is no platform (known: %s): a platform tag needs --python with a full version, or one behind it: %s@3.12.1", spec, strings.Join(slices.Sorted(maps.Keys(known)), ", "), spec)
	}
	tags := strings.Split(spec, ",")
	return newPlatform(nameOf(strings.Join(tags, "+"), version), python, tags)
}

// nameOf tells platforms of one kind of machine apart by the version that was given with them.
func nameOf(name, version string) string {
	if version == "" {
		return name
	}
	return name + "@" + version
}

// fileName is a platform's name as part of a file's: a lock file's name may have no dot there (PEP 751, "File Name").
func fileName(platform string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("_-+", r):
			return r
		}
		return '_'
	}, platform)
}

func newPlatform(name, python string, tags []string) (resolve.Platform, error) {
	v, err := pep440.Parse(python)
	if err != nil {
		return resolve.Platform{}, usage("the version of Python: %v", err)
	}
	p, err := resolve.NewPlatform(name, v, tags...)
	if err != nil {
		return p, usage("%v", err)
	}
	return p, nil
}

// platformsFlag names further platforms beside the built-in ones.
type platformsFlag struct {
	Platforms string `type:"path" placeholder:"FILE" help:"Further platforms: {\"name\": {\"python\": \"3.9.0\", \"tags\": [\"macosx_11_0_arm64\"]}}."`
}

func (f platformsFlag) platforms() (map[string]resolve.Platform, error) {
	all := manifest.BuiltinPlatforms()
	if f.Platforms == "" {
		return all, nil
	}
	b, err := os.ReadFile(f.Platforms)
	if err != nil {
		return nil, configError(f.Platforms, err)
	}
	more, err := manifest.ParsePlatforms(b)
	if err != nil {
		return nil, configError(f.Platforms, err)
	}
	maps.Copy(all, more)
	return all, nil
}

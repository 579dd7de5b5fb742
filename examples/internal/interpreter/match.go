package interpreter

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Match finds the platform for an interpreter, and which of the platform's tags is the interpreter's.
func Match(a Answer, platforms map[string]manifest.Platform) (name, platformTag string, err error) {
	version, err := pep440.Parse(a.Version)
	if err != nil {
		return "", "", fmt.Errorf("the interpreter's version: %w", err)
	}
	admitted, err := admits(a)
	if err != nil {
		return "", "", err
	}
	var best pep440.Version
	for _, candidate := range slices.Sorted(maps.Keys(platforms)) {
		p := platforms[candidate]
		made, err := pep440.Parse(p.Python)
		if err != nil {
			return "", "", fmt.Errorf("platform %s: %w", candidate, err)
		}
		if t := own(admitted, p.Tags); t != "" && minorOf(p.Python) == minorOf(a.Version) && closer(version, made, best) {
			name, platformTag, best = candidate, t, made
		}
	}
	if name == "" {
		newest, _ := a.Tag()
		return "", "", fmt.Errorf("no released platform suits %s %s on %s: the release has %s", a.Implementation, a.Version, newest, describe(platforms))
	}
	return name, platformTag, nil
}

// admits lists the platform tags that the interpreter's machine takes, best first.
func admits(a Answer) ([]string, error) {
	if a.Implementation != "cpython" {
		return nil, fmt.Errorf("the interpreter is %s: only CPython has platforms here", a.Implementation)
	}
	newest, err := a.Tag()
	if err != nil {
		return nil, err
	}
	major, minor, _ := strings.Cut(minorOf(a.Version), ".")
	py := tag.Python{}
	if py.Major, err = strconv.Atoi(major); err != nil {
		return nil, err
	}
	if py.Minor, err = strconv.Atoi(minor); err != nil {
		return nil, err
	}
	set, err := tag.CPython(py, newest)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, t := range set.Tags() {
		if !slices.Contains(all, t.Platform) && t.Platform != "any" {
			all = append(all, t.Platform)
		}
	}
	return all, nil
}

// own is the best of a platform's tags that the machine admits; "" for none.
func own(admitted, tags []string) string {
	for _, t := range admitted {
		if slices.Contains(tags, t) {
			return t
		}
	}
	return ""
}

// closer prefers the interpreter's own version, then the newest below it, then the oldest above it.
func closer(version, made, best pep440.Version) bool {
	if best.IsZero() {
		return true
	}
	below, bestBelow := made.Compare(version) <= 0, best.Compare(version) <= 0
	if below != bestBelow {
		return below
	}
	return (made.Compare(best) > 0) == below
}

func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	return strings.Join(parts[:min(2, len(parts))], ".")
}

func describe(platforms map[string]manifest.Platform) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(platforms)) {
		p := platforms[name]
		all = append(all, fmt.Sprintf("%s (CPython %s; %s)", name, p.Python, strings.Join(p.Tags, ", ")))
	}
	return strings.Join(all, ", ")
}

package resolve

import (
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Platform is a target, not the host.
type Platform struct {
	Name     string
	Python   pep440.Version // full: 3.9.18
	Variants []Variant      // at least one; a Resolution suits all of them
}

// Variant is one kind of machine within a platform: Windows 32-bit and 64-bit.
type Variant struct {
	Tag          string // the platform tag that it was made from: win32
	Tags         *tag.Set
	Environments []pep508.Environment // a dependency is in where any of them (or an unknown variable) says so
}

// NewPlatform makes the platform of a CPython (a full version) on one machine per platform tag, the tags being floors.
func NewPlatform(name string, python pep440.Version, platformTags ...string) (Platform, error) {
	p := Platform{Name: name, Python: python}
	if len(platformTags) == 0 {
		return p, fmt.Errorf("platform %s: give at least one platform tag, such as win_amd64", name)
	}
	for _, t := range platformTags {
		tags, err := tag.CPython(tag.Python{Major: python.Release(0), Minor: python.Release(1)}, t)
		if err != nil {
			return p, fmt.Errorf("platform %s: %w", name, err)
		}
		envs, err := pep508.Environments(python, t)
		if err != nil {
			return p, fmt.Errorf("platform %s: %w", name, err)
		}
		p.Variants = append(p.Variants, Variant{Tag: t, Tags: tags, Environments: envs})
	}
	return p, nil
}

// Truth is what a marker says on the variant: the most affirmative of its environments, as a needless dependency does less harm than a missing one.
func (v *Variant) Truth(m pep508.Marker, extras ...pep508.Name) pep508.Truth {
	if m.IsZero() {
		return pep508.True
	}
	if len(v.Environments) == 0 {
		return m.Evaluate(nil, extras...)
	}
	best := pep508.False
	for _, env := range v.Environments {
		best = max(best, m.Evaluate(env, extras...))
	}
	return best
}

package driver

import (
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
)

// supply adds to a target what the driver imports and the release does not bring: by the name that the operator, the driver's own metadata, the release's extras or its series' constraints have for it. What none names is a
// *MissingSDKError, but for what the driver's module loads without.
func (c *chooser) supply(t *upgrade.Target) error {
	var missing []Distribution
	for _, d := range c.Distributions {
		if !d.WithDriver && !c.lacks(d, t) || d.Present {
			continue
		}
		r, by := c.named(d, t)
		switch {
		case by != "":
			t.Extra = append(t.Extra, r)
			c.remarks = append(c.remarks, fmt.Sprintf("%s is installed too: the driver imports %s (%s), and %s", r, d.Module, d.Where[0], by))
		case d.Guarded:
			c.remarks = append(c.remarks, fmt.Sprintf("nothing says what installs %s, which the driver imports if it is there (%s)", d.Module, d.Where[0]))
		default:
			missing = append(missing, d)
		}
	}
	if len(missing) > 0 {
		return &MissingSDKError{missing}
	}
	return nil
}

// lacks reports whether installing the target's release does not bring a distribution.
func (c *chooser) lacks(d Distribution, t *upgrade.Target) bool {
	return slices.ContainsFunc(c.SDKs(t.Version), func(s Distribution) bool { return s.Name == d.Name })
}

// named is the requirement for a distribution and, as a clause, who names it; "" where nobody does.
func (c *chooser) named(d Distribution, t *upgrade.Target) (r pep508.Requirement, by string) {
	for _, module := range []string{d.Module, top(d.Module)} {
		if name := c.p.Modules[module]; name != "" {
			return pep508.Requirement{Name: name}, "the deployment names it"
		}
	}
	for _, r := range c.tree.Requires {
		if r.Name == d.Name && !r.Marker.UsesExtra() {
			return r, "its own metadata require it"
		}
	}
	if release := c.question.Index.Find(t.Version); release != nil {
		for _, text := range release.Requires {
			r, err := pep508.Parse(text)
			if err == nil && r.Name == d.Name && r.Marker.UsesExtra() {
				return pep508.Requirement{Name: r.Name, Extras: r.Extras, Specifiers: r.Specifiers}, "the release names it among its extras"
			}
		}
	}
	if slices.ContainsFunc(t.Constraints, func(r pep508.Requirement) bool { return r.Name == d.Name }) {
		return pep508.Requirement{Name: d.Name}, "the series' upper-constraints pin it"
	}
	return pep508.Requirement{}, ""
}

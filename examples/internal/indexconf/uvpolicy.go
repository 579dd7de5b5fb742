package indexconf

import "slices"

// tell notes what one file of uv says of what may be chosen.
func (c *uvConfig) tell(file string) {
	c.prerelease, c.resolution = told(c.Prerelease, file), told(c.Resolution, file)
	if c.RequireHashes != nil {
		c.requireHashes = told(map[bool]string{true: "true", false: "false"}[*c.RequireHashes], file)
	}
	if len(c.Constraints) > 0 {
		c.constraints = Told{c.Constraints, file}
	}
	if len(c.Overrides) > 0 {
		c.overrides = Told{c.Overrides, file}
	}
	if len(c.Building) > 0 {
		c.building = Told{c.Building, file}
	}
}

// policyUnder takes what c does not say of what may be chosen from a file that is farther away, or from the part of its file outside [pip], and joins lists.
func (c *uvConfig) policyUnder(far uvConfig) {
	c.Constraints, c.Overrides = append(c.Constraints, far.Constraints...), append(c.Overrides, far.Overrides...)
	c.Building, c.building = append(c.Building, far.Building...), c.building.and(far.building)
	c.wheels, c.sdists = c.wheels.under(far.wheels), c.sdists.under(far.sdists)
	c.Prerelease, c.Resolution = first(c.Prerelease, far.Prerelease), first(c.Resolution, far.Resolution)
	if c.RequireHashes == nil {
		c.RequireHashes = far.RequireHashes
	}
	c.prerelease, c.resolution, c.requireHashes = c.prerelease.or(far.prerelease), c.resolution.or(far.resolution), c.requireHashes.or(far.requireHashes)
	c.constraints, c.overrides = c.constraints.and(far.constraints), c.overrides.and(far.overrides)
}

// and joins two lists; the nearer file is named.
func (t Told) and(far Told) Told {
	return Told{slices.Concat(t.Texts, far.Texts), first(t.From, far.From)}
}

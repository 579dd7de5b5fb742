package indexconf

import "strings"

// Told is a setting, and who says it: "PIP_CONSTRAINT", a file's path. The zero Told says nothing.
type Told struct {
	Texts []string // one, where there is but one value
	From  string
}

// UVConstraint is who says uv's constraints where files of them are named. As uv has it, flags for the same take their place.
const UVConstraint = "UV_CONSTRAINT"

// Policy is what pip and uv are told of what may be chosen, each setting on its own.
type Policy struct {
	Constraint    Told // files, by path or address
	Constraints   Told // requirements, of uv's files
	Override      Told // files
	Overrides     Told // requirements, of uv's files
	Prerelease    Told // allow, disallow, if-necessary, explicit or if-necessary-or-explicit: uv's words, also for pip's pre
	Resolution    Told // highest, lowest or lowest-direct
	NoBinary      Told // names, :all: or :none:
	OnlyBinary    Told
	RequireHashes Told // it says so, if it says anything

	BuildConstraint  Told // files, on what sdists are built with
	BuildConstraints Told // requirements, of uv's files
}

// Policy finds what pip and uv are told of what may be chosen, in the order of Limit and whoever names the indexes: pip's environment, uv's, pip's files, uv's.
// uv's constraints and overrides are those of its environment and its files together, as it has them. command is that of pip whose section of its files counts; "": install.
func (h Host) Policy(command string) (Policy, error) {
	p, err := h.pip(command)
	if err != nil {
		return Policy{}, err
	}
	c, err := h.uvFiles()
	if err != nil {
		return Policy{}, err
	}
	policy := Policy{
		Constraint: fields(told(h.Getenv(UVConstraint), UVConstraint)), Constraints: c.constraints,
		Override: fields(told(h.Getenv("UV_OVERRIDE"), "UV_OVERRIDE")), Overrides: c.overrides,
		BuildConstraint: fields(told(h.Getenv(uvBuild), uvBuild)), BuildConstraints: c.building,
		Resolution: told(h.Getenv("UV_RESOLUTION"), "UV_RESOLUTION").or(c.resolution),
	}
	if t, pips := p.ahead("constraint", UVConstraint, c.constraints); pips {
		policy.Constraint, policy.Constraints = fields(t), Told{}
	}
	if t, pips := p.ahead("build-constraint", uvBuild, c.building); pips {
		policy.BuildConstraint, policy.BuildConstraints = fields(t), Told{}
	}
	if policy.NoBinary, policy.OnlyBinary, err = h.formats(p, c); err != nil {
		return Policy{}, err
	}
	if policy.Prerelease, err = p.prerelease(c.prerelease); err != nil {
		return Policy{}, err
	}
	policy.RequireHashes, err = p.requireHashes(c.requireHashes)
	return policy, err
}

// ahead is a setting as pip's environment says it, else uv's, else pip's files, else uv's; pips: it is one of pip's.
func (p pip) ahead(key, uvs string, file Told) (t Told, pips bool) {
	if v := p.getenv(variable(key)); v != "" {
		return told(v, variable(key)), true
	}
	if v := p.getenv(uvs); v != "" {
		return told(v, uvs), false
	}
	if s := p.files.find(p.command, key); s.value != "" {
		return told(s.value, s.file), true
	}
	return file, false
}

func (p pip) prerelease(file Told) (Told, error) {
	t, pips := p.ahead("pre", "UV_PRERELEASE", file)
	if !pips {
		return t, nil
	}
	pre, err := truth(t.From+": pre", t.Texts[0])
	if t.Texts[0] = "if-necessary"; pre {
		t.Texts[0] = "allow"
	}
	return t, err
}

func (p pip) requireHashes(file Told) (Told, error) {
	t, _ := p.ahead("require-hashes", "UV_REQUIRE_HASHES", file)
	if t.From == "" {
		return t, nil
	}
	required, err := truth(t.From+": require-hashes", t.Texts[0])
	if !required {
		return Told{}, err
	}
	return t, nil
}

// told is one value; "" says nothing.
func told(text, from string) Told {
	if text == "" {
		return Told{}
	}
	return Told{[]string{text}, from}
}

func (t Told) or(other Told) Told {
	if t.From == "" {
		return other
	}
	return t
}

// fields are values with blanks between them, as both clients have files; a path with a blank is two to them as well.
func fields(t Told) Told { return t.split(strings.Fields) }

// names are values with commas or blanks between them.
func names(t Told) Told {
	return t.split(func(s string) []string { return strings.Fields(strings.ReplaceAll(s, ",", " ")) })
}

func (t Told) split(by func(string) []string) Told {
	if t.From != "" {
		t.Texts = by(t.Texts[0])
	}
	return t
}

package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// heed takes over what pip and uv are configured with on a machine, as far as no flag decides, and tells it: what comes out follows from it.
func heed(out *output, h indexconf.Host, command string, in *inputFlags, f *policyFlags) error {
	p, err := h.Policy(command)
	if err != nil {
		return wrapConfig(err)
	}
	if f.Resolution != "" {
		p.Resolution = indexconf.Told{}
	}
	if f.Pre || slices.ContainsFunc(f.Prerelease, func(s string) bool { return !strings.Contains(s, "=") }) {
		p.Prerelease = indexconf.Told{}
	}
	if len(in.Constraint) > 0 && p.Constraint.From == indexconf.UVConstraint { // pip's count beside
		p.Constraint = indexconf.Told{}
	}
	if len(in.Override)+len(in.Overrides) > 0 {
		p.Override, p.Overrides = indexconf.Told{}, indexconf.Told{}
	}
	limit := indexconf.Limit{}
	if f.ExcludeNewer == "" {
		if limit, err = h.Limit(""); err != nil {
			return wrapConfig(err)
		}
	}
	in.host, f.host = p, p
	if all := heeded(p, limit); len(all) > 0 {
		out.tell("as pip and uv are configured: " + strings.Join(all, ", "))
	}
	return nil
}

// heeded words what counts, and who says it.
func heeded(p indexconf.Policy, limit indexconf.Limit) (all []string) {
	for _, t := range []struct {
		what string
		indexconf.Told
	}{
		{"constraint", p.Constraint}, {"constraint", p.Constraints}, {"override", p.Override}, {"override", p.Overrides}, {"prerelease", p.Prerelease},
		{"resolution", p.Resolution}, {"no-binary", p.NoBinary}, {"only-binary", p.OnlyBinary}, {"require-hashes", p.RequireHashes},
		{"build-constraint", p.BuildConstraint}, {"build-constraint", p.BuildConstraints},
		{"exclude-newer", indexconf.Told{Texts: []string{limit.Text}, From: limit.From}},
	} {
		if t.From == "" {
			continue
		}
		texts := make([]string, len(t.Texts))
		for i, text := range t.Texts {
			texts[i] = shown(text)
		}
		all = append(all, fmt.Sprintf("%s %s (%s)", t.what, strings.Join(texts, " "), t.From))
	}
	return all
}

// shown is a file or a requirement without what may be secret in its address.
func shown(text string) string {
	switch name, _, _ := strings.Cut(text, "@"); {
	case !strings.Contains(text, "://"):
		return text
	case isWeb(text):
		return bareText(text)
	default:
		return strings.TrimSpace(name)
	}
}

// lines are single requirements of uv's files.
func lines(t indexconf.Told) (all []pylock.Line, err error) {
	for _, text := range t.Texts {
		r, err := pylock.ParseRequirement(text)
		if err != nil {
			return nil, configError(t.From, err)
		}
		all = append(all, pylock.Line{Requirement: r, File: t.From})
	}
	return all, nil
}

// buildLimits are the constraints on what sdists are built with: what the machine says, as no flag does.
func buildLimits(p indexconf.Policy, fetch func(address string) ([]byte, error)) ([]pep508.Requirement, error) {
	read, err := (&pylock.RequirementsReader{Getenv: os.Getenv, Fetch: fetch}).Read(nil, p.BuildConstraint.Texts)
	if err != nil {
		return nil, lineErrors(err)
	}
	single, err := lines(p.BuildConstraints)
	return requirementsOf(append(read.Constraints, single...)), err
}

// hostPrereleases is what the machine says of pre-releases.
func hostPrereleases(t indexconf.Told) (resolve.Prereleases, error) {
	if t.From == "" {
		return resolve.IfNecessary, nil
	}
	switch t.Texts[0] {
	case "allow":
		return resolve.Allow, nil
	case "disallow":
		return resolve.Forbid, nil
	case "if-necessary", "if-necessary-or-explicit":
		return resolve.IfNecessary, nil
	}
	return 0, wrapConfig(fmt.Errorf("%s: prerelease %s is not supported: give --prerelease if-necessary, allow or forbid", t.From, t.Texts[0]))
}

// hostSelect is which versions the machine prefers.
func hostSelect(t indexconf.Told) (resolve.Select, error) {
	if t.From == "" {
		return resolve.Newest, nil
	}
	s, ok := selections[t.Texts[0]]
	if !ok {
		return s, wrapConfig(fmt.Errorf("%s: resolution %s is neither highest, lowest nor lowest-direct", t.From, t.Texts[0]))
	}
	return s, nil
}

// hostFormats are which kinds of files the machine wants, as a requirements file changes them.
func hostFormats(p indexconf.Policy, file pylock.Formats) (pylock.Formats, error) {
	if p.NoBinary.From == "" && p.OnlyBinary.From == "" {
		return file, nil
	}
	no, err := formatNames(p.NoBinary.From+": no-binary", p.NoBinary.Texts)
	if err != nil {
		return file, err
	}
	only, err := formatNames(p.OnlyBinary.From+": only-binary", p.OnlyBinary.Texts)
	if err != nil {
		return file, err
	}
	var formats pylock.Formats
	addFormats(&formats, only, no)
	addFormats(&formats, file.OnlyBinary, file.NoBinary)
	return formats, nil
}

// addFormats adds what is said of all projects, and of single ones after that.
func addFormats(to *pylock.Formats, only, no []pep508.Name) {
	isAll := func(n pep508.Name) bool { return n == pylock.All || n == pylock.None }
	single := func(n pep508.Name) bool { return !isAll(n) }
	to.OnlyWheels(slices.DeleteFunc(slices.Clone(only), single)...)
	to.NoWheels(slices.DeleteFunc(slices.Clone(no), single)...)
	to.OnlyWheels(slices.DeleteFunc(slices.Clone(only), isAll)...)
	to.NoWheels(slices.DeleteFunc(slices.Clone(no), isAll)...)
}

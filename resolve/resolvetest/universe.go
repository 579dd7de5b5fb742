package resolvetest

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Universe is an index, a request and what must come of it, as readable text. One statement stands on a line; # begins a comment at the start of a line; blank lines
// and indentation mean nothing.
//
//	platform NAME PYTHON TAG...   the target, first of all
//	policy WORD...                allow or forbid (pre-releases), sdists, no-wheels, before=RFC3339, lowest or lowest-direct
//	policy-of NAME WORD...        for one project: allow, forbid or if-necessary; before=RFC3339 or before=never; wheels, sdists (of what is named, these alone) or nothing
//	project NAME                  known to the index, with no file yet
//	release NAME VERSION          begins a release; without a file statement it is one py3-none-any wheel
//	  python SPECIFIERS           Requires-Python, of the page and the metadata
//	  uploaded RFC3339
//	  yanked
//	  extra NAME...               Provides-Extra
//	  requires REQUIREMENT        Requires-Dist
//	  file TAG [BUILD]            begins a wheel with these tags, or an sdist (TAG is sdist)
//	    (the statements of a release, for this file; requires adds to the release's)
//	    metadata-python SPECIFIERS  Requires-Python of the metadata alone
//	request REQUIREMENT
//	constraint REQUIREMENT
//	override REQUIREMENT
//	pin NAME VERSION [TAG...]     in the resolution, with these files by variant ("-" for none)
//	refuse TEXT                   there is no resolution, and the error's text has TEXT
//
// The pins are the whole resolution.
type Universe struct {
	Index   *Index
	Request resolve.Request
	Pins    []ExpectedPin
	Refuse  []string
}

// ExpectedPin is a pin that the resolution must have.
type ExpectedPin struct {
	Name    pep508.Name
	Version string
	Tags    []string // of Files, where given
}

// MaxUniverse bounds a universe's text, in bytes.
const MaxUniverse = 1 << 20

// ParseUniverse reads a universe. The error names the line.
func ParseUniverse(text string) (*Universe, error) {
	if len(text) > MaxUniverse {
		return nil, fmt.Errorf("a universe of more than %d bytes", MaxUniverse)
	}
	p := parser{u: &Universe{Index: &Index{}}}
	lines := bufio.NewScanner(strings.NewReader(text))
	lines.Buffer(nil, MaxUniverse+1)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		if err := p.statement(word, strings.TrimSpace(rest)); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", n, line, err)
		}
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	if p.u.Request.Platform.Name == "" {
		return nil, fmt.Errorf("no platform statement")
	}
	return p.u, nil
}

type parser struct {
	u       *Universe
	release *draft
	file    *draft
}

// draft is a release or a file in the making.
type draft struct {
	name           pep508.Name
	version        pep440.Version
	python         pep440.Specifiers
	metadataPython *pep440.Specifiers
	uploaded       time.Time
	yanked         bool
	extras         []pep508.Name
	requires       []pep508.Requirement
	tag            string // of a file
	files          []*draft
}

func (p *parser) statement(word, rest string) (err error) {
	switch word {
	case "platform":
		return p.platform(strings.Fields(rest))
	case "policy":
		return p.policy(strings.Fields(rest))
	case "policy-of":
		return p.policyOf(strings.Fields(rest))
	case "request", "constraint", "override":
		return p.requirement(word, rest)
	case "pin":
		return p.pin(strings.Fields(rest))
	case "refuse":
		p.u.Refuse = append(p.u.Refuse, rest)
		return nil
	case "project":
		name, err := pep508.ParseName(rest)
		p.u.Index.AddProject(name)
		return err
	case "release":
		if err := p.finish(); err != nil {
			return err
		}
		return p.begin(rest)
	}
	if p.release == nil {
		return fmt.Errorf("unknown, or outside of a release")
	}
	if word == "file" {
		f := *p.release
		f.tag, f.files = rest, nil
		f.requires, f.extras = slices.Clone(f.requires), slices.Clone(f.extras)
		p.release.files, p.file = append(p.release.files, &f), &f
		return nil
	}
	return p.file.set(word, rest)
}

func (p *parser) platform(f []string) error {
	if len(f) < 3 {
		return fmt.Errorf("want a name, a Python version and tags")
	}
	python, err := pep440.Parse(f[1])
	if err != nil {
		return err
	}
	p.u.Request.Platform, err = resolve.NewPlatform(f[0], python, f[2:]...)
	return err
}

func (p *parser) policy(words []string) (err error) {
	policy := &p.u.Request.Policy
	for _, w := range words {
		switch before, ok := strings.CutPrefix(w, "before="); {
		case ok:
			policy.ExcludeNewer, err = time.Parse(time.RFC3339, before)
		case w == "allow":
			policy.Prereleases = resolve.Allow
		case w == "forbid":
			policy.Prereleases = resolve.Forbid
		case w == "sdists":
			policy.Sdists = true
		case w == "no-wheels":
			policy.NoWheels = true
		case w == "lowest":
			policy.Select = resolve.Lowest
		case w == "lowest-direct":
			policy.Select = resolve.LowestDirect
		default:
			err = fmt.Errorf("unknown policy %q", w)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// policyOf reads what is said of one project.
func (p *parser) policyOf(words []string) error {
	if len(words) < 2 {
		return fmt.Errorf("want a name and words")
	}
	name, err := pep508.ParseName(words[0])
	policy := &p.u.Request.Policy
	for _, w := range words[1:] {
		if err != nil {
			return err
		}
		formats := policy.FormatsOf[name]
		switch before, ok := strings.CutPrefix(w, "before="); {
		case ok:
			var limit time.Time
			if before != "never" {
				limit, err = time.Parse(time.RFC3339, before)
			}
			put(&policy.ExcludeNewerOf, name, limit)
		case w == "allow":
			put(&policy.PrereleasesOf, name, resolve.Allow)
		case w == "forbid":
			put(&policy.PrereleasesOf, name, resolve.Forbid)
		case w == "if-necessary":
			put(&policy.PrereleasesOf, name, resolve.IfNecessary)
		case w == "wheels":
			put(&policy.FormatsOf, name, resolve.Formats{Wheels: true, Sdists: formats.Sdists})
		case w == "sdists":
			put(&policy.FormatsOf, name, resolve.Formats{Wheels: formats.Wheels, Sdists: true})
		case w == "nothing":
			put(&policy.FormatsOf, name, resolve.Formats{})
		default:
			err = fmt.Errorf("unknown policy %q", w)
		}
	}
	return err
}

func put[V any](m *map[pep508.Name]V, name pep508.Name, value V) {
	if *m == nil {
		*m = map[pep508.Name]V{}
	}
	(*m)[name] = value
}

func (p *parser) requirement(word, rest string) error {
	r, err := pep508.Parse(rest)
	if err != nil {
		return err
	}
	q := &p.u.Request
	list := map[string]*[]pep508.Requirement{"request": &q.Requirements, "constraint": &q.Constraints, "override": &q.Overrides}[word]
	*list = append(*list, r)
	return nil
}

func (p *parser) pin(f []string) error {
	if len(f) < 2 {
		return fmt.Errorf("want a name and a version")
	}
	name, err := pep508.ParseName(f[0])
	p.u.Pins = append(p.u.Pins, ExpectedPin{name, f[1], f[2:]})
	return err
}

func (p *parser) begin(rest string) error {
	f := strings.Fields(rest)
	if len(f) != 2 {
		return fmt.Errorf("want a name and a version")
	}
	name, err := pep508.ParseName(f[0])
	if err != nil {
		return err
	}
	version, err := pep440.Parse(f[1])
	p.release = &draft{name: name, version: version}
	p.file = p.release
	return err
}

func (d *draft) set(word, rest string) (err error) {
	switch word {
	case "python":
		d.python, err = pep440.ParseSpecifiers(rest)
	case "metadata-python":
		var s pep440.Specifiers
		s, err = pep440.ParseSpecifiers(rest)
		d.metadataPython = &s
	case "uploaded":
		d.uploaded, err = time.Parse(time.RFC3339, rest)
	case "yanked":
		d.yanked = true
	case "extra":
		for _, x := range strings.Fields(rest) {
			name, err := pep508.ParseName(x)
			if err != nil {
				return err
			}
			d.extras = append(d.extras, name)
		}
	case "requires":
		var r pep508.Requirement
		r, err = pep508.Parse(rest)
		d.requires = append(d.requires, r)
	default:
		err = fmt.Errorf("unknown statement")
	}
	return err
}

// finish puts the release in the making on the index.
func (p *parser) finish() error {
	d := p.release
	if d == nil {
		return nil
	}
	files := d.files
	if len(files) == 0 {
		d.tag = "py3-none-any"
		files = []*draft{d}
	}
	for _, f := range files {
		if err := f.addTo(p.u.Index); err != nil {
			return err
		}
	}
	p.release, p.file = nil, nil
	return nil
}

func (d *draft) addTo(x *Index) error {
	stem := strings.ReplaceAll(string(d.name), "-", "_") + "-" + d.version.String()
	name := stem + ".tar.gz"
	if d.tag != "sdist" {
		tags, build, ok := strings.Cut(d.tag, " ")
		if ok {
			stem += "-" + build
		}
		name = stem + "-" + tags + ".whl"
	}
	parsed, err := dist.ParseFilename(name)
	if err != nil {
		return err
	}
	metadata := &dist.Metadata{Version: "2.1", Name: d.name, ProjectVersion: d.version, RequiresPython: d.python, RequiresDist: d.requires, ProvidesExtra: d.extras}
	if d.metadataPython != nil {
		metadata.RequiresPython = *d.metadataPython
	}
	x.Add(dist.File{
		Filename:       parsed,
		Artifact:       dist.Artifact{File: name, URL: "https://files.index.example/" + name, Size: -1},
		RequiresPython: d.python, Yanked: d.yanked, Uploaded: d.uploaded,
	}, metadata)
	return nil
}

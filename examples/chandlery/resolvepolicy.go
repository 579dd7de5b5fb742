package main

import (
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// policyFlags say what of an index may be chosen.
type policyFlags struct {
	Resolution          string   `enum:",highest,lowest,lowest-direct" default:"" placeholder:"highest|lowest|lowest-direct" help:"Prefer the highest versions, the lowest, or the lowest of what is asked for and the highest of what that requires. The default is what uv is configured with, else highest."`
	Pre                 bool     `help:"Take pre-releases as if they were final: --prerelease allow."`
	Prerelease          []string `sep:"none" placeholder:"[NAME=]HOW" help:"Pre-releases, of all or one project: if-necessary (where a requirement names one, or nothing else fits), allow or forbid. The default is what pip and uv are configured with, else if-necessary."`
	ExcludeNewer        string   `placeholder:"WHEN" help:"Leave out files uploaded at or after a date (2026-01-31), a time (RFC 3339), or the time so long ago (30 days, P30D); never leaves nothing out. The default is what pip and uv are configured with."`
	ExcludeNewerPackage []string `sep:"none" placeholder:"NAME=WHEN" help:"The same for one project, in place of --exclude-newer; NAME=never leaves nothing out."`
	OnlyBinary          []string `placeholder:"NAME" help:"No sdists of these projects; :all: is all, :none: takes that back."`
	NoBinary            []string `placeholder:"NAME" help:"No wheels of these projects, likewise."`

	host indexconf.Policy // what the machine's pip and uv are configured with, where no flag decides (heed)
}

// policy is what the flags and the requirements files say. Sdists: they may be chosen of all, and which files are not wanted is the index's affair (Restrict); else there
// are sdists of what has no wheels by the formats, and of nothing else.
func (f *policyFlags) policy(now time.Time, o pylock.Options, sdists bool) (p resolve.Policy, err error) {
	if p.Select, err = hostSelect(f.host.Resolution); err != nil {
		return p, err
	}
	if f.Resolution != "" {
		p.Select = selections[f.Resolution]
	}
	if p.Prereleases, err = hostPrereleases(f.host.Prerelease); err != nil {
		return p, err
	}
	if f.Pre || o.Prereleases {
		p.Prereleases = resolve.Allow
	}
	for _, text := range f.Prerelease {
		name, how, single := strings.Cut(text, "=")
		if !single {
			name, how = "", text
		}
		value, ok := prereleases[how]
		switch {
		case !ok:
			return p, usage("--prerelease %s: it is if-necessary, allow or forbid", how)
		case single:
			err = put(&p.PrereleasesOf, "--prerelease", name, value)
		default:
			p.Prereleases = value
		}
		if err != nil {
			return p, err
		}
	}
	switch f.ExcludeNewer {
	case "":
		p.ExcludeNewer, err = hostLimit(thisMachine(), now)
	case "never":
	default:
		p.ExcludeNewer, err = parseWhen("--exclude-newer", f.ExcludeNewer, now)
	}
	if err != nil {
		return p, err
	}
	for _, text := range f.ExcludeNewerPackage {
		name, when, _ := strings.Cut(text, "=")
		limit := time.Time{}
		if when != "never" {
			limit, err = parseWhen("--exclude-newer-package", when, now)
		}
		if err == nil {
			err = put(&p.ExcludeNewerOf, "--exclude-newer-package", name, limit)
		}
		if err != nil {
			return p, err
		}
	}
	if p.Sdists = sdists; sdists {
		return p, nil
	}
	formats, err := f.formats(o)
	wheelsOrSdists(&p, formats)
	return p, err
}

var selections = map[string]resolve.Select{"highest": resolve.Newest, "lowest": resolve.Lowest, "lowest-direct": resolve.LowestDirect}

var prereleases = map[string]resolve.Prereleases{"if-necessary": resolve.IfNecessary, "allow": resolve.Allow, "forbid": resolve.Forbid}

// put sets what holds for one project.
func put[V any](m *map[pep508.Name]V, flag, name string, value V) error {
	n, err := pep508.ParseName(name)
	if err != nil {
		return usage("%s: %v", flag, err)
	}
	if *m == nil {
		*m = map[pep508.Name]V{}
	}
	(*m)[n] = value
	return nil
}

// formats are which kinds of files may be chosen: what the flags say after what the requirements files do, after what the machine does, and of single projects after what they say
// of all.
func (f *policyFlags) formats(o pylock.Options) (formats pylock.Formats, err error) {
	if formats, err = hostFormats(f.host, o.Formats); err != nil {
		return formats, err
	}
	only, err := formatNames("--only-binary", f.OnlyBinary)
	if err != nil {
		return formats, err
	}
	no, err := formatNames("--no-binary", f.NoBinary)
	if err != nil {
		return formats, err
	}
	if slices.Contains(only, pylock.All) && slices.Contains(no, pylock.All) {
		return formats, usage("--only-binary :all: and --no-binary :all: leave nothing to choose")
	}
	addFormats(&formats, only, no)
	return formats, nil
}

// wheelsOrSdists makes formats part of a policy that has sdists only of what has no wheels by them.
func wheelsOrSdists(p *resolve.Policy, formats pylock.Formats) {
	all := formats.Wheels(pylock.All)
	p.NoWheels, p.Sdists = !all, !all
	for _, name := range slices.Concat(formats.OnlyBinary, formats.NoBinary) {
		if name == pylock.All {
			continue
		}
		if p.FormatsOf == nil {
			p.FormatsOf = map[pep508.Name]resolve.Formats{}
		}
		wheels := formats.Wheels(name)
		p.FormatsOf[name] = resolve.Formats{Wheels: wheels, Sdists: !wheels}
	}
}

func formatNames(flag string, texts []string) (all []pep508.Name, err error) {
	for _, text := range texts {
		name := pep508.Name(text)
		if name != pylock.All && name != pylock.None {
			if name, err = pep508.ParseName(text); err != nil {
				return nil, usage("%s: %v", flag, err)
			}
		}
		all = append(all, name)
	}
	return all, nil
}

// anySdists reports whether a policy has sdists of any project.
func anySdists(p resolve.Policy) bool {
	for _, f := range p.FormatsOf {
		if f.Sdists {
			return true
		}
	}
	return p.Sdists
}

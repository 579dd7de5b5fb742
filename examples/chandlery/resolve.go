package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

type resolveCommand struct {
	Requirements []string `arg:"" help:"PEP 508 requirements: numpy 'flask<3' 'requests[socks]'."`
	Platform     []string `help:"A platform's name (windows, darwin, darwinbigsur, linux, or one of --platforms), or platform tags (win32, macosx_11_0_arm64): several make one platform of several kinds of machine." required:"" placeholder:"NAME|TAG"`
	Python       string   `placeholder:"VERSION" help:"The full version of the target's CPython; a named platform has its own."`
	Constraint   []string `short:"c" sep:"none" placeholder:"REQUIREMENT" help:"Limit a version where the project is chosen anyhow."`
	Override     []string `sep:"none" placeholder:"REQUIREMENT" help:"Replace every requirement on the project."`
	ExcludeNewer string   `placeholder:"DATE" help:"Leave out files uploaded at or after this date (2026-01-31) or time (RFC 3339)."`
	Prereleases  bool     `name:"pre" help:"Admit pre-releases."`
	Format       string   `enum:"table,requirements,json" default:"table" help:"table, requirements or json."`
	Explain      bool     `help:"Show every requirement that brought a library in."`
	platformsFlag
	indexFlags
}

// Run answers what the requirements resolve to.
func (c *resolveCommand) Run(ctx context.Context, out *output) error {
	req, err := c.request()
	if err != nil {
		return err
	}
	source, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer source.close()
	resolution, err := (&resolve.Solver{Index: source.index}).Resolve(ctx, req)
	if err != nil {
		return &bundle.Error{Platform: req.Platform.Name, Step: bundle.StepResolve, Err: err}
	}
	if c.Format == "json" {
		out.json = true
	}
	out.result(newResolutionJSON(resolution), func(w io.Writer) { c.write(w, resolution) })
	return nil
}

func (c *resolveCommand) request() (*resolve.Request, error) {
	req := &resolve.Request{}
	for _, list := range []struct {
		texts []string
		into  *[]pep508.Requirement
	}{{c.Requirements, &req.Requirements}, {c.Constraint, &req.Constraints}, {c.Override, &req.Overrides}} {
		for _, text := range list.texts {
			r, err := pep508.Parse(text)
			if err != nil {
				return nil, usage("%v", err)
			}
			*list.into = append(*list.into, r)
		}
	}
	if c.Prereleases {
		req.Policy.Prereleases = resolve.Allow
	}
	var err error
	if req.Policy.ExcludeNewer, err = parseDate(c.ExcludeNewer); err != nil {
		return nil, err
	}
	req.Platform, err = c.platform()
	return req, err
}

func (c *resolveCommand) platform() (resolve.Platform, error) {
	known, err := c.platforms()
	if err != nil {
		return resolve.Platform{}, err
	}
	if p, ok := known[c.Platform[0]]; ok && len(c.Platform) == 1 {
		if c.Python == "" {
			return p, nil
		}
		var tags []string
		for _, v := range p.Variants {
			tags = append(tags, v.Tag)
		}
		return newPlatform(p.Name, c.Python, tags)
	}
	if c.Python == "" {
		names := strings.Join(slices.Sorted(maps.Keys(known)), ", ")
		return resolve.Platform{}, usage("%s is no platform (known: %s): a platform tag needs --python with a full version", strings.Join(c.Platform, ","), names)
	}
	return newPlatform(strings.Join(c.Platform, "+"), c.Python, c.Platform)
}

func newPlatform(name, python string, tags []string) (resolve.Platform, error) {
	v, err := pep440.Parse(python)
	if err != nil {
		return resolve.Platform{}, usage("--python: %v", err)
	}
	p, err := resolve.NewPlatform(name, v, tags...)
	if err != nil {
		return p, usage("%v", err)
	}
	return p, nil
}

func parseDate(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("--exclude-newer %s is neither a date (2026-01-31) nor a time (RFC 3339)", s)
}

func (c *resolveCommand) write(w io.Writer, r *resolve.Resolution) {
	if c.Format == "requirements" {
		writeRequirements(w, r, c.Explain)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LIBRARY\tVERSION\tFILE\tSIZE\tWHY")
	for _, p := range r.Pins {
		for i, f := range distinctFiles(p) {
			name, version, why := string(p.Name), p.Version.String(), reasons(p, c.Explain)
			if i > 0 {
				name, version, why = "", "", ""
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", name, version, f.File, sizeOf(f.Size), why)
		}
	}
	t.Flush()
	word := "libraries"
	if len(r.Pins) == 1 {
		word = "library"
	}
	fmt.Fprintf(w, "%d %s for %s (CPython %s)\n", len(r.Pins), word, r.Platform.Name, r.Platform.Python)
}

func writeRequirements(w io.Writer, r *resolve.Resolution, explain bool) {
	for _, p := range r.Pins {
		extras := ""
		if len(p.Extras) > 0 {
			extras = "[" + strings.Join(names(p.Extras), ",") + "]"
		}
		fmt.Fprintf(w, "%s%s==%s\n", p.Name, extras, p.Version)
		if explain {
			fmt.Fprintf(w, "    # %s\n", reasons(p, true))
		}
	}
}

// reasons says who asked for a pin: in short the names, in full the requirements.
func reasons(p resolve.Pin, full bool) string {
	var all []string
	for _, r := range p.RequiredBy {
		by := string(r.By)
		if by == "" {
			by = "you"
		}
		if full {
			by += " (" + r.Requirement.String() + ")"
		}
		if r.Unknown {
			by += " (its marker is unknown for this platform: taken in)"
		}
		if !slices.Contains(all, by) {
			all = append(all, by)
		}
	}
	return strings.Join(all, ", ")
}

func sizeOf(n int64) string {
	if n < 0 {
		return "-"
	}
	return byteSize(n)
}

func names(all []pep508.Name) []string {
	s := make([]string, len(all))
	for i, n := range all {
		s[i] = string(n)
	}
	return s
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

// configError says in which file a problem lies.
func configError(file string, err error) error {
	return &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: fmt.Errorf("%s: %w", file, err)}
}

package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/pyproject"
)

// inputFlags say what is asked for.
type inputFlags struct {
	Requirements []string `arg:"" optional:"" help:"Requirements (PEP 508): numpy 'flask<3' 'requests[socks]' 'lib @ https://files.example/lib-1.0-py3-none-any.whl'; or wheels, by path or address."`
	Requirement  []string `short:"r" sep:"none" placeholder:"FILE" help:"Requirements files, by path or address; - is standard input."`
	Constraint   []string `short:"c" sep:"none" placeholder:"FILE|REQUIREMENT" help:"Constraints files, or single constraints (a name with a version or address): they limit versions, and bring nothing in."`
	Override     []string `sep:"none" placeholder:"REQUIREMENT" help:"Replace every requirement on the project."`
	Overrides    []string `sep:"none" placeholder:"FILE" help:"Files of overrides, in the form of requirements files."`
	Pyproject    string   `type:"path" placeholder:"FILE" help:"Take the dependencies of a pyproject.toml's project."`
	Extra        []string `sep:"none" placeholder:"NAME" help:"With the dependencies of an extra of that project."`
	Group        []string `sep:"none" placeholder:"[FILE:]NAME" help:"Dependency groups (PEP 735), by default of --pyproject's file, else of pyproject.toml here."`
	FindLinks    []string `short:"f" sep:"none" placeholder:"DIR" help:"Folders of wheels, asked before any index."`

	host indexconf.Policy // what the machine's pip and uv are configured with, where no flag decides (heed)
}

// inputs is what is asked for, as it was read.
type inputs struct {
	*pylock.Requirements
	overrides []pylock.Line
	projects  []*pyproject.Project // whose dependencies are taken
	building  []pep508.Requirement // constraints on what sdists are built with
}

const theCommandLine = "the command line"

// empty reports whether the flags name nothing to install.
func (f *inputFlags) empty() bool {
	return len(f.Requirements)+len(f.Requirement)+len(f.Group) == 0 && f.Pyproject == ""
}

// read takes in the command line and the files that it names, those at an address by fetch. Everything that is wrong is told at once.
func (f *inputFlags) read(stdin io.Reader, fetch func(address string) ([]byte, error)) (*inputs, error) {
	if len(f.Extra) > 0 && f.Pyproject == "" {
		return nil, usage("--extra is of a project: name it with --pyproject FILE")
	}
	for _, file := range f.Requirement {
		switch base := filepath.Base(file); {
		case base == "pyproject.toml":
			return nil, usage("-r takes no pyproject.toml: give it with --pyproject")
		case strings.HasPrefix(base, "pylock.") && strings.HasSuffix(base, ".toml"):
			return nil, usage("-r takes no lock file: chandlery install and fetch do with --from-lock")
		}
	}
	files, single := slices.Clone(f.host.Constraint.Texts), []string(nil)
	for _, c := range f.Constraint {
		if r, err := pylock.ParseRequirement(c); err == nil && (r.URL != "" || !r.Specifiers.IsEmpty()) {
			single = append(single, c)
		} else {
			files = append(files, c)
		}
	}
	reader := &pylock.RequirementsReader{Getenv: os.Getenv, Stdin: stdin, Fetch: fetch}
	asked, err := reader.Read(f.Requirement, files)
	if err != nil {
		return nil, lineErrors(err)
	}
	in := &inputs{Requirements: asked}
	in.Options.RequireHashes = in.Options.RequireHashes || f.host.RequireHashes.From != ""
	if err := f.readOverrides(in, fetch); err != nil {
		return nil, err
	}
	if in.building, err = buildLimits(f.host, fetch); err != nil {
		return nil, err
	}
	limits, err := lines(f.host.Constraints)
	if err != nil {
		return nil, err
	}
	in.Constraints = append(in.Constraints, limits...)
	for _, list := range []struct {
		texts []string
		into  *[]pylock.Line
	}{{f.Requirements, &in.Requirements.Requirements}, {single, &in.Constraints}, {f.Override, &in.overrides}} {
		for _, text := range list.texts {
			r, err := pylock.ParseRequirement(text)
			var named *pep508.ParseError
			switch {
			case err == nil:
			case errors.As(err, &named) || strings.Contains(text, "://"): // an address may hold credentials
				return nil, usage("%v", err)
			default:
				return nil, usage("%s: %v", text, err)
			}
			*list.into = append(*list.into, pylock.Line{Requirement: r, File: theCommandLine})
		}
	}
	return in, f.readProjects(in)
}

// readOverrides reads files that hold requirements and nothing else.
func (f *inputFlags) readOverrides(in *inputs, fetch func(address string) ([]byte, error)) error {
	files := slices.Concat(f.host.Override.Texts, f.Overrides)
	read, err := (&pylock.RequirementsReader{Getenv: os.Getenv, Fetch: fetch}).Read(files, nil)
	if err != nil {
		return lineErrors(err)
	}
	o := read.Options
	if len(read.Constraints)+len(o.Indexes)+len(o.FindLinks)+len(o.NoBinary)+len(o.OnlyBinary) > 0 || o.NoIndex || o.Prereleases || read.HashChecking() {
		return configError(strings.Join(files, ", "), errors.New("overrides are requirements alone: give options, hashes and constraints with -r and -c"))
	}
	single, err := lines(f.host.Overrides)
	in.overrides = append(read.Requirements, single...)
	return err
}

// request is what is asked for, on a platform.
func (in *inputs) request(pl resolve.Platform, policy resolve.Policy) *resolve.Request {
	return &resolve.Request{
		Requirements: requirementsOf(in.Requirements.Requirements), Constraints: requirementsOf(in.Constraints), Overrides: requirementsOf(in.overrides),
		Platform: pl, Policy: policy,
	}
}

// lineErrors are all lines that are wrong, a problem each.
func lineErrors(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: err}
	}
	var all bundle.Errors
	for _, e := range joined.Unwrap() {
		kind := bundle.KindConfig
		if k := bundle.KindOf(e); k == bundle.KindNetwork || k == bundle.KindCanceled {
			kind = k
		}
		all = append(all, &bundle.Error{Step: bundle.StepConfigure, Kind: kind, Err: e})
	}
	return all
}

func requirementsOf(lines []pylock.Line) []pep508.Requirement {
	out := make([]pep508.Requirement, len(lines))
	for n, l := range lines {
		out[n] = l.Requirement
	}
	return out
}

// openIndexes opens where libraries come from: folders of wheels first, then the indexes of the command line, else those that requirements files name, else the machine's.
func (f *inputFlags) openIndexes(ctx context.Context, out *output, flags *indexFlags, o pylock.Options) (*libraries, error) {
	if slices.ContainsFunc(f.FindLinks, func(s string) bool { return strings.Contains(s, "://") }) { // which may hold credentials
		return nil, usage("--find-links is a folder of this machine: give an index for what lies elsewhere")
	}
	folders := slices.Concat(f.FindLinks, o.FindLinks)
	flags.wheels = folders
	switch {
	case len(flags.Index) > 0 && (len(o.Indexes) > 0 || o.NoIndex):
		out.tell("--index goes before the indexes of the requirements files")
	case o.NoIndex && len(folders) == 0:
		return nil, usage("--no-index without --find-links: there is nothing to install from")
	case o.NoIndex:
		flags.wheels, flags.Index = nil, folders
	}
	return flags.open(ctx, o.Indexes)
}

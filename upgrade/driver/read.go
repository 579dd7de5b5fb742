package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// Needer reads what a driver asks of its host: *pyast.Reader.
type Needer interface {
	Needs(ctx context.Context, tree pyast.Tree) (*api.Driver, error)
}

// Read reads what a driver asks of the component that the index is of. The error is ctx's, a *Python2Error, a *NotDriverError, or the reader's: a *pyast.SyntaxError, *pyast.SourceError or *pyast.ProcessError with the driver's name.
func Read(ctx context.Context, tree *Tree, reader Needer, ix *api.Index) (*api.Driver, error) {
	if ix == nil {
		return nil, ErrNoIndex
	}
	hosts := hostsOf(ix.Component)
	t := pyast.Tree{Component: hosts[0]}
	for _, f := range tree.Files {
		t.Files = append(t.Files, pyast.Source{Name: f.Name, Package: f.Package, Text: f.Text, File: f.Path})
	}
	d, err := reader.Needs(ctx, t)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		if old := python2In(err); old != nil {
			return nil, &Python2Error{File: old.File, Line: old.Line, Text: old.Text, Last: lastOnPython2(ix)}
		}
		return nil, fmt.Errorf("driver %s: %w", tree, err)
	}
	d.SDK = tree.SDK()
	if reason := noDriver(d, hosts); reason != "" {
		return nil, &NotDriverError{ix.Component, len(tree.Files), reason}
	}
	return d, nil
}

// hostsOf are the top-level packages that a component's drivers build on, its own first.
func hostsOf(component pep508.Name) (tops []string) {
	for _, r := range roots {
		if r.Component != component {
			continue
		}
		for _, name := range append([]string{r.Package}, r.Bases...) {
			if !slices.Contains(tops, top(name)) {
				tops = append(tops, top(name))
			}
		}
	}
	if tops == nil {
		tops = []string{strings.ReplaceAll(string(component), "-", "_")}
	}
	return tops
}

// noDriver says why what was read is no driver; "" where it is one.
func noDriver(d *api.Driver, hosts []string) string {
	switch {
	case !slices.ContainsFunc(d.Needs, func(n api.Need) bool { return n.Kind != api.NeedDistribution && slices.Contains(hosts, top(n.Symbol)) }):
		return "nothing in it asks for anything of " + strings.Join(hosts, " or ")
	case len(d.Classes) == 0:
		return "no class in it inherits from a driver of " + strings.Join(hosts, " or ") + ": give the file or folder that the configured class is in"
	}
	return ""
}

// python2In finds the first Python 2 syntax among the reader's errors, which come joined.
func python2In(err error) *pyast.SyntaxError {
	var syntax *pyast.SyntaxError
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			if found := python2In(one); found != nil {
				return found
			}
		}
		return nil
	}
	if errors.As(err, &syntax) && syntax.Python2 {
		return syntax
	}
	return nil
}

// lastOnPython2 is the newest release that Requires-Python lets run on Python 2.7; zero where the index has none.
func lastOnPython2(ix *api.Index) pep440.Version {
	for _, r := range slices.Backward(ix.Releases) {
		s, err := pep440.ParseSpecifiers(r.RequiresPython)
		if err == nil && s.Contains(pep440.MustParse("2.7.18")) {
			return r.Version
		}
	}
	return pep440.Version{}
}

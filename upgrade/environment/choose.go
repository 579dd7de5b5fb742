package environment

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/build"
	"github.com/chandlery-go/chandlery/venv/python"
)

// choice is the interpreter that an environment is made with, and what the host has for it.
type choice struct {
	python   *python.Interpreter
	platform resolve.Platform
	bindings []binding
	notes    []Note
}

// choose takes the first interpreter that the target admits and for which the host has all bindings that it has for any; else the first that the target admits, with a note.
func (p *Provisioner) choose(ctx context.Context, w upgrade.Wanted, x resolve.Index) (choice, error) {
	admitted, err := p.admitted(ctx, w, x)
	if err != nil {
		return choice{}, err
	}
	for n := range admitted {
		if admitted[n].bindings, err = p.bindings(w, admitted[n].python); err != nil {
			return choice{}, err
		}
	}
	fits := func(c choice) bool { return !slices.ContainsFunc(c.bindings, binding.foreign) }
	n := max(0, slices.IndexFunc(admitted, fits))
	c := admitted[n]
	c.notes = c.remarks()
	return c, nil
}

// atHand lists the interpreters to choose from, each once: the real environment's first. Of a virtual environment's and the one that it was made of the latter counts, where it is given.
func (p *Provisioner) atHand(now upgrade.Subject) []*python.Interpreter {
	var all []*python.Interpreter
	if now.Env != nil && now.Env.Python != nil {
		all = append(all, now.Env.Python)
	}
	for _, i := range p.Pythons {
		same := slices.IndexFunc(all, func(o *python.Interpreter) bool { return o.BaseExecutable == i.BaseExecutable })
		switch {
		case same < 0:
			all = append(all, i)
		case all[same].InVenv() && !i.InVenv():
			all[same] = i
		}
	}
	return all
}

// admitted lists the interpreters that the target can run on. None is a *NoInterpreterError.
func (p *Provisioner) admitted(ctx context.Context, w upgrade.Wanted, x resolve.Index) (all []choice, err error) {
	project, err := x.Project(ctx, w.Component.Distribution)
	if err != nil {
		return nil, err
	}
	passive := &build.Builder{Index: x, Fetcher: p.Fetcher, Cache: p.Cache} // without an interpreter it runs nothing
	defer func() { err = errors.Join(err, passive.Close()) }()
	none := &NoInterpreterError{Distribution: w.Component.Distribution, Version: w.Target.Version}
	for _, i := range p.atHand(w.Current) {
		platform, err := i.Platform(i.Path)
		if err != nil {
			none.Refused = append(none.Refused, RefusedInterpreter{i, err.Error()})
			continue
		}
		wants, why, err := wanted(ctx, passive, project, platform)
		if err != nil {
			return nil, err
		}
		if !wants.IsEmpty() {
			none.Wants = wants
		}
		if why != "" {
			none.Refused = append(none.Refused, RefusedInterpreter{i, why})
			continue
		}
		all = append(all, choice{python: i, platform: platform})
	}
	if len(all) == 0 {
		return nil, none
	}
	return all, nil
}

// wanted tells the target's Requires-Python, as far as it is known without a build, and why it does not run on a platform; "" where it does.
func wanted(ctx context.Context, b *build.Builder, project *dist.Project, pl resolve.Platform) (wants pep440.Specifiers, why string, err error) {
	found, refused := resolve.Candidates(project, pl, resolve.Policy{Sdists: true})
	if len(found) == 0 {
		if len(refused) > 0 && refused[0].Why == resolve.RequiresOtherPython {
			return refused[0].Python, "it is not admitted", nil
		}
		return wants, "the index has no file for it", nil
	}
	f := found[0].Files[0]
	wants = f.RequiresPython
	m, err := b.Metadata(ctx, f)
	var unknown *build.BuildError
	switch {
	case errors.As(err, &unknown) && errors.Is(err, build.ErrNoPython): // only a build tells
	case err != nil:
		return wants, "", fmt.Errorf("metadata of %s: %w", f.File, err)
	case !m.RequiresPython.IsEmpty():
		wants = m.RequiresPython
	}
	if !wants.IsEmpty() && !wants.Contains(pl.Python) {
		why = "it is not admitted"
	}
	return wants, why, nil
}

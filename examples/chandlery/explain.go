package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/explain"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
)

type explainCommand struct {
	Platform []string `sep:"none" placeholder:"NAME|TAG,…[@VERSION]" help:"A platform, as chandlery resolve has them; several are answered side by side. Without it: all that are known."`
	Python   string   `placeholder:"VERSION" help:"The full version of the platforms' CPython; a named platform has its own."`
	Why      string   `placeholder:"NAME" help:"Why is this library there, and in this version?"`
	WhyNot   string   `placeholder:"NAME[SPEC]" help:"Why not a newer version of this library, or one that matches: 'flask>=3'?"`
	Solves   int      `default:"200" help:"How often an answer may resolve anew, for each platform."`
	Sdists   bool     `help:"Take an sdist where there is no wheel, as chandlery resolve does; for host it may be built to learn what it requires, which runs its code."`
	inputFlags
	policyFlags
	platformsFlag
	indexFlags
}

// Help stands below the flags.
func (c *explainCommand) Help() string {
	return `Without a question it shows what requires what or, where there is no solution, why, and which changes of what was asked would give one.`
}

// Run answers.
func (c *explainCommand) Run(ctx context.Context, out *output, p program) error {
	question, err := c.question()
	if err != nil {
		return err
	}
	platforms, host, err := c.targets(ctx)
	if err != nil {
		return err
	}
	if err := heed(out, thisMachine(), c.command, &c.inputFlags, &c.policyFlags); err != nil {
		return err
	}
	asked, err := c.read(p.stdin, c.textAt(ctx))
	if err != nil {
		return err
	}
	policy, err := c.policy(p.now(), asked.Options, c.Sdists)
	if err != nil {
		return err
	}
	if c.Sdists {
		if asked.Options.Formats, err = c.formats(asked.Options); err != nil {
			return err
		}
	}
	for _, pl := range platforms {
		if err := asked.suits(pl.Name, pl.Python); err != nil {
			return err
		}
	}
	source, err := c.openIndexes(ctx, out, &c.indexFlags, asked.Options)
	if err != nil {
		return err
	}
	defer source.close()
	explainer := &explain.Explainer{Index: asked.Restrict(source.index), New: c.resolverOver(source, host, asked.building), MaxSolves: c.Solves}
	rows, err := explainer.Ask(ctx, asked.request(resolve.Platform{}, policy), platforms, question)
	if err != nil {
		return explainError(err)
	}
	out.result(explainJSON{rows}, func(w io.Writer) { writeAnswers(w, rows) })
	return nil
}

func (c *explainCommand) question() (q explain.Question, err error) {
	switch {
	case c.inputFlags.empty():
		return q, usage("say what to resolve: requirements, -r FILE, --pyproject FILE or --group NAME")
	case c.Why != "" && c.WhyNot != "":
		return q, usage("ask either --why or --why-not")
	case c.Solves < 1:
		return q, usage("--solves: it is at least 1")
	case c.Why != "":
		if q.Why, err = pep508.ParseName(c.Why); err != nil {
			return q, usage("--why: %v", err)
		}
	case c.WhyNot != "":
		r, err := pep508.Parse(c.WhyNot)
		if err != nil || r.URL != "" || len(r.Extras) > 0 || !r.Marker.IsZero() {
			return q, usage("--why-not: it is a name, with or without versions: flask, or 'flask>=3'")
		}
		q.WhyNot, q.Wanted = r.Name, r.Specifiers
	}
	return q, nil
}

// targets are the platforms of the command line, by default all known ones, and the interpreter of this machine where that is among them.
func (c *explainCommand) targets(ctx context.Context) ([]resolve.Platform, *python.Interpreter, error) {
	named := c.Platform
	if len(named) == 0 {
		known, err := c.platforms()
		if err != nil {
			return nil, nil, err
		}
		named = slices.Sorted(maps.Keys(known))
	}
	return c.targetsOf(ctx, &c.indexFlags, named, c.Python)
}

// resolverOver makes the Resolver that is explained: the one of chandlery resolve, and for this machine the one of install.
func (c *explainCommand) resolverOver(source *libraries, host *python.Interpreter, building []pep508.Requirement) func(resolve.Index) resolve.Resolver {
	return func(x resolve.Index) resolve.Resolver {
		wheels := &index.Direct{Index: x, Fetcher: source.fetcher}
		return resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			if !anySdists(req.Policy) {
				return wheels.Resolve(ctx, req)
			}
			builder := c.builder(x, source.fetcher, host, building)
			r, err := (&index.Direct{Index: builder.For(req.Platform), Fetcher: source.fetcher}).Resolve(ctx, req)
			return r, errors.Join(err, builder.Close())
		})
	}
}

// explainJSON is the machine-readable answer; explain's own types tell the rows' fields.
type explainJSON struct {
	Rows []explain.Row `json:"rows"`
}

func writeAnswers(w io.Writer, rows []explain.Row) {
	for i, r := range rows {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, strings.Join(r.Lines(), "\n"))
	}
}

// explainError is a question that makes no sense, or what kept it from being answered.
func explainError(err error) error {
	var not *explain.NotChosenError
	if errors.As(err, &not) {
		return usage("%v", not)
	}
	return &bundle.Error{Step: bundle.StepResolve, Kind: directKind(err), Err: err}
}

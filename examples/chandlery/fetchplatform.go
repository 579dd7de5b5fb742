package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/venv/python"
)

// thisHost is the platform of this machine, as its interpreter describes it.
const thisHost = "host"

// readTargets are the platforms of the command line, each under a name of its own.
func (f *fetching) readTargets(ctx context.Context) (all []resolve.Platform, err error) {
	named := f.Platform
	if len(named) == 0 {
		named = []string{thisHost}
	}
	all, f.host, err = f.targetsOf(ctx, &f.indexFlags, named, f.Python)
	return all, err
}

// targetsOf are platforms by their names, tags or as this machine, each under a name of its own, and the interpreter of this machine where that is among them.
func (f *platformsFlag) targetsOf(ctx context.Context, flags *indexFlags, named []string, version string) (all []resolve.Platform, host *python.Interpreter, err error) {
	known, err := f.platforms()
	if err != nil {
		return nil, nil, err
	}
	for _, text := range named {
		var pl resolve.Platform
		if spec, own, _ := strings.Cut(text, "@"); spec == thisHost {
			pl, host, err = flags.thisHost(ctx, cmp.Or(own, version))
		} else {
			pl, err = platformOf(text, version, known)
		}
		if err != nil {
			return nil, nil, err
		}
		if slices.ContainsFunc(all, func(o resolve.Platform) bool { return fileName(o.Name) == fileName(pl.Name) }) {
			return nil, nil, usage("--platform %s is named twice", text)
		}
		all = append(all, pl)
	}
	return all, host, nil
}

// thisHost asks an interpreter what it is: of a version or file, "" for the first on PATH.
func (f *indexFlags) thisHost(ctx context.Context, request string) (resolve.Platform, *python.Interpreter, error) {
	found, err := f.prober().Find(ctx, (&venvCommand{Python: request}).python(), interpreterPath())
	if err != nil {
		return resolve.Platform{}, nil, &bundle.Error{Kind: bundle.KindUsage, Err: err, Advice: "install it, or name another: --platform host@VERSION"}
	}
	pl, err := found.Platform(thisHost)
	return pl, found, err
}

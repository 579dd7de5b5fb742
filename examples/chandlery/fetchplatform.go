package main

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
)

// thisHost is the platform of this machine, as its interpreter describes it.
const thisHost = "host"

// readTargets are the platforms of the command line, each under a name of its own.
func (f *fetching) readTargets(ctx context.Context) ([]resolve.Platform, error) {
	known, err := f.platforms()
	if err != nil {
		return nil, err
	}
	named := f.Platform
	if len(named) == 0 {
		named = []string{thisHost}
	}
	var all []resolve.Platform
	for _, text := range named {
		var pl resolve.Platform
		if spec, version, _ := strings.Cut(text, "@"); spec == thisHost {
			pl, err = f.thisMachine(ctx, cmp.Or(version, f.Python))
		} else {
			pl, err = platformOf(text, f.Python, known)
		}
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(o resolve.Platform) bool { return fileName(o.Name) == fileName(pl.Name) }) {
			return nil, usage("--platform %s is named twice", text)
		}
		all = append(all, pl)
	}
	return all, nil
}

// thisMachine asks an interpreter what it is: of a version or file, "" for the first on PATH.
func (f *fetching) thisMachine(ctx context.Context, request string) (resolve.Platform, error) {
	found, err := f.prober().Find(ctx, (&venvCommand{Python: request}).python(), interpreterPath())
	if err != nil {
		return resolve.Platform{}, &bundle.Error{Kind: bundle.KindUsage, Err: err, Advice: "install it, or name another: --platform host@VERSION"}
	}
	f.host = found
	return found.Platform(thisHost)
}

package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
)

// unresolved is why there is no set, and where to ask further.
func (i *installing) unresolved(ctx context.Context, err error) error {
	e := &bundle.Error{Step: bundle.StepResolve, Kind: directKind(err), Err: err}
	var none *resolve.NoSolutionError
	if errors.As(err, &none) {
		e.Advice = cmp.Or(i.asked.unlisted(ctx, i.source.index, i.platform), i.explain())
	}
	return e
}

// explain names the question to ask: of the environment's own Python, with sdists where they may be built.
func (i *installing) explain() string {
	sdists := " --sdists"
	if i.NoBuild {
		sdists = ""
	}
	return fmt.Sprintf("chandlery explain --platform %s%s, asked the same, tells which changes would give one", word(thisHost+"@"+i.env.Python.Path), sdists)
}

// word is an argument as it is typed into a shell.
func word(s string) string {
	if strings.ContainsAny(s, " \t()&;") {
		return `"` + s + `"`
	}
	return s
}

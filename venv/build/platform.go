package build

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// PlatformError says that sdists cannot be built for a target, as the interpreter at hand is not of it, or there is none: then it wraps ErrNoPython.
type PlatformError struct {
	Platform string
	Python   string // the interpreter's path; "": none was given
	Tag      string // what it builds for: cp311-cp311-manylinux_2_36_x86_64
}

func (e *PlatformError) Error() string {
	why := "no interpreter to build with is given"
	if e.Python != "" {
		why = fmt.Sprintf("it does not take what %s builds (%s)", e.Python, e.Tag)
	}
	return fmt.Sprintf("nothing is built for %s here, as %s, and its PKG-INFO does not say for good what a wheel of it requires (PEP 643): choose a version that has a wheel, or build one on such a machine and put it into a folder that is asked before the index", e.Platform, why)
}

func (e *PlatformError) Unwrap() error {
	if e.Python == "" {
		return ErrNoPython
	}
	return nil
}

// Suits reports why sdists cannot be built for a target: ErrNoPython, or a *PlatformError where the target does not take what is compiled with Python
// on this machine in all of its variants. nil: they can.
func (b *Builder) Suits(pl resolve.Platform) error {
	if b.Python == nil {
		return ErrNoPython
	}
	own, ok := b.ownTag()
	if !ok {
		return b.Python.Supported()
	}
	takes := func(v resolve.Variant) bool {
		if v.Tags == nil {
			return false
		}
		_, ok := v.Tags.Rank([]tag.Tag{own})
		return ok
	}
	if len(pl.Variants) == 0 || slices.ContainsFunc(pl.Variants, func(v resolve.Variant) bool { return !takes(v) }) {
		return &PlatformError{pl.Name, b.Python.Path, own.String()}
	}
	return nil
}

// ownTag is the tag of what is compiled with the interpreter for its own ABI and the newest system that it may need: this machine's.
func (b *Builder) ownTag() (tag.Tag, bool) {
	for _, text := range b.Python.Tags {
		if t, err := tag.Parse(text); err == nil && t[0].Platform == b.Python.PlatformTag {
			return t[0], true
		}
	}
	return tag.Tag{}, false
}

// For is the Index for a Solver of one target: it builds where Suits says that it can be, and else tells only what sdists state for good, and refuses the
// others with a *BuildError before anything of theirs runs.
func (b *Builder) For(pl resolve.Platform) resolve.Index {
	err := b.Suits(pl)
	switch {
	case err == nil:
		return b
	case errors.Is(err, ErrNoPython):
		err = &PlatformError{Platform: pl.Name}
	}
	return foreign{b, err}
}

// foreign is a Builder for a target that its interpreter is not of.
type foreign struct {
	*Builder
	err error
}

func (f foreign) Metadata(ctx context.Context, file dist.File) (*dist.Metadata, error) {
	return f.metadata(ctx, file, f.err)
}

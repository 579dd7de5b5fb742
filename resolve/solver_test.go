package resolve_test

import (
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func TestSolverConforms(t *testing.T) {
	newSolver := func(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x} }
	resolvetest.Run(t, newSolver)
	resolvetest.RunPreferred(t, newSolver)
}

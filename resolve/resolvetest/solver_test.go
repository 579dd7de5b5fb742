package resolvetest

import (
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
)

func solver(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x, MaxSteps: 10_000} }

func TestSolver(t *testing.T) {
	Run(t, solver)
	t.Run("preferred", func(t *testing.T) { RunPreferred(t, solver) })
}

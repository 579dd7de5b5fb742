package resolve_test

import (
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func TestSolverConforms(t *testing.T) {
	resolvetest.Run(t, func(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x} })
}

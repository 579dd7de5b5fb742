package resolvetest

import "github.com/chandlery-go/chandlery/resolve"

func solver(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x, MaxSteps: 10_000} }

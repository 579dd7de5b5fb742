package main

import (
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// recalling is index.Direct's Solver where nothing decides but the request, the index and what salt tells: an answer of before is given again while that has not changed. It is nil, for
// a Solver that always looks, where there are more indexes or folders, files by address or with hashes, formats, or constraints on builds.
func (l *libraries) recalling(asked *inputs, salt string) func(resolve.Index) resolve.Resolver {
	client, ok := l.index.(*index.Client)
	if !ok || !asked.plain() {
		return nil
	}
	return func(ix resolve.Index) resolve.Resolver { return &index.Recall{Client: client, Index: ix, Salt: salt} }
}

// plain reports whether the inputs say nothing that is not in their request.
func (in *inputs) plain() bool {
	lines := slices.Concat(in.Requirements.Requirements, in.Constraints, in.overrides)
	return len(in.building) == 0 && !in.Restricts() && !slices.ContainsFunc(lines, func(l pylock.Line) bool { return len(l.Hashes) > 0 || l.Requirement.URL != "" })
}

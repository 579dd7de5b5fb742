// Package resolvetest tests resolvers and index clients.
//
// [Run] is the conformance suite of resolve.Resolver: what holds for every Resolver, whichever of the solutions it prefers.
//
//	func TestMyResolver(t *testing.T) {
//		resolvetest.Run(t, func(x resolve.Index) resolve.Resolver { return &mine.Resolver{Index: x} })
//	}
//
// It reads universes: an index, a request and what is expected of it as text ([Universe] tells the statements). [Verify] judges each answer from the answer and the index alone: that it
// is complete, without excess, and made of files that the platform and the policy admit. It can be used on any answer, also outside of tests.
//
// What a Resolver prefers is its own affair. It is written down as universes too, and held by [Check]:
//
//	u, err := resolvetest.ParseUniverse("platform linux 3.9.18 manylinux_2_17_x86_64\nrelease a 1\nrelease a 2\nrequest a\npin a 1")
//	…
//	resolvetest.Check(t, u, &mine.Resolver{Index: u.Index})
//
// [RunPreferred] does so with the solutions that package resolve defines to be the default's.
//
// [Index] is a resolve.Index in memory. [Server] is a whole package index over HTTP, with switches for what real ones do and do not do.
package resolvetest

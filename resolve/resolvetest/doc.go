// Package resolvetest tests resolvers and index clients.
//
// [Run] is the conformance suite of resolve.Resolver. It reads universes: an index, a request and the expected resolution or refusal as text ([Universe]
// tells the statements). [Index] is a resolve.Index in memory. [Server] is a whole package index over HTTP, with switches for what real ones do
// and do not do.
//
//	func TestMyResolver(t *testing.T) {
//		resolvetest.Run(t, func(x resolve.Index) resolve.Resolver { return &mine.Resolver{Index: x} })
//	}
package resolvetest

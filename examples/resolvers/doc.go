// Package resolvers shows how a program brings a Resolver of its own: [Lowest], which is one from scratch, and [AllowList], which is an Index between another one and any
// Resolver. Both are held to the contract by the conformance suite, resolvetest.Run, and to their purpose by a few universes of their own: see the tests.
package resolvers

// Package pep440 parses, orders and matches Python versions (PEP 440, now PyPA "Version specifiers").
//
// # Versions
//
// A version is an epoch, a release, and optional pre-, post-, development and local parts:
//
//	1!2.0.1rc1.post2.dev3+ubuntu.4
//
// [Parse] accepts every spelling of PEP 440, Appendix B, with numbers of any size, and String gives the normalised one. The order is
//
//	1.0.dev1 < 1.0a1.dev1 < 1.0a1 < 1.0rc1 < 1.0 < 1.0+local < 1.0.post1.dev1 < 1.0.post1 < 1.1.dev1
//
// Trailing zeros of the release do not count: 1.0 and 1.0.0 are one version in two spellings.
//
// # Keys
//
// Every version has a key, a byte string whose order is the order of versions, so that comparing two versions is comparing two strings:
//
//	number   0…199 one byte; larger: its length, then its bytes, big end first
//	key      epoch number, release numbers without trailing zeros, suffix, and for a local version 0x01 and its segments
//	suffix   dev-only 0x01 number
//	         a, b, rc 0x02, 0x03, 0x04 number, or 0x05 for none; then 0x03 number for a post part; then 0x01 number for dev or 0x02
//	segment  a number, or 0x02 text 0x01
//
// The bytes that end a part are below those that continue it, which makes a shorter release sort before a longer one.
// No public key is the beginning of another. An exact key is the key, 0x00 and the spelling: all spellings of a version lie
// between it and its first local version, so that `===1.0` is an interval too.
//
// # Specifiers and ranges
//
// A clause such as `>=1.0` or `!=1.5.*` is a [Range], one or two intervals of exact keys; a [Specifiers] is the intersection
// of its clauses. The bounds of an interval are chosen so that two clauses that admit the same versions have equal ranges:
// `>1.0.dev1` and `>=1.0.dev2` do. Only `===` can tell spellings apart.
//
// Specifiers match by order alone. Whether a pre-release is wanted (PEP 440, "Handling of pre-releases") is a policy over all
// candidates of a project, so it is the caller's; NamesPrerelease tells what the clauses say about it.
package pep440

// Package api asks what the verifiers need of two OpenStack APIs: Block Storage v3 and Image v2.
//
// Every request has a limit, answers are bounded, redirects are not followed (a token would go with them), and no proxy of the host's is
// used. An error never holds a token: a *StatusError is an answer that is no success, an *UnreachableError none at all.
package api

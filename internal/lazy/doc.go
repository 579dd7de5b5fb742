// Package lazy has what is made when it is first used, so that a process pays at its start only for what it does: a regular expression takes some ten
// microseconds to compile, and the library has a hundred of them, most of which a run never asks for.
package lazy

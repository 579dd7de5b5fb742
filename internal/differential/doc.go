// Package differential holds no code of its own: its test compares pep440, pep508, tag and dist with `packaging`, the reference
// implementation of the PyPA specifications, answer by answer.
//
// The test runs under the build tag oracle, as it needs a Python with pip on the host:
//
//	go test -tags oracle ./internal/differential -v [-seed N] [-inputs N] [-venv DIR]
//
// Go generates the inputs of every kind from a seed that it prints, about a third of them invalid, and writes each as a line of
// JSON. One embedded script, oracle.py, answers them all in a virtual environment that the test makes itself, with a pinned
// release of `packaging`; -venv keeps that environment for the next run. An answer is a list of strings. Both sides give
// ["invalid"] for what they refuse.
//
// Any difference fails, unless a rule in differences_test.go matches it: a rule cites the standard's text that we follow
// instead, and how often it applied is printed. A rule that applies to nothing fails too.
package differential

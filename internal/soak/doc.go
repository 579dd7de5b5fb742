// Command soak runs every fuzz target of the workspace for a number of executions and keeps a table of what ran:
//
//	go run ./internal/soak                                     10 million executions of each target
//	go run ./internal/soak -target 'pep440|FuzzParseJSON'      of those whose package or name matches
//	go run ./internal/soak -executions 1000000 -parallel 1     a shorter round, by one worker
//	go run ./internal/soak -executions 20000 -most 30s         no target longer than that: some start a Python each time
//
// It goes on where its report ends: a target's executions are the sum of all runs that the report knows, and a target that has enough is left out, unless -again is given. One
// that failed begins anew. The report is written after each target. An interrupt ends the running target cleanly and keeps what it did.
//
// # What is watched
//
// A worker is the process in which the target runs. Its peak resident memory is read from the system, a few times a second; with more than maxMemory it is aborted. So is
// one that does nothing new for patience, or two thirds of -most, for which go test has no limit of its own where executions are counted. The abort makes the worker tell where it stands, and the
// fuzzer keep the input, as for any crash: below the package's testdata/fuzz. It needs Linux's /proc.
//
// # How a target is built
//
// `go test -fuzz` instruments all that a test links, the standard library included, and spends most of its time on looking through those counters. Here only
// the project's own packages, and the parsers of others that it stands on, are instrumented: that is what inputs shall find new ways through. It makes an execution three to
// four times cheaper. Inputs that are new are kept where `go test -fuzz` keeps them, so that either begins with what the other found.
package main

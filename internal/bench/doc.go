// Command bench measures Chandlery beside its rivals: every line of the table is one piece of work, done by the chandlery command as it is built from this
// tree and by the rivals (uv, Python's zipfile, deps.dev's resolver) as their users run them, in turn, several times.
//
//	go run ./internal/bench -tools DIR                        everything, on a mirror on the loopback interface
//	go run ./internal/bench -tools DIR -on index -runs 3      on the index that pip is configured with
//	go run ./internal/bench -tools DIR -only 'multi5' -latency 0,20,100
//	go run ./internal/bench mirror -dir DIR -listen 127.0.0.1:8181     the mirror alone
//
// DIR keeps what costs time to get: a virtual environment with the rivals, and what the mirror recorded. It needs Python 3 with venv; nothing else is touched.
//
// # How it is measured
//
// A contender is one or more whole processes. Wall is from the start of the first to the end of the last, CPU the user and system time of them and all their children, peak
// the largest resident memory of any one process. The first pass over all contenders is not counted: it fills the mirror and the warm caches. After that each run goes
// over all cases, and within a case over all contenders, so that a load of the machine meets all alike. Cold is an empty cache folder, warm one that the same
// work filled: right before, where pages are read, as a page counts for ten minutes only. What a contender needs beforehand, such as an empty environment, is made outside the measure. The mirror runs in this process, on the same processors.
//
// The figures of the in-process part come from `go test -bench` in this folder; its peak column is bytes allocated in one operation.
//
// # Inputs
//
// multi5 is twelve requirements for five targets, wheels only; trio, jupyter and cinder (under its series' upper-constraints) are environments for the host's Python.
// inputs holds the requirements. Pinned lists and locks are made in the run by resolving, so no version is written down here but cinder's own.
package main

// Command bench measures Chandlery beside its rivals: every line of the table is one piece of work, done by the chandlery command as it is built from this
// tree and by the rivals (uv, Python's zipfile, deps.dev's resolver) as their users run them, in turn, several times.
//
//	go run ./internal/bench -tools DIR                           everything, on a mirror on the loopback interface
//	go run ./internal/bench -tools DIR -latency 20,100 -only 'resolve|cold|start'    what asks the network, with a slower one
//	go run ./internal/bench -tools DIR -on index -only multi5    on the index that pip is configured with
//	go run ./internal/bench mirror -dir DIR -listen 127.0.0.1:8181       the mirror alone
//
// DIR keeps what costs time to get: a virtual environment with the rivals, and what the mirror recorded. It needs Python 3 with venv; nothing else is touched.
//
// # How it is measured
//
// A contender is one or more whole processes. Wall is from the start of the first to the end of the last, CPU the user and system time of them and all their children, peak
// the largest resident memory of any one process, so not the sum where uv runs five times. The first round over all contenders is not counted: it fills the mirror and the
// warm caches. After that each round goes over all lines, and within a line over all contenders, another one first each time, so that a load of the machine and what the one
// before left meet all alike. A line has -runs rounds; a short one has more, until they come to -least together, or 15. What a contender needs beforehand, such as an
// empty environment, is made outside the measure, and the disk is given time to write what is pending; nothing is deleted before the end, so a whole run takes some 20 GB. The mirror runs in this process, on the same processors.
//
// Cold is an empty cache folder, warm one that the same work filled; where pages are read they were read right before, as a page counts for ten minutes only.
// A warm resolve asks what was asked before, of all; chandlery recalls its answer then. "A new question" is the same work with the pages alone.
// uv --upgrade asks again for the pages that it has, so it stands beside uv as such.
//
// The table tells the median of wall with its least and most, the medians of CPU and peak, and the rivals' medians and least as multiples of ours. Limits are held
// against the medians.
//
// The figures of the in-process part come from the benchmarks of this folder; its peak column is bytes allocated in one operation.
//
// # Inputs
//
// multi5 is twelve requirements for five targets, wheels only; trio, jupyter and cinder (under its series' upper-constraints) are environments for the host's Python.
// On the index multi5's publish stands beside uv's mere fetch of the same wheels: what else uv's users do asks no network, and the mirror shows it.
// inputs holds the requirements. Pinned lists and locks are made in the run by resolving, so no version is written down here but cinder's own.
package main

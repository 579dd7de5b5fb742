// Package oracle is tests alone: package trust beside the other clients of The Update Framework, go-tuf in process and python-tuf behind a pipe. It is a module of
// its own, as nobody who imports the library shall link them.
//
//   - TestVerdicts shows mutated repositories (package mutate) to all three. The verdicts must be the same, but for the differences in differences_test.go, each with
//     its reason and the words by which it is known.
//   - TestRootRollback is the attack T5: go-tuf installs what a revoked key signed. TestHoles and TestCachedRole are its other holes. Each shows that our client has none of them.
//   - TestInterop: every client installs what every publisher publishes, ours (trust.Repository) among them.
//
// go-tuf alone runs without a build tag, on fewer repositories. With the tag oracle python-tuf runs too; the environment variable CHANDLERY_TOOLS then names a
// virtual environment in which "pip install tuf 'securesystemslib[crypto]'" was run. The folders of the clients are kept in memory where the system has a /dev/shm:
//
//	go test -tags oracle -v . # a sample: a seventh of the cases, which one the day says
//	go test -tags oracle -timeout 40m -v -run TestVerdicts . -cases 98000 -seed 1 -report report/verdicts.md
//
// A difference that is not listed fails with the seed of its case: -seed with it and -cases 1 show that case alone. A seed always makes the
// same case.
package oracle

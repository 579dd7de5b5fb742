// Package house has no code: its tests hold the rules of the whole repository, which no single package can check.
//
//   - imports run downwards only, by the table in imports_test.go, and each third-party module is confined to the rooms named there;
//   - the exported API is the listing in testdata/api.txt (`go test ./internal/house -run API -update` rewrites it), and every name
//     in it is documented;
//   - the sources are formatted, have no init function, read no environment variable outside examples, skip no test, use archive/zip's
//     reader in internal/archive alone, and name neither a registry's host nor a path of the machine that they were written on;
//   - no package compiles a regular expression at its start (internal/lazy), and each that waits for its first use compiles;
//   - functions and files stay short.
package house

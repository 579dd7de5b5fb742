// Package bundletest checks implementations of the contracts in package bundle. Each suite is a function that an implementation's test calls:
//
//	func TestPackager(t *testing.T) { bundletest.Packager(t, MyPackager{}) }
//
// What a suite checks is what the interface's documentation promises, no more: order of calls, texts of errors and places of files are free.
package bundletest

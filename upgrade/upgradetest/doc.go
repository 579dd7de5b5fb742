// Package upgradetest checks implementations of the roles in package upgrade. Each suite is a function that an implementation's test calls:
//
//	func TestRunner(t *testing.T) {
//		upgradetest.Runner(t, upgradetest.Running{Open: func(*testing.T) upgrade.Runner { return mine }})
//	}
//
//	Runner    commands and services that are started, found again and stopped
//	Switcher  the pointer to what runs
//	Picker    the choice of a target
//	Verifier  the judgement of a subject
//
// What a suite checks is what the role's documentation promises, no more: order of calls, texts of errors and places of files are free.
//
// Runner starts real processes: small scripts for /bin/sh, which must be where the Runner runs them, with a file system that it shares with the test. Script describes one; it is there for
// tests of other roles too.
package upgradetest

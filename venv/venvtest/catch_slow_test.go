//go:build slow

package venvtest_test

import (
	"testing"

	"github.com/chandlery-go/chandlery/internal/childtest"
)

// TestSuites_catch runs the tests of user_test.go with each fault, and wants the suite to tell it.
func TestSuites_catch(t *testing.T) {
	tests := []struct{ test, fault, told string }{
		{"Installer", "launchers", "bin/one-run is in no RECORD"},
		{"Installer", "hashes", "bin/one-run is in no RECORD"},
		{"Installer", "installer", "one has no INSTALLER"},
		{"Installer", "requested", "REQUESTED is there: false, want true"},
		{"Installer", "direct", "direct_url.json is there: false, want true"},
		{"Installer", "headers", "one/one.h is there: false, want true"},
		{"Installer", "interpreter", `hand says ""`},
		{"Installer", "mode", `one-run says ""`},
		{"Installer", "stale", "what is not there was removed"},
		{"Installer", "links", "all removed: changed: bin/python"},
		{"Installer", "bytecode", "removed, its namespace shared: left: "},
		{"Installer", "folders", "removed, its namespace shared: left: "},
		{"Installer", "namespace", "removed, its namespace shared: missing: "},
		{"Installer", "rollback", "after Rollback: left: rolled-back"},
		{"Installer", "overwrites", ": installed"},
		{"Installer", "verify", "no true wheel: installed"},
		{"Installer", "tags", "another platform's: installed"},
		{"Installer", "partial", "left: bin/hand"},
		{"Installer", "context", "with a context that has ended: <nil>"},
		{"Installer", "ended", "a second end by Commit: <nil>"},
		{"Installer", "lock", "a second change while one is open: <nil>"},
		{"Installer", "recover", "after a kill and Recover: "},
		{"Installer", "torn", "after a kill and Recover: missing: bin"},
		{"EnvBuilder", "copies", "the interpreter is no copy"},
		{"EnvBuilder", "system", `include-system-site-packages is "true"`},
		{"EnvBuilder", "moved", "activate says "},
		{"EnvBuilder", "parents", "no such file or directory"},
		{"EnvBuilder", "litter", "beside the environments there is more"},
		{"EnvBuilder", "taken", "the error is <nil>"},
		{"EnvBuilder", "error", "want a *venv.CreateError"},
		{"EnvBuilder", "context", "with a context that has ended: <nil>"},
	}
	t.Logf("%d faults", len(tests))
	for _, tt := range tests {
		t.Run(tt.test+" "+tt.fault, func(t *testing.T) {
			t.Parallel()
			childtest.Catch(t, "Test"+tt.test+"_user", tt.fault, tt.told)
		})
	}
}

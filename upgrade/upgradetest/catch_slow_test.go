//go:build slow && unix

package upgradetest_test

import (
	"testing"

	"github.com/chandlery-go/chandlery/internal/childtest"
)

// TestSuites_catch runs the tests above with each fault, and wants the suite to tell it.
func TestSuites_catch(t *testing.T) {
	tests := []struct{ test, fault, told string }{
		{"Runner", "environment", "it says"},
		{"Runner", "code", "not zero: code 3, <nil>"},
		{"Runner", "group", "a process still writes"},
		{"Runner", "log", "the log since the second start holds more"},
		{"Runner", "attach", "Attach: not running"},
		{"Runner", "stubborn", "Stop: context deadline exceeded"},
		{"Runner", "children", "a process still writes"},
		{"Runner", "ended", "Log: no process"},
		{"Runner", "context", "Start: <nil>"},
		{"Switcher", "forgets", "current is 21.3.1 in /usr, want 24.5.0"},
		{"Switcher", "config", "current is 24.5.0 in /opt/a, want 24.5.0"},
		{"Switcher", "torn", "Current during a Switch"},
		{"Picker", "refused", "was refused before"},
		{"Picker", "requires", "is not within cinder<27"},
		{"Picker", "sorts", "the query was changed"},
		{"Picker", "same", "is not above the current"},
		{"Verifier", "context", "an ended context made the subject a bad one"},
		{"Verifier", "passes", "the checks make it"},
		{"Verifier", "level", "a check is to have a level"},
		{"Verifier", "errs", "it could not judge"},
	}
	for _, tt := range tests {
		t.Run(tt.test+" "+tt.fault, func(t *testing.T) {
			t.Parallel()
			childtest.Catch(t, "Test"+tt.test+"_user", tt.fault, tt.told)
		})
	}
}

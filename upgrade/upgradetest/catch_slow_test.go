//go:build slow && unix

package upgradetest_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
			cmd := exec.Command(os.Args[0], "-test.run", "^Test"+tt.test+"_user$", "-test.timeout", "2m", "-fault", tt.fault)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			require.True(t, errors.As(err, &exit), "the suite says nothing: %s", out)
			assert.Contains(t, string(out), tt.told)
		})
	}
}

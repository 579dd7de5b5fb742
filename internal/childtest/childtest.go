// Package childtest runs a test's own binary as another process: one that is killed, or one whose fault a test has to tell.
package childtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// mark is the first argument of a child.
const mark = "-childtest-child"

// Main is a package's TestMain where tests use Command: as a child it runs child instead of tests, and exits with 1 where that fails.
func Main(m *testing.M, child func(args []string) error) {
	if len(os.Args) < 2 || os.Args[1] != mark {
		os.Exit(m.Run())
	}
	if err := child(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Command is this binary as a child with these arguments.
func Command(args ...string) *exec.Cmd {
	return exec.Command(os.Args[0], append([]string{mark}, args...)...)
}

// KillAt is a hook that kills its own process when it is called for the nth time; with 0 it never does.
func KillAt(n int) func(string) error {
	calls := 0
	return func(string) error {
		if calls++; calls != n {
			return nil
		}
		me, err := os.FindProcess(os.Getpid())
		if err := errors.Join(err, me.Kill()); err != nil {
			return err
		}
		select {} // the signal is on its way
	}
}

// Catch runs a test with a fault (the flag -fault, which the test knows) and fails unless that test fails and says told.
func Catch(t *testing.T, test, fault, told string) {
	t.Helper()
	out, err := exec.Command(os.Args[0], "-test.run", "^"+test+"$", "-test.timeout", "2m", "-fault", fault).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case !errors.As(err, &exit):
		t.Errorf("%s passes with the fault %q: %v\n%s", test, fault, err, out)
	case !strings.Contains(string(out), told):
		t.Errorf("%s with the fault %q does not say %q:\n%s", test, fault, told, out)
	}
}

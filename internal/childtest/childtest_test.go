package childtest

import (
	"errors"
	"flag"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var fault = flag.String("fault", "", "what TestFaulty fails of")

func TestMain(m *testing.M) { Main(m, child) }

func child(args []string) error {
	if args[0] == "fail" {
		return errors.New(strings.Join(args[1:], "+"))
	}
	step := KillAt(len(args))
	for range args {
		if err := step(""); err != nil {
			return err
		}
	}
	return errors.New("it lives")
}

func TestCommand(t *testing.T) {
	out, err := Command("fail", "a", "b").CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 1, exit.ExitCode())
	assert.Equal(t, "a+b\n", string(out))

	out, err = Command("die", "", "").CombinedOutput()
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, -1, exit.ExitCode(), "killed by a signal")
	assert.Empty(t, string(out))
}

func TestKillAt_zero(t *testing.T) {
	step := KillAt(0)
	for range 3 {
		require.NoError(t, step(""))
	}
}

func TestFaulty(t *testing.T) {
	if *fault != "" {
		t.Fatal("the fault is " + *fault)
	}
}

func TestCatch(t *testing.T) {
	Catch(t, "TestFaulty", "theft", "the fault is theft")
	for _, tt := range []struct{ fault, told string }{{"", "anything"}, {"theft", "the fault is arson"}} {
		inner := &testing.T{}
		Catch(inner, "TestFaulty", tt.fault, tt.told)
		assert.True(t, inner.Failed(), "%q", tt)
	}
}

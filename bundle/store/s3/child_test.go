package s3_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// The test program is also the processes that tests start and kill: publishers and clients.
var (
	childPublish = flag.String("child-publish", "", "internal: be the publisher that this JSON describes")
	childClient  = flag.String("child-client", "", "internal: be the client that this JSON describes")
)

func TestMain(m *testing.M) {
	flag.Parse()
	switch {
	case *childPublish != "":
		os.Exit(exit(publishing(*childPublish)))
	case *childClient != "":
		os.Exit(exit(beClient(*childClient, os.Stdin, os.Stdout)))
	}
	os.Exit(run(m))
}

func exit(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// child is this program as another process.
func child(t *testing.T, role string, v any) *exec.Cmd {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	program, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(program, "-child-"+role, string(b))
	cmd.Stderr = os.Stderr
	return cmd
}

package supervise

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// roles are what this test's program is when it is started by a test: told by its arguments, as the environment is what is tested.
func roles() map[string]func(args []string) int {
	all := map[string]func([]string) int{"systemctl": fakeSystemctl, "journalctl": fakeJournalctl}
	maps.Copy(all, rolesOfProcesses())
	return all
}

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "as" {
		if role, ok := roles()[os.Args[2]]; ok {
			os.Exit(role(os.Args[3:]))
		}
		fmt.Fprintln(os.Stderr, "no such role:", os.Args[2])
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// as is the argv of this program in a role.
func as(t *testing.T, role string, args ...string) []string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return append([]string{self, "as", role}, args...)
}

// eventually waits for what other processes do.
func eventually(t *testing.T, f func() bool, why string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal(why)
		}
	}
}

// read is a process's log.
func read(t *testing.T, p upgrade.Process) string {
	t.Helper()
	r, err := p.Log(t.Context())
	require.NoError(t, err)
	defer r.Close()
	b, err := io.ReadAll(r)
	require.NoError(t, err)
	return string(b)
}

// generationIn is a subject whose environment is any folder; openAny opens it.
func generationIn(root, version string, services ...upgrade.Service) upgrade.Subject {
	env, _ := openAny(context.Background(), root)
	return upgrade.Subject{
		Component: upgrade.Component{Name: "cinder", Services: services},
		Env:       env,
		Version:   pep440.MustParse(version),
		Config:    upgrade.Config{Files: []string{"/etc/cinder/cinder.conf"}, Host: "host"},
	}
}

func openAny(_ context.Context, root string) (*venv.Env, error) {
	return &venv.Env{Root: root, Scripts: root + "/bin", Virtual: root != "/usr"}, nil
}

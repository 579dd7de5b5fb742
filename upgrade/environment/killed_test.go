//go:build slow

package environment

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/python"
)

// killVariable makes this test binary a process that makes an environment and dies: STEP (0: it is killed from without), then the folder of a workshop, with line ends between.
const killVariable = "CHANDLERY_TEST_KILL"

func TestMain(m *testing.M) {
	if text := os.Getenv(killVariable); text != "" {
		if err := killMe(strings.Split(text, "\n")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func killMe(args []string) error {
	at, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	p, w, err := childOf(args[1])
	if err != nil {
		return err
	}
	calls := 0
	p.Step = func(string) error {
		if calls++; calls == at {
			me, err := os.FindProcess(os.Getpid())
			return errors.Join(err, me.Kill())
		}
		return nil
	}
	r, err := p.Resolve(context.Background(), w)
	if err != nil {
		return err
	}
	_, err = p.Provision(context.Background(), w, r)
	return err
}

// childOf is what driven gives, in a process without a testing.TB.
func childOf(dir string) (*Provisioner, upgrade.Wanted, error) {
	shop := &workshop{dir: dir}
	i, err := probed()
	if err != nil {
		return nil, upgrade.Wanted{}, err
	}
	mine := *i
	mine.SiteDirs = nil
	w := shop.wanted()
	w.Target.Version = pep440.MustParse("26.3.0")
	w.Component.Host.Bindings = []string{"rbd"}
	return &Provisioner{
		Index: &index.Dir{Folders: []string{shop.path("index")}}, Fetcher: &index.Fetcher{}, Cache: shop.path("cache"), Store: shop.path("store"), NoBytecode: true,
		Pythons: []*python.Interpreter{&mine}, SiteDirs: []string{shop.path("host")}, Files: []File{{shop.path("rbd.py"), driver}},
	}, w, nil
}

// TestProvision_SIGKILL kills a true process at every step, and at moments drawn by a printed seed, also while it makes anew what a kill left.
func TestProvision_SIGKILL(t *testing.T) {
	shop, w, with := driven(t)
	r := resolved(t, shop.provisioner(t, with), w)
	sound := func() {
		assertWholeOrNot(t, w.Root)
		_, err := shop.provisioner(t, with).Provision(t.Context(), w, r)
		require.NoError(t, err)
		assertSound(t, w, shop.provisioner(t, with), r)
		require.NoError(t, os.RemoveAll(filepath.Dir(w.Root)))
	}
	kills := 0
	for at := 1; ; at++ {
		err := child(shop.dir, at).Run()
		if err == nil {
			break
		}
		require.ErrorContains(t, err, "killed")
		kills++
		sound()
	}
	seed := rand.Uint64()
	draw := rand.New(rand.NewPCG(seed, 0))
	moments := 0
	for range 30 {
		for range 2 { // the second finds what the first left
			cmd := child(shop.dir, 0)
			require.NoError(t, cmd.Start())
			time.Sleep(time.Duration(draw.Int64N(int64(400 * time.Millisecond))))
			require.NoError(t, errors.Join(ignoreDone(cmd.Process.Kill())))
			if cmd.Wait() != nil {
				moments++
			}
		}
		sound()
	}
	t.Logf("seed %d: killed at %d steps and at %d moments", seed, kills, moments)
	require.Greater(t, kills, 8)
}

func ignoreDone(err error) error {
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

func child(dir string, at int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d\n%s", killVariable, at, dir))
	return cmd
}

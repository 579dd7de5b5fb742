//go:build slow

package environment

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/childtest"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/python"
)

func TestMain(m *testing.M) { childtest.Main(m, killMe) }

// killMe makes an environment and dies at a step (0: it is killed from without): STEP, then the folder of a workshop.
func killMe(args []string) error {
	at, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	p, w, err := childOf(args[1])
	if err != nil {
		return err
	}
	p.Step = childtest.KillAt(at)
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
		err := childtest.Command(strconv.Itoa(at), shop.dir).Run()
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
			cmd := childtest.Command("0", shop.dir)
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

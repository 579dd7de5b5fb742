package environment

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/upgrade"
)

var errKilled = errors.New("killed")

// killedAt gives a hook after whose nth call nothing is done any more, as after a kill.
func killedAt(n int) (hook func(string) error, calls *int) {
	calls = new(int)
	return func(string) error {
		if *calls++; *calls >= n {
			return errKilled
		}
		return nil
	}, calls
}

// driven is a component with bindings and a vendor's file, so that every step is taken.
func driven(t testing.TB) (*workshop, upgrade.Wanted, func(*Provisioner)) {
	t.Helper()
	shop := newWorkshop(t)
	host := shop.path("host")
	write(t, filepath.Join(host, "rbd.py"), "")
	from := write(t, shop.path("rbd.py"), "VERSION = 'vendor'\n")
	w := shop.wanted()
	w.Component.Host.Bindings = []string{"rbd"}
	return shop, w, func(p *Provisioner) { p.SiteDirs, p.Files = []string{host}, []File{{from, driver}} }
}

// TestProvision_killed plays a kill at every step of a first making and of a making anew: nothing then counts as whole but what is, and the next Provision makes it.
func TestProvision_killed(t *testing.T) {
	shop, w, with := driven(t)
	r := resolved(t, shop.provisioner(t, with), w)
	for _, anew := range []bool{false, true} {
		t.Run(fmt.Sprintf("anew %t", anew), func(t *testing.T) {
			kills := 0
			for n := 1; ; n++ {
				require.Less(t, n, 1000)
				require.NoError(t, os.RemoveAll(filepath.Dir(w.Root)))
				if anew {
					_, err := shop.provisioner(t, with).Provision(t.Context(), w, r)
					require.NoError(t, err)
				}
				ended, err := killOnce(t, shop, w, r, with, n, anew)
				if ended {
					break
				}
				require.ErrorIs(t, err, errKilled)
				kills++
				assertWholeOrNot(t, w.Root)
				shop.notes = nil
				_, err = shop.provisioner(t, with).Provision(t.Context(), w, r)
				require.NoError(t, err, "after a kill at step %d", n)
				assertSound(t, w, shop.provisioner(t, with), r)
			}
			t.Logf("%d kills", kills)
			assert.Greater(t, kills, 8)
		})
	}
}

func killOnce(t testing.TB, shop *workshop, w upgrade.Wanted, r *resolve.Resolution, with func(*Provisioner), n int, fresh bool) (ended bool, err error) {
	t.Helper()
	hook, calls := killedAt(n)
	p := shop.provisioner(t, with, func(p *Provisioner) { p.Step = hook })
	w.Fresh = fresh
	_, err = p.Provision(context.Background(), w, r)
	return *calls < n, err
}

// assertWholeOrNot: where there is a lock, all is there.
func assertWholeOrNot(t testing.TB, root string) {
	t.Helper()
	if _, err := os.Lstat(LockPath(root)); err == nil {
		for _, name := range []string{"bin/cinder-manage", "etc/cinder/api-paste.ini"} {
			assert.FileExists(t, filepath.Join(root, name))
		}
	}
}

// assertSound: it is whole and as wanted, so that asking again keeps it, and nothing lies beside.
func assertSound(t testing.TB, w upgrade.Wanted, p *Provisioner, r *resolve.Resolution) {
	t.Helper()
	p.Observer = func(n Note) { assert.NotEqual(t, Remade, n.Kind, n.Text) }
	env, err := p.Provision(context.Background(), w, r)
	require.NoError(t, err)
	got, err := os.ReadFile(site(env, driver))
	require.NoError(t, err)
	assert.Equal(t, "VERSION = 'vendor'\n", string(got))
	_, err = os.Readlink(site(env, "rbd.py"))
	require.NoError(t, err)
	assertAlone(t, w.Root)
}

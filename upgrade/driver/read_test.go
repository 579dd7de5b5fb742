package driver

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

type needer func(pyast.Tree) (*api.Driver, error)

func (f needer) Needs(_ context.Context, t pyast.Tree) (*api.Driver, error) { return f(t) }

func TestRead(t *testing.T) {
	ix := indexOf(release("1"), release("2"), release("3"))
	ix.Releases[1].RequiresPython, ix.Releases[2].RequiresPython = ">=2.7,!=3.0.*", ">=3.6"
	tree := &Tree{Source: "acme.py", Files: []File{{Name: "cinder.volume.drivers.acme", Path: "acme.py", Text: []byte("x")}}, Requires: []pep508.Requirement{pep508.MustParse("sdk"), pep508.MustParse("cinder>=1")}}
	read := func(d *api.Driver, err error) (*api.Driver, error) {
		return Read(t.Context(), tree, needer(func(asked pyast.Tree) (*api.Driver, error) {
			assert.Equal(t, pyast.Tree{Component: "cinder", Files: []pyast.Source{{Name: "cinder.volume.drivers.acme", Text: []byte("x"), File: "acme.py"}}}, asked)
			return d, err
		}), ix)
	}
	asks := []api.Need{{Kind: api.NeedModule, Symbol: "cinder.volume.driver"}}
	d, err := read(&api.Driver{Needs: asks, Classes: []string{"cinder.volume.drivers.acme.A"}}, nil)
	require.NoError(t, err)
	assert.Equal(t, []pep508.Name{"sdk"}, d.SDK)

	var none *NotDriverError
	_, err = read(&api.Driver{Needs: asks}, nil)
	require.ErrorAs(t, err, &none)
	assert.Contains(t, none.Reason, "no class")
	_, err = read(&api.Driver{Classes: []string{"x.WebDriver"}, Needs: []api.Need{{Kind: api.NeedDistribution, Symbol: "cinder"}, {Kind: api.NeedModule, Symbol: "cinderella"}}}, nil)
	require.ErrorAs(t, err, &none)
	assert.Contains(t, none.Reason, "nothing in it asks")

	var old *Python2Error
	_, err = read(nil, errors.Join(&pyast.SyntaxError{File: "a.py"}, &pyast.SyntaxError{File: "b.py", Line: 3, Text: "print", Python2: true}))
	require.ErrorAs(t, err, &old)
	assert.Equal(t, "2", old.Last.String())
	assert.Equal(t, "b.py:3: print: it is written for Python 2, and needs a Python 2.7; 2 was the last release that ran on it: ask the vendor for a driver for Python 3", err.Error())

	var syntax *pyast.SyntaxError
	_, err = read(nil, &pyast.SyntaxError{File: "a.py", Line: 1, Text: "bad"})
	require.ErrorAs(t, err, &syntax)
	assert.ErrorContains(t, err, "driver acme.py: a.py:1")
	_, err = Read(t.Context(), tree, nil, nil)
	assert.ErrorIs(t, err, ErrNoIndex)
}

func TestHostsOf(t *testing.T) {
	for component, want := range map[pep508.Name][]string{
		"cinder": {"cinder"}, "glance-store": {"glance_store"}, "nova": {"nova"}, "neutron": {"neutron", "neutron_lib"}, "other-thing": {"other_thing"},
	} {
		assert.Equal(t, want, hostsOf(component))
	}
}

package driver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

// surfacer reads nothing of a text but its words, which are names; "bad" cannot be read.
type surfacer struct{}

func (surfacer) Surface(_ context.Context, sources []pyast.Source) (all []pyast.Surface, err error) {
	for _, s := range sources {
		m := &api.Module{Package: s.Package, Names: map[string]*api.Symbol{}}
		for _, word := range strings.Fields(string(s.Text)) {
			m.Names[word] = &api.Symbol{}
		}
		found := pyast.Surface{Module: m}
		if string(s.Text) == "bad" {
			found = pyast.Surface{Err: errors.New("no Python")}
		}
		all = append(all, found)
	}
	return all, nil
}

func TestInstalled(t *testing.T) {
	egg := lay(t, map[string]string{
		"cinder-21.3.1.egg-info/PKG-INFO": "Metadata-Version: 2.1\nName: cinder\nVersion: 21.3.1\nRequires-Python: >=3.8\n", "cinder-21.3.1.egg-info/top_level.txt": "cinder\n",
		"cinder-21.3.1.egg-info/requires.txt":     "pbr>=5\n\n[acme]\nacme-sdk>=1\n\n[:python_version < \"3\"]\nfutures\n[all:sys_platform == \"win32\"]\nwinsdk\n",
		"cinder-21.3.1.egg-info/entry_points.txt": "[cinder.x]\na = cinder.u:f\nb = cinder\n",
		"cinder/__init__.py":                      "VERSION", "cinder/u.py": "f", "cinder/bad.py": "bad", "cinder/tests/__init__.py": "x", "cinder/tests/unit/x.py": "x", "cinder/fast.cpython-311-x86_64-linux-gnu.so": "", "cinder/__pycache__/u.py": "x",
		"other/__init__.py": "x",
	})
	r, err := Installed(t.Context(), []string{filepath.Join(egg, "none"), egg}, "cinder", surfacer{})
	require.NoError(t, err)
	assert.Equal(t, "21.3.1", r.Version.String())
	assert.Equal(t, []string{"pbr>=5", `acme-sdk>=1; extra == "acme"`, `futures; python_version < "3"`, `winsdk; sys_platform == "win32" and extra == "all"`}, r.Requires)
	assert.Equal(t, map[string]map[string]string{"cinder.x": {"a": "cinder.u:f", "b": "cinder"}}, r.EntryPoints)
	dynamic := map[string]bool{}
	for name, m := range r.Modules {
		dynamic[name] = m.Dynamic
	}
	assert.Equal(t, map[string]bool{"cinder": false, "cinder.u": false, "cinder.bad": true, "cinder.tests": true, "cinder.fast": true}, dynamic)
	assert.True(t, r.Modules["cinder"].Package)
	assert.NotNil(t, r.Modules["cinder.u"].Names["f"])

	site := lay(t, map[string]string{
		"os_brick-6.10.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: os-brick\nVersion: 6.10.0\nRequires-Dist: pbr\nRequires-Python: >=3.9\n",
		"os_brick-6.10.0.dist-info/RECORD":   "os_brick/__init__.py,,\nos_brick/c.py,,\n../../bin/x.py,,\n", "os_brick/__init__.py": "", "os_brick/c.py": "NEW",
	})
	r, err = Installed(t.Context(), []string{site, egg}, "os-brick", surfacer{})
	require.NoError(t, err)
	assert.Equal(t, []string{"pbr"}, r.Requires)
	assert.Equal(t, ">=3.9", r.RequiresPython)
	assert.Len(t, r.Modules, 2)

	_, err = Installed(t.Context(), []string{site}, "cinder", surfacer{})
	assert.ErrorIs(t, err, ErrNotInstalled)
	require.NoError(t, os.RemoveAll(filepath.Join(egg, "cinder")))
	_, err = Installed(t.Context(), []string{egg}, "cinder", surfacer{})
	assert.ErrorContains(t, err, "none of its Python files")
}

package openstack

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDistributions(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	write(t, filepath.Join(first, "cinder-26.3.0.dist-info/METADATA"), "Metadata-Version: 2.1\nName: cinder\nVersion: 26.3.0\n")
	write(t, filepath.Join(second, "cinder-21.3.1.egg-info/PKG-INFO"), "Metadata-Version: 2.1\nName: cinder\nVersion: 21.3.1\n")
	write(t, filepath.Join(second, "pycparser-2.19.egg-info"), "Metadata-Version: 1.1\nName: pycparser\nVersion: 2.19\n")
	write(t, filepath.Join(second, "six-1.10.0-py2.7.egg-info"), "broken")
	write(t, filepath.Join(second, "Paste-1.7.5.1-py2.7.egg/EGG-INFO/PKG-INFO"), "Metadata-Version: 1.0\nName: Paste\nVersion: 1.7.5.1\n")
	write(t, filepath.Join(second, "alembic-1.8.1.dev0.egg-info/PKG-INFO"), "Metadata-Version: 2.1\nName: alembic\nVersion: 1.8.1.dev0\nRequires-Dist: <broken\n")
	write(t, filepath.Join(second, "nova.egg-link"), "/opt/stack/nova\n.\n")
	write(t, filepath.Join(second, "odd.egg-info/x"), "")
	all, errs := Distributions(t.Context(), first, filepath.Join(first, "absent"), second)
	var got []string
	for _, d := range all {
		got = append(got, string(d.Name)+" "+d.Version.String())
	}
	assert.Equal(t, []string{"alembic 1.8.1.dev0", "cinder 26.3.0", "paste 1.7.5.1", "pycparser 2.19", "six 1.10.0"}, got)
	require.Len(t, errs, 2)
	assert.ErrorIs(t, errs[0], errDevelop)
	assert.ErrorContains(t, errs[1], "odd.egg-info")
}

func TestReadCurrent(t *testing.T) {
	site := t.TempDir()
	_, err := ReadCurrent(t.Context(), Cinder(), site)
	require.ErrorIs(t, err, ErrNotInstalled)

	write(t, filepath.Join(site, "cinder-21.3.1.egg-info/PKG-INFO"), "Metadata-Version: 2.1\nName: cinder\nVersion: 21.3.1\n")
	for name, f := range alembic("921e", "c92a 921e") {
		write(t, filepath.Join(site, name), string(f.Data))
	}
	now, err := ReadCurrent(t.Context(), Cinder(), t.TempDir(), site)
	require.NoError(t, err)
	assert.Equal(t, "21.3.1", now.Version.String())
	assert.Equal(t, site, now.Site)
	assert.Equal(t, []string{"c92a"}, now.Schema.Heads)

	write(t, filepath.Join(site, "cinder-26.3.0.dist-info/METADATA"), "Metadata-Version: 2.1\nName: cinder\nVersion: 26.3.0\n")
	_, err = ReadCurrent(t.Context(), Cinder(), site)
	require.ErrorIs(t, err, ErrAmbiguous)
}

//go:build slow

package openstack

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// TestServers_debian reads the plugin of Debian's package uwsgi-plugin-python3.
func TestServers_debian(t *testing.T) {
	own := debian(t).Version
	api := []upgrade.Service{{Name: "cinder-api", Argv: []string{"/usr/bin/uwsgi_python3", "{wsgi}"}}}
	needs, refused := servers(api, withPython(own.String()), defaultPluginFolders)
	assert.Empty(t, refused)
	require.Len(t, needs, 1)
	t.Log(needs[0].Found)
	assert.NotEmpty(t, needs[0].Found)
	assert.NotEmpty(t, embedded(needs[0].Found), "by its libpython, not by its name")

	_, refused = servers(api, withPython("3.7.1"), defaultPluginFolders)
	require.Len(t, refused, 1)
	t.Log(refused[0])
}

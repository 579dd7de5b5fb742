package openstack

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/chandlery-go/chandlery/upgrade"
)

func TestQuiet(t *testing.T) {
	svc := upgrade.Service{Argv: []string{"{bin}/cinder-volume", "--log-file", "/var/log/a.log", "{config}", "--log-dir=/var/log", "--debug", "--logfile"}}
	assert.Equal(t, svc, quiet(upgrade.Subject{}, svc), "production logs where it did")
	got := quiet(upgrade.Subject{Trial: true}, svc)
	assert.Equal(t, []string{"{bin}/cinder-volume", "{config}", "--debug"}, got.Argv)
	assert.Len(t, svc.Argv, 7, "the service that was given is not changed")
}

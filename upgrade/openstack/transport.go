package openstack

import (
	"errors"
	"strings"
)

// ErrNoTransport says that a component has a message queue, but its configuration does not say which.
var ErrNoTransport = errors.New("no transport_url: set one, so that a trial can be kept apart")

// withVirtualHost replaces the virtual host of a transport URL, which may name several hosts (oslo.messaging, "TransportURL"): rabbit://u:p@h1:5672,u:p@h2:5672/vhost?ssl=1.
func withVirtualHost(url, vhost string) (string, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || scheme == "" {
		return "", errors.New("transport_url is no URL")
	}
	rest, query, asked := strings.Cut(rest, "?")
	hosts, _, _ := strings.Cut(rest, "/")
	url = scheme + "://" + hosts + "/" + vhost
	if asked {
		url += "?" + query
	}
	return url, nil
}

package indexconf

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConnection(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name        string
		o           Options
		env, files  m
		authorities []string
		client      string
		insecure    []string
	}{
		{"nothing", Options{}, nil, nil, nil, "", nil},
		{"pip's file", Options{}, m{"REQUESTS_CA_BUNDLE": "/no"}, m{"/etc/pip.conf": "[global]\ncert = /ca.pem\nclient-cert = ~/own.pem\ntrusted-host = a.example\n b.example:1"}, []string{"/ca.pem"}, "/home/me/own.pem", []string{"a.example", "b.example:1"}},
		{"pip's environment", Options{}, m{"PIP_CERT": "ca.pem", "PIP_CLIENT_CERT": "/own.pem"}, m{"/etc/pip.conf": "[global]\ncert = /no.pem"}, []string{"/src/app/ca.pem"}, "/own.pem", nil},
		{"the command line", Options{Cert: "/a", ClientCert: "/b"}, m{"PIP_CERT": "/no", "PIP_CLIENT_CERT": "/no"}, nil, []string{"/a"}, "/b", nil},
		{"requests", Options{}, m{"REQUESTS_CA_BUNDLE": "/r", "CURL_CA_BUNDLE": "/no", "SSL_CERT_FILE": "/no"}, nil, []string{"/r"}, "", nil},
		{"curl", Options{}, m{"CURL_CA_BUNDLE": "/c", "SSL_CERT_FILE": "/no"}, nil, []string{"/c"}, "", nil},
		{"OpenSSL", Options{}, m{"SSL_CERT_FILE": "/f", "SSL_CERT_DIR": "/d:/e", "SSL_CLIENT_CERT": "/own", "UV_INSECURE_HOST": "x.example,y.example"}, nil, []string{"/f", "/d", "/e"}, "/own", []string{"x.example", "y.example"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.o.Indexes = []string{"https://a.example"}
			got, err := Choose(t.Context(), c.o, machine(c.env, c.files))
			require.NoError(t, err)
			assert.Equal(t, c.authorities, got.Connection.Authorities)
			assert.Equal(t, c.client, got.Connection.ClientCert)
			assert.Equal(t, c.insecure, got.Connection.Insecure)
		})
	}
}

func TestConnectionProxy(t *testing.T) {
	type m = map[string]string
	for _, c := range []struct {
		name                string
		flag                string
		env                 m
		toml                string
		plain, secure, free string // the proxy of http, of https, and of what NO_PROXY names
	}{
		{"none", "", nil, "", "", "", ""},
		{"each its own", "", m{"HTTP_PROXY": "http://p.example:1", "https_proxy": "http://u:x@q.example:2", "NO_PROXY": ".free.example"}, "", "http://p.example:1", "http://u:x@q.example:2", ""},
		{"one for all", "", m{"ALL_PROXY": "socks5://s.example", "HTTP_PROXY": "p.example:1", "no_proxy": "in.free.example"}, "", "http://p.example:1", "socks5://s.example", ""},
		{"pip's counts for everything", "", m{"PIP_PROXY": "p.example:3128", "HTTPS_PROXY": "http://no.example", "NO_PROXY": "*"}, "", "http://p.example:3128", "http://p.example:3128", "http://p.example:3128"},
		{"the command line", "http://f.example", m{"PIP_PROXY": "http://no.example"}, "", "http://f.example", "http://f.example", "http://f.example"},
		{"uv's files", "", m{"HTTP_PROXY": "http://p.example"}, "index-url='https://c.example'\nhttp-proxy='http://no.example'\nhttps-proxy='http://q.example'\nno-proxy=['in.free.example']", "http://p.example", "http://q.example", ""},
		{"a CGI program", "", m{"REQUEST_METHOD": "GET", "HTTP_PROXY": "http://evil.example"}, "", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Choose(t.Context(), Options{Proxy: c.flag}, machine(c.env, m{"/src/uv.toml": c.toml}))
			require.NoError(t, err)
			transport := &http.Transport{}
			_, err = got.Connection.Configure(transport)
			require.NoError(t, err)
			for address, want := range map[string]string{"http://a.example/": c.plain, "https://a.example/": c.secure, "https://in.free.example/": c.free} {
				request, err := http.NewRequest(http.MethodGet, address, nil)
				require.NoError(t, err)
				u, err := transport.Proxy(request)
				require.NoError(t, err)
				if want == "" {
					assert.Nil(t, u, address)
				} else if assert.NotNil(t, u, address) {
					assert.Equal(t, want, u.String(), address)
				}
			}
		})
	}
}

func TestConnectionConfigure(t *testing.T) {
	dir := t.TempDir()
	empty, none := filepath.Join(dir, "empty.pem"), filepath.Join(dir, "none.pem")
	require.NoError(t, os.WriteFile(empty, []byte("no certificate\n"), 0o600))
	for _, c := range []struct {
		name string
		c    Connection
		want string
	}{
		{"no certificate in it", Connection{Authorities: []string{empty}}, "no certificate of an authority is in " + filepath.ToSlash(empty)},
		{"no such file", Connection{Authorities: []string{none}}, "no certificate of an authority"},
		{"an empty folder", Connection{Authorities: []string{t.TempDir()}}, "no certificate of an authority"},
		{"no such client certificate", Connection{ClientCert: none}, "client certificate "},
		{"no client certificate in it", Connection{ClientCert: empty}, "client certificate "},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.c.Configure(&http.Transport{})
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestConnectionInsecurely(t *testing.T) {
	bad := fmt.Errorf("get: %w", &tls.CertificateVerificationError{Err: errors.New("unknown authority")})
	c := Connection{Insecure: []string{"a.example", "b.example:1"}}
	for _, x := range []struct {
		host string
		err  error
		told bool
	}{
		{"a.example", bad, true}, {"a.example:2", bad, true}, {"b.example:1", bad, true}, {"b.example:2", bad, false}, {"a.example", errors.New("other"), false}, {"c.example", bad, false},
	} {
		got := c.Insecurely(x.host, x.err)
		assert.ErrorIs(t, got, x.err)
		assert.Equal(t, x.told, got != x.err, "%+v", x)
	}
}

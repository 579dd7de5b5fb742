package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// The secrets of these tests. Nothing that a command writes may have one of them, in any form in which it is sent.
const (
	indexSecret = "hunter2indexsecret"
	proxySecret = "hunter2proxysecret"
)

func secretForms() []string {
	all := []string{indexSecret, proxySecret}
	for _, pair := range []string{"me:" + indexSecret, "me:" + proxySecret} {
		all = append(all, base64.StdEncoding.EncodeToString([]byte(pair)))
	}
	return all
}

// authority signs certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string // PEM
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	a := &authority{certificate, key, filepath.Join(t.TempDir(), "authority.pem")}
	require.NoError(t, os.WriteFile(a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return a
}

// sign makes a certificate, and a file of it with its key.
func (a *authority) sign(t *testing.T, name string) (tls.Certificate, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name, "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	require.NoError(t, err)
	secret, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	both := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret})...)
	file := filepath.Join(t.TempDir(), name+".pem")
	require.NoError(t, os.WriteFile(file, both, 0o600))
	certificate, err := tls.X509KeyPair(both, both)
	require.NoError(t, err)
	return certificate, file
}

// seen is a server that keeps the headers of what it is asked.
type seen struct {
	mu      sync.Mutex
	headers []http.Header
}

func (s *seen) over(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.headers = append(s.headers, r.Header.Clone())
		s.mu.Unlock()
		h.ServeHTTP(w, r)
	})
}

// all is every value of a header, "" where a request had none.
func (s *seen) all(name string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []string
	for _, h := range s.headers {
		list = append(list, h.Get(name))
	}
	return list
}

// behind asks for a user and password.
func behind(user, password string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
			w.Header().Set("WWW-Authenticate", "Basic")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

// alone makes a user that has nothing configured, and gives a home folder.
func alone(t *testing.T) string {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		upper := strings.ToUpper(name)
		if strings.HasPrefix(upper, "PIP_") || strings.HasPrefix(upper, "UV_") || strings.HasSuffix(upper, "_PROXY") || strings.HasPrefix(upper, "SSL_") ||
			upper == "REQUESTS_CA_BUNDLE" || upper == "CURL_CA_BUNDLE" || upper == "NETRC" || upper == "VIRTUAL_ENV" {
			t.Setenv(name, "")
		}
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	t.Setenv("PIP_CONFIG_FILE", os.DevNull)
	t.Setenv("UV_NO_CONFIG", "1")
	return home
}

// access is one user's run of commands, of which everything is kept that they wrote.
type access struct {
	dir     string
	written bytes.Buffer
}

// fetch fills a folder from the index, resolves into a lock, and gives the exit code of the first that failed.
func (a *access) fetch(t *testing.T) int {
	a.dir = t.TempDir()
	common := []string{"--platform", "linux", "--cache", filepath.Join(a.dir, "cache"), "--trace", filepath.Join(a.dir, "trace"), "lib"}
	for _, args := range [][]string{
		{"fetch", "--dest", filepath.Join(a.dir, "wheels"), "--requirements-txt"},
		{"fetch", "--dest", filepath.Join(a.dir, "wheels"), "--json"},
		{"resolve", "--format", "pylock", "-o", filepath.Join(a.dir, "pylock.toml")},
		{"resolve", "--json"},
		{"resolve", "--offline"},
	} {
		ctx := transport.WithPatience(t.Context(), transport.Patience{MaxWait: time.Millisecond})
		if code := run(ctx, append(args, common...), &a.written, &a.written); code != 0 {
			return code
		}
	}
	return 0
}

// clean fails where a secret stands in what was written: output, traces, cache, locks, wheels' folder.
func (a *access) clean(t *testing.T) {
	files := 0
	check := func(what, text string) {
		for _, secret := range secretForms() {
			assert.NotContains(t, text, secret, what)
		}
	}
	check("output", a.written.String())
	require.NoError(t, filepath.WalkDir(a.dir, func(p string, d fs.DirEntry, err error) error {
		check("a name", p)
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(p)
		check(p, string(b))
		return err
	}))
	require.Positive(t, files)
	assert.FileExists(t, filepath.Join(a.dir, "trace"))
}

func withLib(change func(*resolvetest.Server)) *resolvetest.Server {
	s := &resolvetest.Server{}
	if change != nil {
		change(s)
	}
	s.AddWheel(resolvetest.Wheel{Name: "lib", Version: "1.0", RequiresDist: []string{"dependency"}})
	s.AddWheel(resolvetest.Wheel{Name: "dependency", Version: "2.0"})
	return s
}

// TestAccessRedirects: an index behind a password has its files elsewhere, by address or by redirect; whoever has them is told no password.
func TestAccessRedirects(t *testing.T) {
	credentials := map[string]func(t *testing.T, home, address string){
		"pip's address": func(t *testing.T, _, address string) { t.Setenv("PIP_INDEX_URL", withUser(address, "me:"+indexSecret)) },
		"uv's address": func(t *testing.T, _, address string) {
			t.Setenv("UV_DEFAULT_INDEX", withUser(address, "me:"+indexSecret))
		},
		"uv's variables": func(t *testing.T, _, address string) {
			t.Setenv("UV_DEFAULT_INDEX", "mine="+address)
			t.Setenv("UV_INDEX_MINE_USERNAME", "me")
			t.Setenv("UV_INDEX_MINE_PASSWORD", indexSecret)
		},
		"netrc": func(t *testing.T, home, address string) {
			t.Setenv("PIP_INDEX_URL", address)
			require.NoError(t, os.WriteFile(filepath.Join(home, ".netrc"), []byte("machine 127.0.0.1 login me password "+indexSecret), 0o600))
		},
		"netrc's default": func(t *testing.T, _, address string) {
			t.Setenv("PIP_INDEX_URL", address)
			file := filepath.Join(t.TempDir(), "netrc")
			require.NoError(t, os.WriteFile(file, []byte("default login me password "+indexSecret), 0o600))
			t.Setenv("NETRC", file)
		},
		"keyring": func(t *testing.T, _, address string) {
			if runtime.GOOS == "windows" {
				t.Fatal("this test makes a shell script")
			}
			dir := t.TempDir()
			script := fmt.Sprintf("#!/bin/sh\necho %s >&2\ntest \"$*\" = 'get %s me' && echo %s\n", indexSecret, address, indexSecret)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "keyring"), []byte(script), 0o700))
			t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			t.Setenv("PIP_INDEX_URL", withUser(address, "me"))
			t.Setenv("UV_KEYRING_PROVIDER", "subprocess")
		},
	}
	for name, give := range credentials {
		for _, redirect := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, redirect %v", name, redirect), func(t *testing.T) {
				home := alone(t)
				elsewhere, mine := &seen{}, &seen{}
				stranger := httptest.NewServer(elsewhere.over(withLib(nil)))
				defer stranger.Close()
				strange := strings.Replace(stranger.URL, "127.0.0.1", "localhost", 1) // another host
				index := withLib(func(s *resolvetest.Server) {
					if !redirect {
						s.FilesURL = strange + "/files/"
					}
				})
				if redirect {
					index.Fail(resolvetest.Fault{Path: "/files/", Location: strange + "{path}"})
				}
				server := httptest.NewServer(mine.over(behind("me", indexSecret, index)))
				defer server.Close()
				give(t, home, server.URL+"/simple")

				a := &access{}
				require.Zero(t, a.fetch(t), a.written.String())
				a.clean(t)
				assert.FileExists(t, filepath.Join(a.dir, "wheels", "lib-1.0-py3-none-any.whl"))
				require.NotEmpty(t, elsewhere.all("Authorization"))
				for _, value := range elsewhere.all("Authorization") {
					assert.Empty(t, value, "the host of the files")
				}
				assert.NotContains(t, mine.all("Authorization"), "", "the index")
			})
		}
	}
}

// withUser puts user info into an address.
func withUser(address, user string) string { return strings.Replace(address, "://", "://"+user+"@", 1) }

// TestAccessRefused: a wrong password is told as such, and not what it is.
func TestAccessRefused(t *testing.T) {
	alone(t)
	server := httptest.NewServer(behind("me", "another", withLib(nil)))
	defer server.Close()
	t.Setenv("PIP_INDEX_URL", withUser(server.URL+"/simple", "me:"+indexSecret))
	a := &access{}
	assert.NotZero(t, a.fetch(t))
	a.clean(t)
	assert.Contains(t, a.written.String(), "401 Unauthorized: check the credentials for this host")
}

// TestAccessTLS: a server of a private authority that asks for a client certificate.
func TestAccessTLS(t *testing.T) {
	own := newAuthority(t)
	certificate, _ := own.sign(t, "index.example")
	_, client := own.sign(t, "client")
	_, other := newAuthority(t).sign(t, "client")
	pool := x509.NewCertPool()
	pool.AddCert(own.certificate)
	server := httptest.NewUnstartedServer(behind("me", indexSecret, withLib(nil)))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	for _, c := range []struct {
		name string
		env  map[string]string
		want string // in the error; "" where it works
	}{
		{"pip's", map[string]string{"PIP_CERT": own.file, "PIP_CLIENT_CERT": client}, ""},
		{"OpenSSL's and uv's", map[string]string{"SSL_CERT_FILE": own.file, "SSL_CLIENT_CERT": client}, ""},
		{"a folder of authorities", map[string]string{"SSL_CERT_DIR": filepath.Dir(own.file), "SSL_CLIENT_CERT": client}, ""},
		{"requests'", map[string]string{"REQUESTS_CA_BUNDLE": own.file, "SSL_CERT_FILE": other, "SSL_CLIENT_CERT": client}, ""},
		{"no client certificate", map[string]string{"PIP_CERT": own.file}, "get https://127.0.0.1:"},
		{"another's client certificate", map[string]string{"PIP_CERT": own.file, "PIP_CLIENT_CERT": other}, "get https://127.0.0.1:"},
		{"the system's authorities", map[string]string{"PIP_CLIENT_CERT": client}, "certificate signed by unknown authority: if you trust it, give its certificate with --cert"},
		{"trusted-host does not help", map[string]string{"PIP_CLIENT_CERT": client, "PIP_TRUSTED_HOST": "127.0.0.1"}, "trusted-host and uv's allow-insecure-host do not count here"},
		{"no authority in it", map[string]string{"PIP_CERT": os.DevNull}, "no certificate of an authority"},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t)
			t.Setenv("PIP_INDEX_URL", withUser(server.URL+"/simple", "me:"+indexSecret))
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			a := &access{}
			code := a.fetch(t)
			a.clean(t)
			if c.want == "" {
				assert.Zero(t, code, a.written.String())
				return
			}
			assert.NotZero(t, code)
			assert.Contains(t, a.written.String(), c.want)
		})
	}
}

// proxy is a forward proxy that asks for a password, leads every host to one server, and keeps what it is asked.
type proxy struct {
	to    string // host:port
	mu    sync.Mutex
	asked []string
	saw   []http.Header
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked, p.saw = append(p.asked, r.Method+" "+r.RequestURI), append(p.saw, r.Header.Clone())
	p.mu.Unlock()
	if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte("me:"+proxySecret)) {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method == http.MethodConnect {
		p.tunnel(w)
		return
	}
	u := *r.URL
	u.Host = p.to
	out, err := http.NewRequestWithContext(r.Context(), r.Method, u.String(), nil)
	if err != nil {
		panic(err)
	}
	out.Header = r.Header.Clone()
	out.Header.Del("Proxy-Authorization")
	answer, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	for name := range answer.Header {
		w.Header().Set(name, answer.Header.Get(name))
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = io.Copy(w, answer.Body)
}

func (p *proxy) tunnel(w http.ResponseWriter) {
	there, err := net.Dial("tcp", p.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	go func() { _, _ = io.Copy(there, here); there.Close() }()
	go func() { _, _ = io.Copy(here, there); here.Close() }()
}

// TestAccessProxy: the proxy gets its own password and no other's, the index its own and not the proxy's.
func TestAccessProxy(t *testing.T) {
	own := newAuthority(t)
	certificate, _ := own.sign(t, "index.example")
	for _, c := range []struct {
		name, scheme, variable string
		works                  bool
	}{
		{"https by the environment", "https", "HTTPS_PROXY", true},
		{"https by pip", "https", "PIP_PROXY", true},
		{"one for all", "https", "ALL_PROXY", true},
		{"http by the environment", "http", "http_proxy", true},
		{"a wrong password", "https", "HTTPS_PROXY", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t)
			told := &seen{}
			server := httptest.NewUnstartedServer(told.over(behind("me", indexSecret, withLib(nil))))
			server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
			if server.Config.ErrorLog = log.New(io.Discard, "", 0); c.scheme == "https" {
				server.StartTLS()
			} else {
				server.Start()
			}
			defer server.Close()
			address, err := url.Parse(server.URL)
			require.NoError(t, err)
			p := &proxy{to: address.Host}
			through := httptest.NewServer(p)
			defer through.Close()
			user := "me:" + proxySecret
			if !c.works {
				user = "you:" + proxySecret
			}
			t.Setenv(c.variable, withUser(through.URL, user))
			t.Setenv("PIP_CERT", own.file)
			t.Setenv("PIP_INDEX_URL", c.scheme+"://me:"+indexSecret+"@index.example/simple")

			a := &access{}
			code := a.fetch(t)
			a.clean(t)
			require.NotEmpty(t, p.asked)
			if !c.works {
				assert.NotZero(t, code)
				assert.Contains(t, a.written.String(), "Proxy Authentication Required")
				assert.Empty(t, told.all("Authorization"))
				return
			}
			require.Zero(t, code, a.written.String())
			for i, h := range p.saw {
				if c.scheme == "https" {
					assert.Equal(t, "CONNECT index.example:443", p.asked[i])
					assert.Empty(t, h.Get("Authorization"))
				}
			}
			assert.NotContains(t, told.all("Authorization"), "")
			for _, value := range told.all("Proxy-Authorization") {
				assert.Empty(t, value)
			}
		})
	}
}

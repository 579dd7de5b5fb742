package indexconf

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Connection is the way to servers.
type Connection struct {
	Authorities []string // PEM files, or folders of them: who is trusted in place of the system's; none: the system's
	ClientCert  string   // a PEM file with certificate and key; "": none
	Insecure    []string // hosts whose certificate pip or uv would not verify: they say something in an error, and no more

	proxy proxies
}

func (h Host) connection(o Options, p pip, s settings) (Connection, error) {
	c := Connection{ClientCert: first(o.ClientCert, p.value("client-cert"), h.Getenv("SSL_CLIENT_CERT"))}
	c.ClientCert = h.file(c.ClientCert)
	if cert := first(o.Cert, p.value("cert"), h.Getenv("REQUESTS_CA_BUNDLE"), h.Getenv("CURL_CA_BUNDLE")); cert != "" {
		c.Authorities = []string{h.file(cert)}
	} else {
		c.Authorities = h.opensslAuthorities()
	}
	trusted := strings.Fields(p.value("trusted-host"))
	c.Insecure = slices.Concat(trusted, strings.Fields(strings.ReplaceAll(h.Getenv("UV_INSECURE_HOST"), ",", " ")), s.insecure)
	all := h.eitherCase("ALL_PROXY")
	c.proxy = proxies{
		all:   first(o.Proxy, p.value("proxy")),
		http:  first(h.plainProxy(), s.proxy.http, all),
		https: first(h.eitherCase("HTTPS_PROXY"), s.proxy.https, all),
		no:    first(h.eitherCase("NO_PROXY"), s.proxy.no),
	}
	return c, c.proxy.check()
}

func (h Host) opensslAuthorities() []string {
	var all []string
	if file := h.Getenv("SSL_CERT_FILE"); file != "" {
		all = append(all, h.file(file))
	}
	separator := ":"
	if h.OS == "windows" {
		separator = ";"
	}
	for dir := range strings.SplitSeq(h.Getenv("SSL_CERT_DIR"), separator) {
		if dir != "" {
			all = append(all, h.file(dir))
		}
	}
	return all
}

// file is a path that may begin with ~; "" stays so.
func (h Host) file(name string) string {
	if name == "" {
		return ""
	}
	return h.under(h.Dir, name)
}

// Configure makes a transport go that way. Requests are to go through what it returns, which parses the authorities' certificates before the first: that takes longer than
// all else of a command that is answered by the cache.
func (c Connection) Configure(t *http.Transport) (http.RoundTripper, error) {
	t.Proxy = c.proxy.function()
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	parse, err := c.trust(t.TLSClientConfig)
	if err != nil || c.ClientCert == "" {
		return trusting{t, parse}, err
	}
	own, err := tls.LoadX509KeyPair(filepath.FromSlash(c.ClientCert), filepath.FromSlash(c.ClientCert))
	if err != nil {
		return nil, fmt.Errorf("client certificate %s (a PEM file with certificate and key): %w", c.ClientCert, err)
	}
	t.TLSClientConfig.Certificates = []tls.Certificate{own}
	return trusting{t, parse}, nil
}

// trusting is a transport whose authorities are parsed before its first request.
type trusting struct {
	*http.Transport
	parse func() // once
}

// RoundTrip is that of the transport.
func (t trusting) RoundTrip(r *http.Request) (*http.Response, error) {
	t.parse()
	return t.Transport.RoundTrip(r)
}

// trust takes the authorities of the files in place of the system's, once parse was called. That there is one is known at once.
func (c Connection) trust(config *tls.Config) (parse func(), err error) {
	if len(c.Authorities) == 0 {
		return func() {}, nil
	}
	var all [][]byte
	for _, name := range c.Authorities {
		pems, err := readPEMs(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		all = append(all, pems...)
	}
	if !slices.ContainsFunc(all, hasCertificate) {
		return nil, fmt.Errorf("no certificate of an authority is in %s: no server could be trusted", strings.Join(c.Authorities, ", "))
	}
	pool := x509.NewCertPool()
	config.RootCAs = pool
	return sync.OnceFunc(func() {
		for _, pems := range all {
			pool.AppendCertsFromPEM(pems)
		}
	}), nil
}

// hasCertificate reports whether CertPool.AppendCertsFromPEM would find a certificate.
func hasCertificate(pems []byte) bool {
	for {
		var block *pem.Block
		if block, pems = pem.Decode(pems); block == nil {
			return false
		}
		if block.Type == "CERTIFICATE" && len(block.Headers) == 0 {
			if _, err := x509.ParseCertificate(block.Bytes); err == nil {
				return true
			}
		}
	}
}

// readPEMs reads a file, or the files of a folder. One that is not there has none.
func readPEMs(name string) ([][]byte, error) {
	st, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("certificates of authorities: %w", err)
	}
	if !st.IsDir() {
		b, err := os.ReadFile(name)
		return [][]byte{b}, err
	}
	list, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var all [][]byte
	for _, e := range list {
		if b, err := os.ReadFile(filepath.Join(name, e.Name())); err == nil { // a dangling link or a folder has none
			all = append(all, b)
		}
	}
	return all, nil
}

// Insecurely explains an error of a server whose certificate pip or uv would not have verified.
func (c Connection) Insecurely(host string, err error) error {
	var bad *tls.CertificateVerificationError
	name, _, splitErr := net.SplitHostPort(host)
	if splitErr != nil {
		name = host
	}
	if !errors.As(err, &bad) || !slices.Contains(c.Insecure, name) && !slices.Contains(c.Insecure, host) {
		return err
	}
	return fmt.Errorf("%w (pip's trusted-host and uv's allow-insecure-host do not count here: give the authority's certificate with --cert)", err)
}

package indexconf

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// proxies say through which server a request goes; as addresses, which may carry user info.
type proxies struct {
	all         string // for everything, whatever no says
	http, https string
	no          string // as NO_PROXY
}

// plainProxy is that of http. A CGI program takes none from a variable that a request's Proxy header sets (httpoxy).
func (h Host) plainProxy() string {
	if h.Getenv("REQUEST_METHOD") != "" {
		return h.Getenv("http_proxy")
	}
	return h.eitherCase("HTTP_PROXY")
}

func (h Host) eitherCase(name string) string {
	return first(h.Getenv(name), h.Getenv(strings.ToLower(name)))
}

// check sees to it that nothing wrong is found in the middle of a request, whose error would show it.
func (p proxies) check() error {
	for _, s := range []string{p.all, p.http, p.https} {
		if s == "" {
			continue
		}
		u, err := parseProxy(s)
		switch {
		case err != nil:
			return errors.New("the proxy that is configured is no address")
		case !slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme):
			return fmt.Errorf("the proxy %s: only http, https, socks5 and socks5h are supported", bare(u))
		}
	}
	return nil
}

// parseProxy reads an address, which is http where it does not say.
func parseProxy(s string) (*url.URL, error) {
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	u, err := url.Parse(s)
	if err == nil && u.Host == "" {
		err = errors.New("it has no host")
	}
	return u, err
}

// function is what a transport asks.
func (p proxies) function() func(*http.Request) (*url.URL, error) {
	if p.all != "" {
		return func(*http.Request) (*url.URL, error) { return parseProxy(p.all) }
	}
	ask := (&httpproxy.Config{HTTPProxy: p.http, HTTPSProxy: p.https, NoProxy: p.no}).ProxyFunc()
	return func(r *http.Request) (*url.URL, error) { return ask(r.URL) }
}

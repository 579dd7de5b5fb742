// Package chaos is a web server's bad days: an http.Handler that passes requests on and spoils answers in all the ways that networks, proxies, captive portals and
// overloaded services do. Tests put it between a client and a true server:
//
//	proxy := httptest.NewServer(&chaos.Proxy{Seed: 7, Next: http.DefaultTransport, Other: "http://other.example"})
//
// What happens to the n-th request for an address depends on Seed, the address and n alone, in whatever order several goroutines ask, so a seed that found something
// finds it again.
package chaos

package trusttest

import (
	"errors"
	"net/http"
	"net/http/httptest"
)

// Network is an http.RoundTripper that hands requests to a handler by the host's name. A host that is not there can't be reached.
type Network map[string]http.Handler

// RoundTrip asks the host's handler.
func (n Network) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	h, ok := n[req.URL.Host]
	if !ok {
		return nil, errors.New("no route to " + req.URL.Host)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	resp := w.Result()
	resp.Request = req
	return resp, nil
}

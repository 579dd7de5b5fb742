package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// storeAddress is what a store is called where an address is needed.
const storeAddress = "http://store.invalid/"

// storeTransport answers requests for a store's small files.
type storeTransport struct{ store.Files }

// RoundTrip reads a file.
func (t storeTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	b, _, err := t.Read(r.Context(), strings.TrimPrefix(r.URL.Path, "/"), max(manifest.MaxManifest, metadata.MaxTargets))
	if err == nil {
		return answer(r, http.StatusOK, b), nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return answer(r, http.StatusNotFound, nil), nil
	}
	return nil, err
}

func answer(r *http.Request, status int, b []byte) *http.Response {
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(b)), ContentLength: int64(len(b)), Request: r}
}

// overStore makes a Client read a store itself.
func overStore(c *trust.Client, files store.Files) {
	c.RoundTripper, c.Auth = storeTransport{files}, nil
	c.Mirrors = []trust.Mirror{trust.MirrorOf(storeAddress)}
}

// storeFetcher brings the libraries of a Client over a store: from the folder, or by addresses that the store signs.
type storeFetcher struct {
	site *site
	next dist.Fetcher
}

// Fetch brings one.
func (f storeFetcher) Fetch(ctx context.Context, a dist.Artifact) (_ dist.Blob, err error) {
	name, below := strings.CutPrefix(a.URL, storeAddress)
	objects, signs := f.site.objects.(signer)
	switch {
	case !below:
	case f.site.dir != "":
		a.URL, err = index.FileURL(filepath.Join(f.site.dir, filepath.FromSlash(name)))
	case signs:
		a.URL, err = objects.Sign(ctx, name, time.Hour)
	}
	if err != nil {
		return nil, err
	}
	return f.next.Fetch(ctx, a)
}

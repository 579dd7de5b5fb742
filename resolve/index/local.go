package index

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// FileURL is a local path as a file: address (RFC 8089).
func FileURL(path string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	slashed := filepath.ToSlash(abs)
	if !strings.HasPrefix(slashed, "/") { // C:/x
		slashed = "/" + slashed
	}
	u := url.URL{Scheme: "file", Path: slashed}
	return u.String(), nil
}

// localPath is the path of a file: address; ok is false for other addresses.
func localPath(address string) (path string, ok bool, err error) {
	if len(address) < 5 || !strings.EqualFold(address[:5], "file:") {
		return "", false, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host != "" && u.Host != "localhost" || !strings.HasPrefix(u.Path, "/") {
		return "", false, errors.New("not a file: address of this machine")
	}
	path = u.Path
	if len(path) > 2 && path[2] == ':' { // /C:/x
		path = path[1:]
	}
	return filepath.FromSlash(path), true, nil
}

// openLocal opens a file of this machine and checks what is promised of it, if anything is.
func openLocal(ctx context.Context, a dist.Artifact, path string) (dist.Blob, error) {
	b, err := dist.OpenFile(path)
	if err != nil {
		return nil, err
	}
	if len(a.Hashes) > 0 || a.Size >= 0 {
		v := dist.NewVerifier(a)
		if err = hashAll(ctx, v, b); err == nil {
			err = v.Check()
		}
	}
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

package index

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/url"
	"os"
	"path"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// directFile is a file that was named by its address.
type directFile struct {
	dist.File
	asked    string         // the address as it was named
	metadata *dist.Metadata // nil: an sdist's
}

func (f *directFile) fail(reason string, err error) error {
	return &DirectError{Name: f.Name, URL: transport.Redact(f.asked), Reason: reason, Err: err}
}

// file brings what a requirement names.
func (d *Direct) file(ctx context.Context, r pep508.Requirement) (*directFile, error) {
	return d.files.do(ctx, string(r.Name)+" "+r.URL, func(ctx context.Context) (*directFile, error) {
		f := &directFile{File: dist.File{Filename: dist.Filename{Name: r.Name}}, asked: r.URL}
		if reason := f.locate(); reason != "" {
			return nil, f.fail(reason, nil)
		}
		if err := f.bring(ctx, d.Fetcher); err != nil {
			return nil, f.fail("", err)
		}
		return f, nil
	})
}

// locate reads the address; the reason why it is none to fetch from is "" where it is.
func (f *directFile) locate() (reason string) {
	u, err := url.Parse(f.asked)
	if err != nil {
		return "it is no address"
	}
	hashes, reason := fragmentHashes(u.Fragment)
	switch scheme := strings.ToLower(u.Scheme); {
	case reason != "":
		return reason
	case strings.Contains(scheme, "+"):
		return "version control is not supported: build a wheel of it, and name that"
	case scheme != "http" && scheme != "https" && scheme != "file":
		return "an address begins with https:, http: or file:"
	}
	file := path.Base(u.Path)
	name, err := dist.ParseFilenameOf(f.Name, file)
	if err != nil {
		if at, local, err := localPath(f.asked); local && err == nil && isFolder(at) {
			return "a project's folder is not built: build a wheel of it, and name that"
		}
		return err.Error()
	}
	u.Fragment, u.RawFragment = "", ""
	f.Filename = name
	f.Artifact = dist.Artifact{File: file, URL: u.String(), Size: -1, Hashes: hashes}
	f.Uploaded = time.Unix(0, 0).UTC() // it is named on purpose: no date leaves it out
	return ""
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// fragmentHashes are the hashes in an address's fragment, sha256=…&subdirectory=….
func fragmentHashes(fragment string) (hashes map[string]string, reason string) {
	hashes = map[string]string{}
	for _, part := range strings.Split(fragment, "&") {
		name, value, _ := strings.Cut(part, "=")
		size, known := digestSizes[name]
		switch {
		case name == "subdirectory":
			return nil, "a project in a folder of an archive is not built: build a wheel of it, and name that"
		case !known:
		case checkHex(value, size) == "":
			return nil, fmt.Sprintf("its %s is not %d hexadecimal digits", name, 2*size)
		default:
			hashes[name] = checkHex(value, size)
		}
	}
	return hashes, ""
}

// bring fetches the file, hashes it and reads its metadata.
func (f *directFile) bring(ctx context.Context, fetcher dist.Fetcher) error {
	_, local, err := localPath(f.asked)
	if err != nil {
		return err
	}
	if !local && !f.Trusted() {
		learner, ok := fetcher.(Learner)
		if !ok {
			return ErrNoHash
		}
		if f.Artifact, err = learner.Learn(ctx, f.Artifact); err != nil {
			return err
		}
	}
	blob, err := fetcher.Fetch(ctx, f.Artifact)
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("%w: %w", dist.ErrNotFound, err)
	}
	if err != nil {
		return err
	}
	defer blob.Close()
	f.Size = blob.Size()
	if f.Hashes, err = strongHashes(blob); err != nil {
		return err
	}
	if u, err := url.Parse(f.URL); err == nil && !local {
		u.User = nil
		f.URL = u.String()
	}
	if f.Kind != dist.Wheel {
		return nil
	}
	if f.metadata, err = wheelMetadata(f.File, blob); err == nil {
		f.RequiresPython = f.metadata.RequiresPython
	}
	return err
}

// strongHashes are all that a requirements file may bind a file to.
func strongHashes(blob dist.Blob) (map[string]string, error) {
	all := map[string]hash.Hash{"sha256": sha256.New(), "sha384": sha512.New384(), "sha512": sha512.New()}
	if _, err := io.Copy(io.MultiWriter(all["sha256"], all["sha384"], all["sha512"]), io.NewSectionReader(blob, 0, blob.Size())); err != nil {
		return nil, err
	}
	out := make(map[string]string, len(all))
	for name, h := range all {
		out[name] = hex.EncodeToString(h.Sum(nil))
	}
	return out, nil
}

// sameAddress compares addresses without their fragments.
func sameAddress(a, b string) bool {
	a, _, _ = strings.Cut(a, "#")
	b, _, _ = strings.Cut(b, "#")
	return a == b
}

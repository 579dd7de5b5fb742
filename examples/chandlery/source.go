package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/offline"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// sourceFlags say what an update comes from, and who is believed.
type sourceFlags struct {
	Source           string   `required:"" placeholder:"DIR|URL|FILE" help:"The store: a folder, an http(s) address, or a file of chandlery export."`
	Mirror           []string `sep:"none" placeholder:"URL" help:"Another address of the same store; several."`
	Root             string   `type:"path" placeholder:"FILE" help:"The root file that says whose signatures count: root.json of the publisher's folder of keys."`
	TrustDir         string   `type:"path" placeholder:"DIR" help:"Where what is trusted is remembered; by default in the python folder."`
	MaxStaleness     span     `placeholder:"DURATION" help:"For machines without network: how long after their end signatures still count."`
	InsecureUnsigned bool     `help:"Take what is released unsigned: whoever can write the store decides what Python runs here."`
}

// Validate is called by kong.
func (f *sourceFlags) Validate() error {
	switch {
	case f.Root == "" && !f.InsecureUnsigned:
		return fmt.Errorf("--root FILE says whose signatures count (root.json of the publisher's folder of keys); for a store without signatures say --insecure-unsigned")
	case f.Root != "" && f.InsecureUnsigned:
		return fmt.Errorf("--root and --insecure-unsigned exclude each other")
	case f.InsecureUnsigned && f.MaxStaleness > 0:
		return fmt.Errorf("--max-staleness needs --root: what is unsigned does not end")
	case f.InsecureUnsigned && len(f.Mirror) > 0:
		return fmt.Errorf("--mirror needs --root: what mirrors have must be signed")
	case len(f.Mirror) > 0 && !isWeb(f.Source):
		return fmt.Errorf("--mirror needs an http(s) address as --source")
	}
	for _, m := range f.Mirror {
		if !isWeb(m) {
			return fmt.Errorf("--mirror %s is no http(s) address", bareText(m))
		}
	}
	return nil
}

// web are the addresses among the source and its mirrors.
func (f *sourceFlags) web() []string {
	if !isWeb(f.Source) {
		return nil
	}
	return append([]string{f.Source}, f.Mirror...)
}

func isWeb(s string) bool { return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") }

// bareText is an address without what may be secret in it.
func bareText(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return "(unreadable)"
	}
	return bare(u)
}

// opened is where an update comes from.
type opened struct {
	source  bundle.Source
	fetcher dist.Fetcher
	trusted *trust.Client // nil: what is released is taken unsigned
	close   func() error
}

// open opens a folder, an archive that was exported, or a web server's copies. fetcher brings libraries by their addresses.
func (f *sourceFlags) open(channel, pythonDir string, c *client, fetcher dist.Fetcher, now clock) (*opened, error) {
	o := &opened{fetcher: fetcher, close: func() error { return nil }}
	if f.InsecureUnsigned {
		if o.source = bundle.Source(store.Channel{Path: f.Source, Name: channel, InsecureUnsigned: true}); isWeb(f.Source) {
			o.source = &store.HTTPSource{URL: f.Source, Channel: channel, InsecureUnsigned: true, RoundTripper: c.RoundTripper, Auth: c.auth}
		}
		return o, nil
	}
	root, err := os.ReadFile(f.Root)
	if err != nil {
		return nil, usage("--root: %v", err)
	}
	t := &trust.Client{Root: root, Dir: f.trustDir(pythonDir), Channel: channel, Clock: now, MaxStaleness: time.Duration(f.MaxStaleness)}
	o.source, o.trusted = signedSource{t, f.Source}, t
	info, err := os.Stat(f.Source)
	switch {
	case isWeb(f.Source):
		libraries := &store.Mirrors{Fetcher: fetcher}
		for _, address := range f.web() {
			t.Mirrors = append(t.Mirrors, trust.MirrorOf(address))
			libraries.URLs = append(libraries.URLs, bareText(address)) // as a Client gives them
		}
		t.RoundTripper, t.Auth = c.RoundTripper, c.auth
		o.fetcher = libraries
	case err == nil && info.Mode().IsRegular():
		a, err := offline.Open(f.Source)
		if err != nil {
			return nil, err
		}
		t.RoundTripper, t.Mirrors = a, []trust.Mirror{a.Mirror()}
		o.fetcher, o.close = a, a.Close
	default:
		dir := store.Dir{Path: f.Source}
		overStore(t, dir)
		o.fetcher = storeFetcher{&site{dir, f.Source}, fetcher}
	}
	return o, nil
}

// signedSource is a Client that says in its user's words what is not there.
type signedSource struct {
	*trust.Client
	from string
}

// Latest asks the Client.
func (s signedSource) Latest(ctx context.Context) (*manifest.Manifest, error) {
	m, err := s.Client.Latest(ctx)
	switch {
	case errors.Is(err, bundle.ErrNoRelease):
		return nil, &bundle.Error{Err: err, Advice: "check the channel, or publish a first release"}
	case errors.Is(err, dist.ErrNotFound) && bundle.KindOf(err) == bundle.KindNotFound:
		return nil, &bundle.Error{Err: fmt.Errorf("%w: %s has no signed metadata", bundle.ErrNoRelease, bareText(s.from)), Advice: "check --source; what is released there without signatures is taken with --insecure-unsigned alone"}
	}
	return m, err
}

// trustDir lies in the folder of the updates' own state, which updates leave alone but for what is theirs.
func (f *sourceFlags) trustDir(pythonDir string) string {
	if f.TrustDir != "" {
		return f.TrustDir
	}
	return filepath.Join(pythonDir, bundle.StateFolder, "trust")
}

// rehearse lets what is trusted be remembered in a copy, which done removes.
func (f *sourceFlags) rehearse(pythonDir string) (done func(), err error) {
	copied, err := os.MkdirTemp("", "chandlery-dry-run-")
	if err != nil {
		return nil, err
	}
	done = func() { os.RemoveAll(copied) }
	from := f.trustDir(pythonDir)
	if f.TrustDir = copied; isFolder(from) {
		if err := os.CopyFS(copied, os.DirFS(from)); err != nil {
			done()
			return nil, err
		}
	}
	return done, nil
}

// Signatures that end within these times are worth a word: those that a publisher renews by hand, and those that a job does. The publisher itself is warned much earlier.
const (
	soonByHand = 3 * day
	soonByJob  = 6 * time.Hour
)

// warnExpiry tells which signatures end soon: nothing is taken from the store then.
func warnExpiry(ctx context.Context, c *trust.Client, now clock, out *output) error {
	roles, err := c.Roles(ctx)
	if err != nil {
		return err
	}
	for _, r := range roles {
		soon := soonByHand
		if r.Name == "timestamp" || r.Name == "snapshot" {
			soon = soonByJob
		}
		if r.Stale {
			out.warn(fmt.Sprintf("the publisher's %s signature ended at %s, and counts by --max-staleness alone: whoever brings releases may withhold newer ones", r.Name, r.Expires.UTC().Format(time.RFC3339)))
			continue
		}
		if r.Expires.Sub(now()) < soon {
			out.warn(fmt.Sprintf("the publisher's %s signature ends at %s: updates stop then, unless the publisher renews it", r.Name, r.Expires.UTC().Format(time.RFC3339)))
		}
	}
	return nil
}

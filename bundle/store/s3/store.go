package s3

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
)

// Defaults and limits of a Store.
const (
	DefaultParallel  = 4
	DefaultAttempts  = 5
	DefaultSilence   = time.Minute
	DefaultThreshold = 64 << 20 // bytes
	DefaultPartSize  = 8 << 20  // bytes; 10,000 parts are more than manifest.MaxSize
	MinPartSize      = 5 << 20  // bytes: services refuse smaller parts, but for the last
	MaxParts         = 10_000
	MaxPresign       = 7 * 24 * time.Hour // AWS Signature Version 4, "Authenticating requests: using query parameters"
)

// Store keeps objects and files in a bucket: a bundle.Store, store.Files, store.Lister and store.Remover. It must not be copied after first use.
type Store struct {
	Endpoint    string            // the service, without the bucket: https://s3.oss-cn-hangzhou.aliyuncs.com; required
	Bucket      string            // must be there; required
	Prefix      string            // the store's folder in the bucket, of names as keys have; "": the bucket itself
	Region      string            // that requests are signed for; "": as the endpoint's name tells, else us-east-1
	Credentials CredentialsSource // Credentials, or what gives them; required
	Service     Service
	Style       Style

	// Addresses that Put gives are relative to the store, so that the update configuration finds bundles beside itself wherever it is read. With BaseURL they are
	// below it: the bucket's public address or a CDN's, the Prefix included. With Presign they are signed for that long, at most MaxPresign, and
	// for no longer than temporary Credentials live; whoever has such an address can read the object, and every Publish is a release with new ones. One of the
	// two at most.
	BaseURL string
	Presign time.Duration

	Parallel  int           // uploads, parts of them, and objects read back, at once; 0: DefaultParallel
	Attempts  int           // of a request; 0: DefaultAttempts
	Silence   time.Duration // that ends a connection; 0: DefaultSilence
	Threshold int64         // bytes above which an object goes in parts; 0: DefaultThreshold
	PartSize  int64         // bytes, each of Parallel parts is held in memory; 0: DefaultPartSize
	ReadBack  bool          // reads back every object, and neither sends nor believes checksums: for services that know no x-amz-checksum-sha256

	RoundTripper http.RoundTripper // nil: a transport of its own
	Logger       *slog.Logger      // nil: discarded

	once    sync.Once
	opened  *client
	openErr error
	creates atomic.Bool // a condition was seen to hold
}

// client is a Store's, when its fields are checked.
type client struct {
	*minio.Core
	endpoint *url.URL
	base     *url.URL // nil without BaseURL
	virtual  bool
	oss      bool
	slots    chan struct{}
	partSize int64
	log      *slog.Logger
}

// open checks the fields, once.
func (s *Store) open() (*client, error) {
	s.once.Do(func() { s.opened, s.openErr = s.connect() })
	return s.opened, s.openErr
}

func (s *Store) connect() (*client, error) {
	if err := cmp.Or(s.check(), s.signed()); err != nil {
		return nil, err
	}
	endpoint, base, err := s.addresses()
	if err != nil {
		return nil, err
	}
	c := &client{endpoint: endpoint, base: base, virtual: s.virtual(endpoint), oss: s.service(endpoint) == AlibabaOSS}
	parallel := cmp.Or(s.Parallel, DefaultParallel)
	c.slots = make(chan struct{}, parallel)
	c.partSize = cmp.Or(s.PartSize, DefaultPartSize)
	c.log = cmp.Or(s.Logger, slog.New(slog.DiscardHandler))
	region := cmp.Or(s.Region, s3utils.GetRegionFromURL(*endpoint), ossRegion(endpoint), "us-east-1")
	c.Core, err = minio.NewCore(endpoint.Host, &minio.Options{
		Creds:        signing(s.Credentials),
		Secure:       endpoint.Scheme == "https",
		Transport:    s.transport(c, region, parallel),
		Region:       region,
		BucketLookup: lookup(c.virtual),
		MaxRetries:   1, // Store tries again itself: an upload needs its object opened anew
	})
	return c, err
}

func (s *Store) check() error {
	switch {
	case s.Endpoint == "":
		return &bundle.MissingFieldError{Type: "s3.Store", Field: "Endpoint"}
	case s.Bucket == "":
		return &bundle.MissingFieldError{Type: "s3.Store", Field: "Bucket"}
	case s3utils.CheckValidBucketNameStrict(s.Bucket) != nil:
		return fmt.Errorf("s3.Store: %q is no bucket's name", s.Bucket)
	case s.Prefix != "" && store.CheckName(s.Prefix) != nil:
		return fmt.Errorf("s3.Store: %q is no folder of a store", s.Prefix)
	case s.BaseURL != "" && s.Presign != 0:
		return fmt.Errorf("s3.Store: BaseURL and Presign exclude each other")
	case s.Region != "" && !isRegion(s.Region):
		return fmt.Errorf("s3.Store: Region is no region's name")
	case s.Presign < 0 || s.Presign > MaxPresign || s.Presign%time.Second != 0:
		return fmt.Errorf("s3.Store: Presign must be whole seconds, and at most %v", MaxPresign)
	case s.PartSize != 0 && s.PartSize < MinPartSize:
		return fmt.Errorf("s3.Store: PartSize must be at least %d bytes", MinPartSize)
	case s.Parallel < 0 || s.Attempts < 0 || s.Silence < 0 || s.Threshold < 0 || s.PartSize < 0:
		return fmt.Errorf("s3.Store: Parallel, Attempts, Silence, Threshold and PartSize must not be negative")
	}
	return nil
}

// isRegion keeps a region from changing what is signed: it stands in the scope of a signature.
func isRegion(s string) bool { return isShort(s, "-") }

// isShort reports whether s has 1 to 64 bytes, all of them ASCII letters, digits or of others.
func isShort(s, others string) bool {
	for i := range len(s) {
		c := s[i]
		if !('A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(others, c) >= 0) {
			return false
		}
	}
	return s != "" && len(s) <= 64
}

// signed says that there are Credentials, or a source of them.
func (s *Store) signed() error {
	c, fixed := s.Credentials.(Credentials)
	if s.Credentials == nil || fixed && (c.AccessKey == "" || c.SecretKey == "") {
		return &bundle.MissingFieldError{Type: "s3.Store", Field: "Credentials"}
	}
	return nil
}

// addresses checks Endpoint and BaseURL.
func (s *Store) addresses() (endpoint, base *url.URL, err error) {
	if endpoint, err = address("Endpoint", s.Endpoint); err != nil {
		return nil, nil, err
	}
	if host := endpoint.Hostname(); !s3utils.IsValidIP(host) && !s3utils.IsValidDomain(host) {
		return nil, nil, fmt.Errorf("s3.Store: Endpoint's host is neither an IP address nor a domain's name")
	}
	if endpoint.Path != "" {
		return nil, nil, fmt.Errorf("s3.Store: Endpoint must be an address without a path: the bucket has its own field")
	}
	if s.BaseURL != "" {
		base, err = address("BaseURL", s.BaseURL)
	}
	return endpoint, base, err
}

// address parses an http(s) address that holds no secrets.
func address(field, text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSuffix(text, "/"))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("s3.Store: %s must be an http: or https: address without user, query and fragment", field)
	}
	return u, nil
}

// ossRegion is that of Alibaba's endpoints: s3.oss-cn-hangzhou.aliyuncs.com, oss-cn-hangzhou-internal.aliyuncs.com. The accelerated one tells none.
func ossRegion(endpoint *url.URL) string {
	name, ok := strings.CutSuffix(endpoint.Hostname(), ".aliyuncs.com")
	name = strings.TrimSuffix(strings.TrimPrefix(name, "s3."), "-internal")
	region, oss := strings.CutPrefix(name, "oss-")
	if !ok || !oss || region == "accelerate" || strings.Contains(region, ".") {
		return ""
	}
	return region
}

func (s *Store) transport(c *client, region string, parallel int) http.RoundTripper {
	t := s.RoundTripper
	if t == nil {
		t = newTransport(cmp.Or(s.Silence, DefaultSilence), parallel)
	}
	if c.oss {
		t = &ossTransport{RoundTripper: t, credentials: s.Credentials, region: region}
	}
	return t
}

// slot waits for one of the Parallel places; the caller calls release.
func (c *client) slot(ctx context.Context) (release func(), err error) {
	select {
	case c.slots <- struct{}{}:
		return func() { <-c.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// object is the name in the bucket.
func (s *Store) object(key string) string {
	if s.Prefix == "" {
		return key
	}
	return s.Prefix + "/" + key
}

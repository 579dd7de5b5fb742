package trust

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/transport"
)

const (
	// MaxTarget bounds a target, in bytes: targets are update configurations.
	MaxTarget = manifest.MaxManifest
	// MaxRoles bounds the delegated roles that are searched for one target.
	MaxRoles = 32
	// MaxRotations bounds the newer roots that one refresh takes.
	MaxRotations = 256
	// DefaultPatience bounds the time for one file of one mirror.
	DefaultPatience = 2 * time.Minute
	// MirrorGrace is how long other mirrors may take for a root or a timestamp once one has answered.
	MirrorGrace = 2 * time.Second
	// LockWait is how long to wait for another Client that uses the same folder.
	LockWait = 30 * time.Second
)

// Mirror is the addresses (http or https) of one copy of the repository.
type Mirror struct {
	Metadata string // where root, timestamp, snapshot and targets files are
	Targets  string // where targets are; bundles' relative urls lead from there
}

// MirrorOf is the Mirror of a store as Repository lays it out. address is the store's, with or without a slash at its end or a query.
func MirrorOf(address string) Mirror {
	return Mirror{Metadata: join(address, metadataFolder), Targets: address}
}

// Client reads a repository and believes only what its root's keys stand for. Safe for concurrent use, by several processes too; calls run one
// after the other. It must not be copied, nor its fields changed, after first use.
type Client struct {
	Root    []byte   // the root file that the application was built with: any version that the publisher ever had; required
	Dir     string   // a folder of the Client's own, made where absent; required
	Mirrors []Mirror // the first is preferred; at least one

	Channel string // of Latest
	Target  string // what Latest reads; "": Channel + "/update.json"

	// MaxStaleness is how long after its expiry metadata is still taken, for machines that get no newer one; 0: never. It gives whoever withholds releases as much more
	// time; signatures, hashes and versions count as ever. What is taken so is told to Logger and by Roles.
	MaxStaleness time.Duration

	Clock        func() time.Time                                       // nil: time.Now
	Patience     time.Duration                                          // the longest that one file of one mirror may take; 0: DefaultPatience
	RoundTripper http.RoundTripper                                      // nil: a transport of its own
	Auth         func(ctx context.Context, host string) (string, error) // the Authorization header for a host; nil: none
	Logger       *slog.Logger                                           // nil: discarded

	once   sync.Once
	gate   chan struct{} // held by the call that runs
	client *transport.Client
	order  []int    // of mirrors, best first
	seen   *trusted // by the last refresh that succeeded; nil: none

	step func(name string) // before each change of the folder, for tests that are killed there; nil: none
}

// Refresh brings what is trusted up to date: root, timestamp, snapshot and targets.
func (c *Client) Refresh(ctx context.Context) error {
	return c.run(ctx, func(r *run) error { return r.refresh(ctx) })
}

// Lookup finds a target in what the last Refresh trusts; without one before, or where that has expired since, it refreshes. The delegated roles that it needs are fetched. A target that no
// role names is ErrNoTarget.
func (c *Client) Lookup(ctx context.Context, name string) (t Target, err error) {
	err = c.run(ctx, func(r *run) error {
		if r.seen == nil || r.seen.expired(r.now) {
			if err := r.refresh(ctx); err != nil {
				return err
			}
		}
		t, err = r.find(ctx, name)
		return err
	})
	return t, err
}

// Fetch gives a target's bytes, verified.
func (c *Client) Fetch(ctx context.Context, t Target) (b []byte, err error) {
	err = c.run(ctx, func(r *run) error {
		b, err = r.fetchTarget(ctx, t)
		return err
	})
	return b, err
}

// Role is the version of a role's metadata that is trusted, and when it expires.
type Role struct {
	Name    string
	Version int64
	Expires time.Time
	Stale   bool // it has expired, and counts by MaxStaleness alone
}

// Roles tells what the last Refresh trusts, top-level roles first, then the delegated ones that lookups have read since. Without a Refresh before there are none.
func (c *Client) Roles(ctx context.Context) (roles []Role, err error) {
	err = c.run(ctx, func(r *run) error {
		roles = r.roles()
		return nil
	})
	return roles, err
}

// ExpiresSoon is those of Roles that have expired or will within the given time, the first to expire first: what to warn of before clients refuse it. How long before
// is a matter of the publisher's habits, who may sign a timestamp for a day and a root for a year.
func (c *Client) ExpiresSoon(ctx context.Context, within time.Duration) (roles []Role, err error) {
	err = c.run(ctx, func(r *run) error {
		roles = slices.DeleteFunc(r.roles(), func(role Role) bool { return r.now.Add(within).Before(role.Expires) })
		slices.SortStableFunc(roles, func(a, b Role) int { return a.Expires.Compare(b.Expires) })
		return nil
	})
	return roles, err
}

func (r *run) roles() []Role {
	t := r.seen
	if t == nil {
		return nil
	}
	role := func(name string, version int64, expires time.Time) Role {
		return Role{name, version, expires, !r.now.Before(expires)}
	}
	roles := []Role{role(metadata.RootRole, t.root.Version, t.root.Expires), role(metadata.TimestampRole, t.timestamp.Version, t.timestamp.Expires),
		role(metadata.SnapshotRole, t.snapshot.Version, t.snapshot.Expires), role(metadata.TargetsRole, t.targets.Version, t.targets.Expires)}
	for _, name := range slices.Sorted(maps.Keys(t.delegated)) {
		roles = append(roles, role(name, t.delegated[name].Version, t.delegated[name].Expires))
	}
	return roles
}

// run is one call: it has the folder to itself, and one time.
type run struct {
	*Client
	dir    *os.Root
	now    time.Time
	floor  time.Time    // of the last refresh that succeeded
	stale  bool         // something that has expired was taken
	failed map[int]bool // mirrors, in this run
}

func (c *Client) run(ctx context.Context, do func(*run) error) error {
	if err := c.check(); err != nil {
		return err
	}
	c.once.Do(c.init)
	select {
	case c.gate <- struct{}{}:
		defer func() { <-c.gate }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return wrap(ctx, c.locked(ctx, do))
}

func (c *Client) check() error {
	for _, f := range []struct {
		name string
		set  bool
	}{{"Root", len(c.Root) > 0}, {"Dir", c.Dir != ""}, {"Mirrors", len(c.Mirrors) > 0}} {
		if !f.set {
			return &bundle.MissingFieldError{Type: "trust.Client", Field: f.name}
		}
	}
	return nil
}

func (c *Client) init() {
	c.gate = make(chan struct{}, 1)
	c.client = &transport.Client{RoundTripper: c.RoundTripper, Auth: c.Auth, Logger: c.Logger}
	if len(c.Mirrors) > 1 {
		c.client.Retries = -1 // the next mirror is the better try
	}
	for i := range c.Mirrors {
		c.order = append(c.order, i)
	}
}

func (c *Client) locked(ctx context.Context, do func(*run) error) (err error) {
	if err := os.MkdirAll(c.Dir, 0o755); err != nil {
		return err
	}
	dir, err := os.OpenRoot(c.Dir)
	if err != nil {
		return err
	}
	defer dir.Close()
	lock, err := durable.AcquireLock(ctx, dir, lockName, LockWait, "another update")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	r := &run{Client: c, dir: dir, now: time.Now(), failed: map[int]bool{}}
	if c.Clock != nil {
		r.now = c.Clock()
	}
	r.now = r.now.UTC()
	if err := r.loadFloor(); err != nil {
		return err
	}
	return do(r)
}

func (c *Client) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}

package trust_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust"
)

// killed runs do on copies of the shop, once for every call of the store (without the tag slow: for every killStep-th) and every way in which that fails: before it is done or after, and that call alone or, as after a kill, all that
// come later too. then looks at what is left.
func (s *shop) killed(do func(*shop) error, then func(t *testing.T, c *shop, err error)) {
	cases, first := 0, 0
	for _, late := range []bool{false, true} {
		for _, dead := range []bool{true, false} {
			first++
			for at := 1 + first%killStep; ; at += killStep {
				c := *s
				c.files = s.files.clone()
				c.files.failAt, c.files.late, c.files.dead = at, late, dead
				err := do(&c)
				if c.files.calls < at {
					require.NoError(s.t, err)
					break
				}
				c.files.failAt = 0
				cases++
				s.t.Run(fmt.Sprintf("call %d late %t dead %t", at, late, dead), func(t *testing.T) {
					c.t = t
					then(t, &c, err)
				})
			}
		}
	}
	s.t.Logf("%d kills", cases)
	require.GreaterOrEqual(s.t, cases, 40/killStep)
}

// seen is the folder of a client that has read what is there, for each of the copies to begin from.
func (s *shop) seen() string {
	dir := s.t.TempDir()
	_, err := s.reads(dir)
	require.NoError(s.t, err)
	return dir
}

func copied(t *testing.T, dir string) string {
	to := t.TempDir()
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

// publish is what a Publisher does: it asks for the latest release, and releases where it has news.
func (s *shop) publish(m *manifest.Manifest, names ...string) {
	s.t.Helper()
	r := s.repository(names...)
	latest, err := r.Latest(ctx)
	if !errors.Is(err, bundle.ErrNoRelease) {
		require.NoError(s.t, err)
		if latest.SameContent(m) {
			return
		}
		m.Meta.Sequence = latest.Meta.Sequence + 1
	}
	require.NoError(s.t, r.Release(ctx, m))
}

// TestReleaseKilled: at every point clients have the old release or the new one, and the next run ends with what it wants.
func TestReleaseKilled(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	s.release(1, "only")
	dir := s.seen()
	s.now = s.now.Add(time.Hour)
	for name, again := range map[string]struct {
		after   time.Duration
		version string
	}{"the same": {time.Minute, "2.0"}, "the same long after": {80 * 24 * time.Hour, "2.0"}, "another": {time.Minute, "9.0"}} {
		t.Run(name, func(t *testing.T) {
			s := *s
			s.t = t
			s.killed(func(c *shop) error { return c.repository("only").Release(ctx, configuration(2)) }, func(t *testing.T, c *shop, err error) {
				old := copied(t, dir)
				got, err2 := c.reads(old)
				require.NoError(t, err2)
				fresh, err2 := c.reads(t.TempDir())
				require.NoError(t, err2)
				require.Equal(t, got, fresh)
				require.Contains(t, []uint64{1, 2}, got)
				if err == nil {
					require.EqualValues(t, 2, got)
				}
				c.now = c.now.Add(again.after)
				if c.now.After(start.AddDate(0, 0, 20)) {
					_, err := c.repository("only").Renew(ctx, 30*24*time.Hour)
					require.NoError(t, err)
				}
				want := bundletest.Configuration("stable", 2, again.version)
				c.publish(want, "only")
				for _, dir := range []string{old, t.TempDir()} {
					m, err := c.client(c.root, dir, "stable").Latest(ctx)
					require.NoError(t, err)
					require.True(t, m.SameContent(want))
				}
				m, err2 := c.repository().Latest(ctx)
				require.NoError(t, err2)
				require.LessOrEqual(t, m.Meta.Sequence, got+1)
				c.publish(bundletest.Configuration("stable", 9, "10.0"), "only")
				require.Contains(t, string(c.files.files["stable/update.json"]), `"10.0"`)
				require.Contains(t, c.files.files, fmt.Sprintf("stable/releases/%d.json", m.Meta.Sequence), "the killed one's history is there")
			})
		})
	}
}

func TestCreateKilled(t *testing.T) {
	s := newShop(t)
	s.small()
	s.killed(func(c *shop) error {
		_, err := c.repository("only").Create(ctx, c.small())
		return err
	}, func(t *testing.T, c *shop, err error) {
		c.now = c.now.Add(time.Hour)
		c.create(c.small(), "only")
		c.release(1, "only")
		c.get(1)
	})
}

func TestRenewKilled(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	s.release(1, "only")
	dir := s.seen()
	s.now = s.now.AddDate(0, 0, 29)
	s.killed(func(c *shop) error {
		_, err := c.repository("only").Renew(ctx, 2*365*24*time.Hour)
		return err
	}, func(t *testing.T, c *shop, _ error) {
		dir := copied(t, dir)
		c.get(1, dir)
		_, err := c.repository("only").Renew(ctx, 365*24*time.Hour-time.Second)
		require.NoError(t, err)
		c.now = c.now.AddDate(0, 0, 29)
		c.get(1, dir)
		c.release(2, "only")
		c.get(2, dir)
	})
}

// TestPublishDraftKilled: where the replaced keys are at hand, clients pass over to the new ones without a gap.
func TestPublishDraftKilled(t *testing.T) {
	for name, change := range map[string]func(*shop) (trust.Change, []string, []string){
		"online keys": func(s *shop) (trust.Change, []string, []string) {
			k := s.of(1, "new")
			return trust.Change{Online: &k}, []string{"ann", "ben"}, []string{"ci", "ci-stable", "new"}
		},
		"root and targets keys": func(s *shop) (trust.Change, []string, []string) {
			k := s.of(2, "ann", "dan", "eve")
			return trust.Change{Root: &k, Targets: &k}, []string{"ann", "ben", "dan"}, []string{"ci"}
		},
		"everything": func(s *shop) (trust.Change, []string, []string) {
			k, o := s.of(1, "dan"), s.of(1, "new")
			return trust.Change{Root: &k, Targets: &k, Online: &o, Channels: map[string]trust.RoleKeys{"stable": s.of(1, "new-stable"), "nightly": s.of(1, "new-stable")}, Drop: []string{"beta"}},
				[]string{"ann", "ben", "dan"}, []string{"ci", "new", "new-stable"}
		},
		"a channel's key": func(s *shop) (trust.Change, []string, []string) {
			return trust.Change{Channels: map[string]trust.RoleKeys{"stable": s.of(1, "new-stable")}}, []string{"cem", "ben"}, []string{"ci", "new-stable"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.create(s.large(), "ann", "ben", "ci", "ci-stable", "ci-beta")
			s.release(1, "ci", "ci-stable")
			dir := s.seen()
			c, people, publishers := change(s)
			d, err := s.repository().NewDraft(ctx, c)
			require.NoError(t, err)
			require.NoError(t, d.Sign(s.signers(people...)...))
			s.killed(func(c *shop) error { return c.repository(publishers...).PublishDraft(ctx, d) }, func(t *testing.T, c *shop, _ error) {
				dir := copied(t, dir)
				c.get(1, dir)
				require.NoError(t, c.repository(publishers...).PublishDraft(ctx, d))
				c.get(1, dir)
				c.release(2, "ci", "ci-stable", "new", "new-stable")
				c.get(2, dir)
				before := c.files.clone()
				renewed, err := c.repository(publishers...).Renew(ctx, 0)
				require.NoError(t, err)
				require.Empty(t, renewed)
				require.Equal(t, before.files, c.files.files)
			})
		})
	}
}

// TestPublishDraftGap: without the replaced online key there is a gap, which whoever runs next closes.
func TestPublishDraftGap(t *testing.T) {
	for _, finish := range []string{"draft", "renew"} {
		t.Run(finish, func(t *testing.T) {
			s := newShop(t)
			s.create(s.large(), "ann", "ben", "ci", "ci-stable")
			s.release(1, "ci", "ci-stable")
			dir := s.seen()
			k := s.of(1, "new")
			d, err := s.repository().NewDraft(ctx, trust.Change{Online: &k})
			require.NoError(t, err)
			require.NoError(t, d.Sign(s.signers("ann", "cem")...))
			gaps := 0
			s.killed(func(c *shop) error { return c.repository("new").PublishDraft(ctx, d) }, func(t *testing.T, c *shop, _ error) {
				dir := copied(t, dir)
				if got, err := c.reads(dir); err != nil {
					require.ErrorIs(t, err, trust.ErrVerify)
					gaps++
					require.ErrorIs(t, c.repository("new", "ci-stable").Release(ctx, configuration(2)), trust.ErrVerify)
					status, err := c.repository("new").Status(ctx)
					require.NoError(t, err)
					require.True(t, status[2].Waits && status[3].Waits, "%v", status)
				} else {
					require.EqualValues(t, 1, got)
				}
				var err error
				if _, rotated := c.files.files["metadata/2.root.json"]; finish == "renew" && rotated {
					_, err = c.repository("new").Renew(ctx, 0)
				} else {
					err = c.repository("new").PublishDraft(ctx, d)
				}
				require.NoError(t, err)
				c.get(1, dir)
				c.release(2, "new", "ci-stable")
				c.get(2, dir)
			})
			require.Positive(t, gaps)
		})
	}
}

// TestReleaseRace: many at once on two channels; in each exactly one is first with a number, and every release that was said to be done is in the history.
func TestReleaseRace(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable", "ci-beta")
	const publishers, rounds = 4, 5
	for round := range uint64(rounds) {
		var wg sync.WaitGroup
		var won [2]atomic.Int64
		for i := range publishers {
			for j, channel := range []string{"stable", "beta"} {
				wg.Go(func() {
					r := s.repository("ci", "ci-"+channel)
					r.Channel = channel
					switch err := r.Release(ctx, bundletest.Configuration(channel, round+1, fmt.Sprintf("%d.%d", round, i))); {
					case err == nil:
						won[j].Add(1)
					case !errors.Is(err, bundle.ErrConflict):
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		require.EqualValues(t, 1, won[0].Load())
		require.EqualValues(t, 1, won[1].Load())
	}
	for _, channel := range []string{"stable", "beta"} {
		m, err := s.client(s.root, t.TempDir(), channel).Latest(ctx)
		require.NoError(t, err)
		require.EqualValues(t, rounds, m.Meta.Sequence)
		for sequence := range uint64(rounds) {
			require.Contains(t, s.files.files, fmt.Sprintf("%s/releases/%d.json", channel, sequence+1))
			r := s.repository()
			r.Channel = channel
			m, err := r.Past(ctx, sequence+1)
			require.NoError(t, err)
			require.True(t, strings.HasPrefix(m.Libraries["demo"]["linux"].Version, fmt.Sprint(sequence)))
		}
	}
}

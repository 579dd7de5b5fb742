package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/lazy"
)

const (
	// DefaultKeep is how many releases of each channel a Collector keeps.
	DefaultKeep = 10
	// DefaultMinAge is how old a bundle must be for a Collector to remove it.
	DefaultMinAge = 24 * time.Hour
)

// Collector removes what no kept release names: bundles, and the history files of releases that are not kept. Nothing else is touched. Find is the dry run.
//
// What the newest Keep releases of every channel name is kept, and so is what any other update configuration names that lies in a channel's folder: one that is staged, say. Those
// that a signed release is read from, <channel>/<sha256>.update.json, go with the release.
//
// A publisher that runs meanwhile has stored its bundles before its release names them, so what is younger than MinAge stays. A bundle that lay there before
// and that a publisher takes up again is as old as it is: do not collect while a publisher runs that goes back to libraries of releases no longer kept. If that happens all the
// same, its Release says what is missing, or the next Publish puts it back.
type Collector struct {
	Store interface { // required
		Files
		Lister
		Remover
	}
	Keep   int              // 0: DefaultKeep
	MinAge time.Duration    // 0: DefaultMinAge
	Now    func() time.Time // nil: time.Now
}

// Garbage is what a Collector would remove.
type Garbage struct {
	Objects []Entry // by key
	Bytes   int64   // together
	Kept    int     // bundles that stay
}

// bundleKey is a bundle's: Publisher gives it.
var bundleKey = lazy.Regexp{Expr: `^sha256/([0-9a-f]{2})/([0-9a-f]{64})\.[a-z0-9]+$`}

// signedFile is an update configuration of a signed release, a LiveFile: bundle/trust gives it.
var signedFile = lazy.Regexp{Expr: `^[^/]+/[0-9a-f]{64}\.update\.json$`}

// Find looks for what can go, and changes nothing. A store without any release, and an update configuration that cannot be read, are errors: then nothing is known to
// be garbage.
func (c Collector) Find(ctx context.Context) (*Garbage, error) {
	if c.Store == nil {
		return nil, &bundle.MissingFieldError{Type: "store.Collector", Field: "Store"}
	}
	// The listing comes first: what a publisher adds while releases are read is not in it.
	var all []Entry
	for e, err := range c.Store.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	old, oldest := c.superseded(all)
	named, err := c.named(ctx, all, old, oldest)
	if err != nil {
		return nil, err
	}
	g := &Garbage{}
	for _, e := range all {
		sum := bundleSum(e.Key)
		switch {
		case old[e.Key], sum != "" && !named[sum] && c.aged(e):
			g.Objects = append(g.Objects, e)
			g.Bytes += e.Size
		case sum != "":
			g.Kept++
		}
	}
	slices.SortFunc(g.Objects, func(a, b Entry) int { return cmp.Compare(a.Key, b.Key) })
	return g, nil
}

// Remove removes what Find gave and what is still garbage, history files first: a kill leaves bundles that the next run finds again. It gives what it
// removed, also with an error.
func (c Collector) Remove(ctx context.Context, g *Garbage) (*Garbage, error) {
	now, err := c.Find(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]Entry{}
	for _, e := range g.Objects {
		found[e.Key] = e
	}
	both := slices.DeleteFunc(now.Objects, func(e Entry) bool {
		f, ok := found[e.Key]
		return !ok || f.Size != e.Size || !f.Modified.Equal(e.Modified)
	})
	slices.SortStableFunc(both, func(a, b Entry) int { return strings.Compare(bundleSum(a.Key), bundleSum(b.Key)) }) // history files have none
	removed := &Garbage{Kept: now.Kept}
	for _, e := range both {
		if err := errors.Join(ctx.Err(), c.Store.Remove(ctx, e.Key)); err != nil {
			return removed, err
		}
		removed.Objects = append(removed.Objects, e)
		removed.Bytes += e.Size
	}
	return removed, nil
}

// bundleSum is the sha256 that a bundle's key names; "" for what is no bundle.
func bundleSum(key string) string {
	m := bundleKey.FindStringSubmatch(key)
	if m == nil || !strings.HasPrefix(m[2], m[1]) {
		return ""
	}
	return m[2]
}

func (c Collector) aged(e Entry) bool {
	now := time.Now
	if c.Now != nil {
		now = c.Now
	}
	return now().Sub(e.Modified) >= cmp.Or(c.MinAge, DefaultMinAge)
}

// superseded are the history files of the releases that are not kept; oldest is the first of each channel that is.
func (c Collector) superseded(all []Entry) (old map[string]bool, oldest map[string]uint64) {
	sequences := map[string][]uint64{}
	for _, e := range all {
		channel, _, _ := strings.Cut(e.Key, "/")
		if sequence, ok := sequenceOf(channel, e.Key); ok {
			sequences[channel] = append(sequences[channel], sequence)
		}
	}
	old, oldest = map[string]bool{}, map[string]uint64{}
	for channel, of := range sequences {
		slices.Sort(of)
		kept := max(0, len(of)-cmp.Or(c.Keep, DefaultKeep))
		for _, sequence := range of[:kept] {
			old[historyFile(channel, sequence)] = true
		}
		oldest[channel] = of[kept]
	}
	return old, oldest
}

// named are the sha256 of the bundles that update configurations name, but for those that are given up: old, to which those of signed releases before the oldest are added.
func (c Collector) named(ctx context.Context, all []Entry, old map[string]bool, oldest map[string]uint64) (map[string]bool, error) {
	named, releases := map[string]bool{}, 0
	for _, e := range all {
		channel, file, below := strings.Cut(e.Key, "/")
		if old[e.Key] || !below || channel == "sha256" || path.Ext(e.Key) != ".json" {
			continue
		}
		m, err := c.configuration(ctx, e)
		if err != nil {
			if _, past := sequenceOf(channel, e.Key); !past && file != LiveFile && file != StagedFile && unreadable(err) {
				continue // metadata of another kind
			}
			return nil, fmt.Errorf("nothing can be removed: %w", err)
		}
		if signedFile.MatchString(e.Key) && m.Meta.Channel == channel && m.Meta.Sequence < oldest[channel] {
			old[e.Key] = true
			continue
		}
		releases++
		for _, b := range bundles(m) {
			named[b.SHA256] = true
		}
	}
	if releases == 0 {
		return nil, fmt.Errorf("%w: is it the right store?", bundle.ErrNoRelease)
	}
	return named, nil
}

// unreadable tells a file that is no update configuration from one that could not be fetched.
func unreadable(err error) bool {
	var syntax *manifest.SyntaxError
	return errors.As(err, &syntax)
}

func (c Collector) configuration(ctx context.Context, e Entry) (*manifest.Manifest, error) {
	b, _, err := c.Store.Read(ctx, e.Key, manifest.MaxManifest)
	if err != nil {
		return nil, err
	}
	m, err := manifest.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Key, err)
	}
	return m, nil
}

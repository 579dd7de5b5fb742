package explain

import (
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Words of the policy for pre-releases.
var prereleaseWords = map[string]resolve.Prereleases{"forbid": resolve.Forbid, "if-necessary": resolve.IfNecessary, "allow": resolve.Allow}

// policy changes what a policy says of one project, or of all of which it says nothing of their own.
func (c Change) policy(p *resolve.Policy) error {
	switch c.Kind {
	case ExcludeNewer:
		var limit time.Time
		if c.To != "" {
			var err error
			if limit, err = time.Parse(time.RFC3339, c.To); err != nil {
				return err
			}
		}
		say(&p.ExcludeNewer, &p.ExcludeNewerOf, c.Name, limit)
	case Prereleases:
		how, ok := prereleaseWords[c.To]
		if !ok {
			return fmt.Errorf("pre-releases: unknown policy %q", c.To)
		}
		say(&p.Prereleases, &p.PrereleasesOf, c.Name, how)
	case Formats:
		f := resolve.Formats{Wheels: strings.Contains(c.To, "wheels"), Sdists: strings.Contains(c.To, "sdists")}
		all := resolve.Formats{}
		say(&all, &p.FormatsOf, c.Name, f)
		if c.Name == "" {
			p.NoWheels, p.Sdists = !all.Wheels, all.Sdists
		}
	}
	return nil
}

// say sets a value for one project, in a map of its own, or for all.
func say[V any](all *V, of *map[pep508.Name]V, name pep508.Name, value V) {
	if name == "" {
		*all = value
		return
	}
	own := maps.Clone(*of)
	if own == nil {
		own = map[pep508.Name]V{}
	}
	own[name] = value
	*of = own
}

// concern is what the page of one project refuses by the policy.
type concern struct {
	name                           pep508.Name
	policy                         resolve.Policy // for it
	tooNew, notFinal, sdist, wheel bool
	ownNewer, ownFinal, ownFormats bool // the policy has an entry of its own for it
}

func (t *target) concern(name pep508.Name) *concern {
	p := t.req.Policy
	c := concern{name: name, policy: p.For(name)}
	_, c.ownNewer = p.ExcludeNewerOf[name]
	_, c.ownFinal = p.PrereleasesOf[name]
	_, c.ownFormats = p.FormatsOf[name]
	t.concerns = append(t.concerns, c)
	return &t.concerns[len(t.concerns)-1]
}

// excludeNewer is the change that lifts the limit of a project, if that refuses something.
func (c *concern) excludeNewer() []Change {
	if limit := c.policy.ExcludeNewer; c.tooNew && !limit.IsZero() {
		return []Change{{Kind: ExcludeNewer, From: limit.UTC().Format(time.RFC3339)}}
	}
	return nil
}

// prereleases are the changes that admit more of a project's pre-releases, if it has any.
func (c *concern) prereleases() []Change {
	switch {
	case !c.notFinal:
		return nil
	case c.policy.Prereleases == resolve.Forbid:
		return []Change{{Kind: Prereleases, From: "forbid", To: "if-necessary"}, {Kind: Prereleases, From: "forbid", To: "allow"}}
	case c.policy.Prereleases == resolve.IfNecessary:
		return []Change{{Kind: Prereleases, From: "if-necessary", To: "allow"}}
	}
	return nil
}

// formats is the change that admits the kind of files that a project has and the policy does not.
func (c *concern) formats() []Change {
	switch {
	case c.sdist && !c.policy.Sdists && !c.policy.NoWheels:
		return []Change{{Kind: Formats, From: "wheels", To: "wheels,sdists"}}
	case c.wheel && c.policy.NoWheels && c.policy.Sdists:
		return []Change{{Kind: Formats, From: "sdists", To: "wheels,sdists"}}
	}
	return nil
}

// offerPolicy adds, for each kind of change, those for single projects, and then the one for all which those make needless where one of them works.
func (t *target) offerPolicy(o *optionList) {
	for _, kind := range []struct {
		rank    int
		changes func(*concern) []Change
		own     func(*concern) bool
	}{
		{rankExcludeNewer, (*concern).excludeNewer, func(c *concern) bool { return c.ownNewer }},
		{rankPrereleases, (*concern).prereleases, func(c *concern) bool { return c.ownFinal }},
		{rankFormats, (*concern).formats, func(c *concern) bool { return c.ownFormats }},
	} {
		var general []Change
		o.subject++
		for i := range t.concerns {
			c := &t.concerns[i]
			for level, change := range kind.changes(c) {
				if !kind.own(c) && len(general) <= level {
					general = append(general, change)
				}
				change.Name = c.name
				o.add(kind.rank, level, change)
			}
		}
		for level, change := range general {
			o.add(kind.rank, 2+level, change)
		}
	}
}

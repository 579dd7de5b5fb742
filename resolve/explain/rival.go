package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// rival is a version that might have been chosen.
type rival struct {
	version pep440.Version
	refusal *resolve.Refusal // by a variant that needs the project; nil: none refuses it
	variant int              // that refuses
	yanked  bool
	page    *dist.Project
	open    bool // only a trial can tell more
}

// rivals lists the versions on a page that the question is about, newest first.
func (q *asking) rivals(page *dist.Project) (list []*rival) {
	for i := range q.pin.Files {
		if unused(q.pin.Files[i]) {
			continue
		}
		candidates, refusals := resolve.Candidates(page, variantOf(q.r.Platform, i), q.req.Policy)
		for _, c := range candidates {
			if v := q.rival(&list, page, c.Version); v != nil {
				v.yanked = v.yanked || c.Yanked
			}
		}
		for _, f := range refusals {
			if v := q.rival(&list, page, f.Version); v != nil && v.refusal == nil {
				v.refusal, v.variant = &f, i
			}
		}
	}
	slices.SortStableFunc(list, func(a, b *rival) int { return b.version.Compare(a.version) })
	return list
}

// rival finds a version in the list or adds it; nil where the question is not about it.
func (q *asking) rival(list *[]*rival, page *dist.Project, v pep440.Version) *rival {
	for _, known := range *list {
		if known.version.Equal(v) {
			return known
		}
	}
	if q.wanted.IsEmpty() && v.Compare(q.pin.Version) <= 0 || !q.wanted.Contains(v) || v.Equal(q.pin.Version) {
		return nil
	}
	*list = append(*list, &rival{version: v, page: page})
	return (*list)[len(*list)-1]
}

// variantOf is a platform with one of its variants.
func variantOf(p resolve.Platform, i int) resolve.Platform {
	p.Variants = p.Variants[i : i+1]
	return p
}

func unused(f dist.File) bool { return f.Kind == dist.Other }

// judge says what is known of a version without asking the Resolver.
func (c *rival) judge(q *asking) Version {
	v := Version{Version: c.version.String()}
	var names, pinned, request bool
	for _, reason := range q.pin.RequiredBy {
		s := reason.Requirement.Specifiers
		names = names || s.NamesPrerelease()
		pinned = pinned || s.Pins(c.version)
		if !s.Contains(c.version) {
			v.By = append(v.By, newLink(q.r, reason))
			request = request || reason.By == ""
		}
	}
	switch {
	case c.refusal != nil:
		v.Cause, v.Text = c.refused(q)
		if v.Cause == TooNew {
			v.Uploaded, v.Text = c.uploaded()
		}
	case c.yanked && !pinned:
		v.Cause, v.Text = Yanked, "is yanked: only a requirement such as =="+v.Version+" takes it"
	case c.version.IsPrerelease() && q.req.Policy.For(q.pin.Name).Prereleases == resolve.IfNecessary && !names && !q.pin.Version.IsPrerelease():
		v.Cause, v.Text = Prerelease, "is a pre-release, and a final release will do"
	case len(v.By) > 0:
		v.Cause, v.Text, c.open = Excluded, "is excluded: "+joined(v.By, ", "), !request
	default:
		c.open = true
	}
	return v
}

// refused words a refusal.
func (c *rival) refused(q *asking) (Cause, string) {
	on := ""
	if len(q.r.Platform.Variants) > 1 {
		on = " for " + q.r.Platform.Variants[c.variant].Tag
	}
	switch c.refusal.Why {
	case resolve.RequiresOtherPython:
		return RequiresOtherPython, fmt.Sprintf("requires Python %s, not %s", c.refusal.Python, q.r.Platform.Python)
	case resolve.TooNew:
		return TooNew, ""
	case resolve.NotFinal:
		return Prerelease, "is a pre-release"
	case resolve.OtherFormat:
		return OtherFormat, "has no file of a kind that may be chosen"
	}
	if len(c.refusal.Tags) == 0 {
		return NoUsableWheel, "has no wheel" + on + ", only a source distribution"
	}
	return NoUsableWheel, "has no usable wheel" + on + "; on offer: " + abridged(c.refusal.Tags, 6)
}

// uploaded tells when the first of a version's files came, "" where the index does not say.
func (c *rival) uploaded() (at, text string) {
	var first time.Time
	for _, f := range c.page.Files {
		if f.Version.Equal(c.version) && !f.Uploaded.IsZero() && (first.IsZero() || f.Uploaded.Before(first)) {
			first = f.Uploaded
		}
	}
	if first.IsZero() {
		return "", "has no upload time, so exclude-newer leaves it out"
	}
	at = first.UTC().Format(time.RFC3339)
	return at, "was uploaded at " + at + ", so exclude-newer leaves it out"
}

// abridged joins the first of a list and counts the others.
func abridged(list []string, most int) string {
	if len(list) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
	}
	return strings.Join(list, ", ")
}

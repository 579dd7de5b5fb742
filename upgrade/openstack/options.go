package openstack

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

// OptionKind is what happened to an option between two versions.
type OptionKind string

const (
	OptionRemoved    OptionKind = "removed"         // set, and no longer known: it would be ignored
	OptionRenamed    OptionKind = "renamed"         // set by a name that is deprecated
	OptionDeprecated OptionKind = "deprecated"      // set, and to be removed later
	OptionDefault    OptionKind = "default-changed" // not set, and means something else now
)

// OptionChange is one option of the live configuration that the new version reads otherwise. Secrets are shown as ***.
type OptionChange struct {
	Kind    OptionKind `json:"kind"`
	Section string     `json:"section"`
	Option  string     `json:"option"`
	Value   string     `json:"value,omitempty"` // live
	To      string     `json:"to,omitempty"`    // its new name, "[section] option"
	Was     string     `json:"was,omitempty"`   // of default-changed, as JSON
	Now     string     `json:"now,omitempty"`
	Reason  string     `json:"reason,omitempty"`
}

// CompareOptions says what the new version makes of the live configuration, sorted by section and option. old may be nil where the current environment cannot be asked: removed
// options and changed defaults are not known then. What neither catalogue knows (a vendor's own options) is not reported.
func CompareOptions(d Description, old, fresh *Catalogue, live oslo.Stack) []OptionChange {
	o := optionDiff{old: old, fresh: fresh, live: live, backends: backends(d.Backends, live), shared: d.Backends.Shared}
	for _, section := range live.Sections() {
		for _, key := range keys(live, section) {
			o.set(section, key)
		}
	}
	if old != nil {
		for key, was := range old.options {
			o.defaults(key, was)
		}
	}
	slices.SortFunc(o.found, func(a, b OptionChange) int {
		return cmp.Or(strings.Compare(a.Section, b.Section), strings.Compare(a.Option, b.Option), strings.Compare(string(a.Kind), string(b.Kind)))
	})
	return o.found
}

type optionDiff struct {
	old, fresh *Catalogue
	live       oslo.Stack
	backends   []string
	shared     string
	found      []OptionChange
}

// backends lists the sections that have the shared group's options.
func backends(b Backends, live oslo.Stack) []string {
	if b.Option == "" {
		return nil
	}
	all := live.List(b.Section, b.Option)
	for i, name := range all {
		if b.Pairs {
			name, _, _ = strings.Cut(name, ":")
		}
		all[i] = strings.ToLower(strings.TrimSpace(name))
	}
	return all
}

func keys(live oslo.Stack, section string) []string {
	var all []string
	for _, f := range live {
		all = append(all, f.Keys(section)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// group is where a live section's options stand in a catalogue.
func (o *optionDiff) group(section string) string {
	if slices.Contains(o.backends, section) {
		return o.shared
	}
	return section
}

// set judges an option that the live configuration sets.
func (o *optionDiff) set(section, name string) {
	value, _ := o.live.Get(section, name)
	change := OptionChange{Section: section, Option: name}
	key := keyOf(o.group(section), name)
	now, known := o.fresh.options[key]
	change.Value = show(name, value, now.Secret || o.old.secret(key))
	to, renamed := o.fresh.renamed[key]
	if renamed {
		if to.group == o.shared && o.group(section) == o.shared {
			to.group = section
		}
		change.To = "[" + to.group + "] " + to.name
	}
	switch {
	case known && now.Deprecated != "":
		change.Kind, change.Reason = OptionDeprecated, now.Deprecated
	case known:
		return
	case renamed:
		change.Kind = OptionRenamed
	case o.old.knows(key):
		change.Kind = OptionRemoved
	default:
		return
	}
	o.found = append(o.found, change)
}

// defaults judges an option that may not be set.
func (o *optionDiff) defaults(key optionKey, was Option) {
	now, known := o.fresh.options[key]
	if !known || now.Default == was.Default {
		return
	}
	sections := []string{key.group}
	if key.group == o.shared && len(o.backends) > 0 {
		sections = o.backends
	}
	for _, section := range sections {
		if _, set := o.live.Get(section, key.name); set {
			continue
		}
		secret := was.Secret || now.Secret
		o.found = append(o.found, OptionChange{Kind: OptionDefault, Section: section, Option: key.name, Was: show(key.name, was.Default, secret), Now: show(key.name, now.Default, secret)})
	}
}

func (c *Catalogue) knows(key optionKey) bool {
	if c == nil {
		return false
	}
	_, ok := c.options[key]
	_, old := c.renamed[key]
	return ok || old
}

func (c *Catalogue) secret(key optionKey) bool {
	return c != nil && c.options[key].Secret
}

func show(name, value string, secret bool) string {
	if secret && value != "" && value != "null" {
		return "***"
	}
	return oslo.Show(name, value)
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust"
)

// settings is the file of the folder of keys that says how its owner signs.
type settings struct {
	Lifetimes lifetimes `json:"lifetimes"`
}

// lifetimes are how long signatures last, as the flags and the file of settings say it; 0 is the library's default.
type lifetimes struct {
	Root      span `json:"root,omitempty" placeholder:"DURATION" help:"How long signatures of the root last: 365d."`
	Targets   span `json:"targets,omitempty" placeholder:"DURATION" help:"Those of the list of channels: 365d."`
	Channel   span `json:"channel,omitempty" placeholder:"DURATION" help:"Those of releases: 90d."`
	Snapshot  span `json:"snapshot,omitempty" placeholder:"DURATION" help:"Those of the list of versions: 30d."`
	Timestamp span `json:"timestamp,omitempty" placeholder:"DURATION" help:"Those of what is newest: 30d. Clients notice within this time that news are withheld."`
}

func (l lifetimes) trust() trust.Lifetimes {
	return trust.Lifetimes{Root: time.Duration(l.Root), Targets: time.Duration(l.Targets), Channel: time.Duration(l.Channel), Snapshot: time.Duration(l.Snapshot), Timestamp: time.Duration(l.Timestamp)}
}

// or fills in from others what is zero.
func (l lifetimes) or(m lifetimes) lifetimes {
	for _, p := range []struct{ to, from *span }{{&l.Root, &m.Root}, {&l.Targets, &m.Targets}, {&l.Channel, &m.Channel}, {&l.Snapshot, &m.Snapshot}, {&l.Timestamp, &m.Timestamp}} {
		if *p.to == 0 {
			*p.to = *p.from
		}
	}
	return l
}

// span is a duration that may be given in days: 90d, 36h.
type span time.Duration

const (
	day     = 24 * time.Hour
	maxSpan = 100 * 365 * day
)

// UnmarshalText reads a positive span.
func (s *span) UnmarshalText(b []byte) error {
	text, days := string(b), false
	if text, days = strings.CutSuffix(text, "d"); days {
		text += "h"
	}
	d, err := time.ParseDuration(text)
	if days && d < maxSpan {
		d *= 24
	}
	if err != nil || d < time.Second || d > maxSpan {
		return fmt.Errorf("%q is no span of time: write 90d or 36h", b)
	}
	*s = span(d)
	return nil
}

// MarshalText writes whole days as such.
func (s span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s span) String() string {
	if d := time.Duration(s); d%day == 0 {
		return fmt.Sprintf("%dd", d/day)
	}
	return time.Duration(s).String()
}

func readSettings(dir string) (s settings, err error) {
	file := filepath.Join(dir, settingsFile)
	b, err := readOptional(file)
	if err != nil || b == nil {
		return s, err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return s, configError(file, err)
	}
	return s, nil
}

func writeSettings(dir string, s settings) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return writePrivate(filepath.Join(dir, settingsFile), append(b, '\n'), 0o644)
}

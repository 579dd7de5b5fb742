package trust

import (
	"cmp"
	"time"
)

// Lifetimes says how long after its signing metadata expires. The defaults suit a small shop that publishes or renews once a week. Clients notice that a
// mirror withholds news when the timestamp expires, so a larger shop, whose machines sign every few hours, sets 7 days for Snapshot and 1 day for Timestamp.
type Lifetimes struct {
	Root      time.Duration // 0: 365 days
	Targets   time.Duration // 0: 365 days
	Channel   time.Duration // of each channel's role; 0: 90 days
	Snapshot  time.Duration // 0: 30 days
	Timestamp time.Duration // 0: 30 days
}

const day = 24 * time.Hour

// orDefault has no zero field.
func (l Lifetimes) orDefault() Lifetimes {
	return Lifetimes{
		Root:      cmp.Or(l.Root, 365*day),
		Targets:   cmp.Or(l.Targets, 365*day),
		Channel:   cmp.Or(l.Channel, 90*day),
		Snapshot:  cmp.Or(l.Snapshot, 30*day),
		Timestamp: cmp.Or(l.Timestamp, 30*day),
	}
}

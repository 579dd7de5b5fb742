package probe

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// MaxTries is how often an operation is tried that the busy database, or the busy backend, turns away.
const MaxTries = 5

// contentionPause lets the other request end.
const contentionPause = 2 * time.Second

var errBusy = errors.New("the database or the backend stays busy with other requests: try again when less is being done")

// tries runs an operation, and runs it again while nothing but a busy database or backend is to blame: who is turned away by another transaction is meant to ask again (SQLite's SQLITE_BUSY, MySQL's errors 1205 and 1213).
func (o *operations) tries(ctx context.Context, c upgrade.Check, f func(context.Context) (string, error)) upgrade.Check {
	made := len(o.made)
	last := o.try(ctx, c, f)
	for n := 2; n <= MaxTries && busy(last) && sleep(ctx, contentionPause) == nil; n++ {
		o.undo(ctx, made)
		before := last
		last = o.try(ctx, c, f)
		last.Took += before.Took + contentionPause
		if last.Verdict == upgrade.Pass {
			last.Verdict, last.Evidence = upgrade.PassWithFindings, before.Evidence
			last.Detail = strings.TrimPrefix(fmt.Sprintf("%s, at try %d: %s was busy", last.Detail, n, busiest(before.Evidence)), ", ")
		}
	}
	return last
}

// undo takes back what a try left that was turned away in its midst: what it made, and the marks that it set on the volumes it worked on (reserved, extending, uploading, error_deleting), as cinder takes no volume so marked.
// What it cannot take back the next try tells.
func (o *operations) undo(ctx context.Context, made int) {
	ctx, cancel := context.WithTimeout(ctx, o.Step)
	defer cancel()
	for len(o.made) > made && o.remove(ctx, o.made[len(o.made)-1]) == nil {
	}
	o.free(ctx, o.empty, o.fromSnapshot, o.cloned, o.fromImage)
}

// free releases those of the volumes that were made.
func (o *operations) free(ctx context.Context, ids ...string) {
	for _, id := range ids {
		if id != "" {
			_ = o.release(ctx, id)
		}
	}
}

// busy tells a check that could not be judged for contention alone.
func busy(c upgrade.Check) bool {
	return c.Verdict == upgrade.Unknown && onlyOf(c.Evidence, upgrade.Contention)
}

// busiest names what was busy: the database, or another Symbol of the evidence.
func busiest(evidence []upgrade.Evidence) string {
	for _, e := range evidence {
		if e.Class == upgrade.Contention && e.Symbol != "database" {
			return e.Symbol
		}
	}
	return "the database"
}

package upgrade

import (
	"context"
	"log/slog"
)

// Upgrader moves one component to another version. Its fields are the roles of this package; those without a default are required, and a missing one is a *MissingFieldError.
type Upgrader struct {
	Component   Component    // required
	Root        string       // required: folder of the environments, <Root>/<component>-<version>
	State       string       // required: folder of the Record and of the lock
	Switcher    Switcher     // required
	Picker      TargetPicker // required
	Provisioner Provisioner  // required
	Configurer  Configurer   // required
	Runner      Runner       // required
	Verifier    Verifier     // required: judges what runs after the switch
	Trial       Verifier     // judges the trial; nil: Verifier
	Database    Database     // nil: the component has none, or another host migrates it: nothing is copied, saved or migrated
	Inspector   Inspector    // nil: a Plan says less

	Services []string  // only these run on this host; none: all of the component
	Before   []Command // make ready what a trial needs, a virtual host of the message queue for one; run as the caller before each trial
	After    []Command // undo Before

	Observer func(Event)         // called by one goroutine at a time
	Logger   *slog.Logger        // nil: discarded
	Journal  func(*Record) error // called after each durable write of the Record, for tests of kills; an error ends the flow there as a kill would
}

// Upgrade does it: reads what runs, picks a target, makes its environment, rehearses, tries, switches and verifies, and does it again with what it learned where the function is not
// normal. On error the old version runs, or the error says what does. An earlier upgrade that did not end is ErrUnfinished.
func (u *Upgrader) Upgrade(ctx context.Context) (*Record, error) { panic("stub") }

// Resume goes on with an upgrade, or a rollback, that was interrupted. None is ErrNoUpgrade; one that has ended is returned as it is.
func (u *Upgrader) Resume(ctx context.Context) (*Record, error) { panic("stub") }

// Restore says what a rollback does with a database that was migrated.
type Restore string

const (
	RestoreLossless Restore = ""       // restore it where nothing would be lost, else leave it (ErrNotRestored beside the Record: the old code runs on the new schema)
	RestoreAlways   Restore = "always" // also what was written since is lost: Record.Losses lists it
	RestoreNever    Restore = "never"
)

// Rollback brings back what ran before the upgrade, of whatever state that is in.
func (u *Upgrader) Rollback(ctx context.Context, restore Restore) (*Record, error) { panic("stub") }

// Status reads the Record of the last upgrade. None is ErrNoUpgrade.
func (u *Upgrader) Status(ctx context.Context) (*Record, error) { panic("stub") }

// Plan says what Upgrade would do, and why. It makes the target's environment, beside all others, as only that tells what becomes of the configuration and the database; Upgrade uses it
// then. Nothing that runs is touched.
func (u *Upgrader) Plan(ctx context.Context) (*Plan, error) { panic("stub") }

// Finish ends the possibility to go back: the snapshot and what was written for verification are removed. The old environments stay.
func (u *Upgrader) Finish(ctx context.Context) error { panic("stub") }

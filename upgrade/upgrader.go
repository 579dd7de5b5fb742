package upgrade

import (
	"context"
	"io"
	"log/slog"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
)

// Upgrader moves one component to another version. Its fields are the roles of this package; those without a default are required, and a missing one is a *MissingFieldError.
type Upgrader struct {
	Component   Component    // required
	Real        Subject      // required: what runs where nothing was upgraded yet, as the Switcher has it
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

	Classify func(log io.Reader) []Evidence                            // of what a command wrote; nil: a command that fails is evidence of nothing
	Modules  map[string]pep508.Name                                    // distributions of modules that have another name
	Open     func(ctx context.Context, root string) (*venv.Env, error) // nil: venv.Open

	Observer func(Event)         // called by one goroutine at a time
	Logger   *slog.Logger        // nil: discarded
	Journal  func(*Record) error // called after each durable write of the Record, for tests of kills; an error ends the flow there as a kill would
}

// Upgrade does it: reads what runs, picks a target, makes its environment, rehearses, tries, switches and verifies, and does it again with what it learned where the function is not
// normal. On error the old version runs, or the error says what does. An earlier upgrade that did not end is ErrUnfinished. When ctx ends, what was begun is taken back.
func (u *Upgrader) Upgrade(ctx context.Context) (*Record, error) {
	f, err := u.open(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if !f.rec.State.Done() {
		return f.rec, &Error{u.Component.Name, f.rec.Step, f.rec.State, ErrUnfinished}
	}
	if err := f.begin(ctx); err != nil {
		return nil, &Error{u.Component.Name, StepRead, Stopped, err}
	}
	return f.rec, f.run(ctx)
}

// Resume goes on with an upgrade, or a rollback, that was interrupted. None is ErrNoUpgrade; one that has ended is returned as it is.
func (u *Upgrader) Resume(ctx context.Context) (*Record, error) {
	f, err := u.reopen(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := f.recall(ctx); err != nil {
		return f.rec, &Error{u.Component.Name, f.rec.Step, f.rec.State, err}
	}
	return f.rec, f.run(ctx)
}

// Restore says what a rollback does with a database that was migrated.
type Restore string

const (
	RestoreLossless Restore = "lossless" // the default: where nothing would be lost; else the old code runs on the new schema, and Record.Losses lists what a restore would lose
	RestoreAlways   Restore = "always"   // Record.Losses lists what was lost
	RestoreNever    Restore = "never"    // unless a migration was cut off in the middle
)

// Rollback brings back what ran before the upgrade, of whatever state that is in, and verifies it: a version that does not pass, as it perhaps never did, is an error that wraps a
// *VerifyError. One that was rolled back already stays, but for a database that RestoreAlways asks for.
func (u *Upgrader) Rollback(ctx context.Context, restore Restore) (*Record, error) {
	f, err := u.reopen(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if err := f.recall(ctx); err != nil {
		return f.rec, &Error{u.Component.Name, f.rec.Step, f.rec.State, err}
	}
	if err := f.turn(ctx, restore); err != nil {
		return f.rec, err
	}
	return f.rec, f.run(ctx)
}

// Status reads the Record of the last upgrade, also while that is under way. None is ErrNoUpgrade. Only Component and State are needed.
func (u *Upgrader) Status(ctx context.Context) (*Record, error) {
	if u.Component.Name == "" {
		return nil, &MissingFieldError{"Component"}
	}
	if u.State == "" {
		return nil, &MissingFieldError{"State"}
	}
	rec, err := u.record()
	if err != nil {
		return nil, err
	}
	if rec.State == "" {
		return nil, &Error{u.Component.Name, StepRead, "", ErrNoUpgrade}
	}
	return rec, ctx.Err()
}

// Finish ends the possibility to go back with the data: the snapshots and what was written for verification are removed. The old environments stay.
func (u *Upgrader) Finish(ctx context.Context) (*Record, error) {
	f, err := u.reopen(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	if !f.rec.State.Done() {
		return f.rec, &Error{u.Component.Name, f.rec.Step, f.rec.State, ErrUnfinished}
	}
	if err := f.step(ctx, action{StepClean, f.forget}); err != nil {
		return f.rec, &Error{u.Component.Name, StepClean, f.rec.State, err}
	}
	return f.rec, nil
}

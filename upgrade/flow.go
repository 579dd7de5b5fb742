package upgrade

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The method, step by step. Every step may be done again: that is how a resume goes on.

// preparing touches nothing that runs.
func (f *flow) preparing() []action {
	return []action{
		{StepPick, f.pick},           // a version above the current one, with what was learned so far
		{StepResolve, f.resolve},     // all that it needs, under its series' upper-constraints
		{StepPrepare, f.prepare},     // write under the old version what the new one must read
		{StepProvision, f.provision}, // its environment, beside the real one
		{StepRehearse, f.rehearse},   // the migration, on a copy of the database
		{StepTrial, f.try},           // the services that drive the third party, apart from production
		{StepConfigure, f.configure}, // a configuration generation of its own
	}
}

// switching moves production. Services are down from StepStop to StepStart.
func (f *flow) switching() []action {
	return []action{
		{StepStop, f.stop},
		{StepSnapshot, f.snapshot},
		{StepMigrate, f.migrate},
		{StepSwitch, f.point},
		{StepStart, f.start},
		{StepOnline, f.online},
		{StepVerify, f.verify},
	}
}

// goingBack is the code first; the database follows where that loses nothing.
func (f *flow) goingBack() []action {
	return []action{
		{StepStop, f.stopNew},
		{StepRestore, f.restore},
		{StepSwitch, f.pointBack},
		{StepStart, f.startOld},
		{StepVerify, f.verifyOld},
		{StepClean, f.clean},
	}
}

// run goes on from the record's state until it is done. What goes wrong before the switch ends the round, after it takes it back; then either what was learned makes another round worth
// it, or that was the upgrade.
func (f *flow) run(ctx context.Context) error {
	for {
		var err error
		switch f.rec.State {
		case Preparing:
			if err = f.steps(ctx, f.preparing()); err == nil {
				err = f.enter(Switching)
			} else {
				err = f.leaveRound(ctx, err)
			}
		case Switching:
			if err = f.steps(ctx, f.remaining()); err == nil {
				err = f.enter(Upgraded)
			} else {
				err = f.turnBack(ctx, err)
			}
		case GoingBack, Broken:
			err = f.takeBack(ctx)
		default:
			return f.ended()
		}
		if err != nil {
			return err
		}
	}
}

// remaining is what is left of the switch: services that were started are not stopped again, all else begins with a stop, as the host may have been started anew between.
func (f *flow) remaining() []action {
	all := f.switching()
	if from := slices.IndexFunc(all, func(a action) bool { return a.step == StepStart }); f.resumed && slices.ContainsFunc(all[from:], func(a action) bool { return a.step == f.rec.Step }) {
		return all[from:]
	}
	return all
}

// leaveRound ends a round that touched nothing: another follows, or the upgrade is given up.
func (f *flow) leaveRound(ctx context.Context, cause error) error {
	if isCut(cause) {
		return cause
	}
	own, cancel := afterwards(ctx)
	defer cancel()
	cause = errors.Join(cause, f.endTrial(own))
	if f.learn(ctx, cause) {
		f.rec.Round++
		return f.enter(Preparing)
	}
	f.cause, f.rec.Problem = f.describe(cause), cause.Error()
	if f.switchedBefore() { // the way back of that round left the judgement of the old version to this one
		f.rec.Restore, f.rec.Again = RestoreLossless, false
		return f.enter(GoingBack)
	}
	if err := f.step(own, action{StepClean, f.clean}); err != nil {
		f.cause = errors.Join(f.cause, err)
	} else {
		f.rec.To = nil
	}
	return f.enter(Stopped)
}

// switchedBefore reports whether a round of this upgrade came as far as to switch.
func (f *flow) switchedBefore() bool {
	return slices.ContainsFunc(f.rec.Accounts, func(a Account) bool { return a.Step == StepSwitch })
}

// turnBack begins the way back from a switch that went wrong.
func (f *flow) turnBack(ctx context.Context, cause error) error {
	if isCut(cause) {
		return cause
	}
	f.cause, f.rec.Problem = f.describe(cause), cause.Error()
	f.rec.Restore, f.rec.Again = RestoreLossless, f.learn(ctx, cause)
	return f.enter(GoingBack)
}

// takeBack goes the way back. It does not end with ctx, as the old version has to run again.
func (f *flow) takeBack(ctx context.Context) error {
	own, cancel := afterwards(ctx)
	defer cancel()
	if err := f.steps(own, f.goingBack()); err != nil {
		if isCut(err) {
			return err
		}
		f.rec.Problem = err.Error()
		if werr := f.enter(Broken); werr != nil {
			return werr
		}
		return &Error{f.u.Component.Name, f.rec.Step, Broken, errors.Join(err, f.cause)}
	}
	f.rec.Switched, f.rec.To = false, nil
	if f.rec.Again && ctx.Err() == nil {
		f.rec.Again, f.rec.Migrated, f.rec.Problem, f.cause = false, NotBegun, "", nil
		f.rec.Round++
		return f.enter(Preparing)
	}
	return f.enter(RolledBack)
}

// ended is what a flow returns: nil where it came to what was asked for.
func (f *flow) ended() error {
	if f.cause == nil && f.rec.State != Upgraded && f.rec.Problem != "" { // of an earlier process
		f.cause = f.describe(errors.New(f.rec.Problem))
	}
	if f.rec.State == Upgraded || f.cause == nil {
		return nil
	}
	var known *Error
	if !errors.As(f.cause, &known) {
		known = &Error{f.u.Component.Name, f.rec.Step, f.rec.State, f.cause}
	}
	known.State = f.rec.State
	return known
}

// describe names the step at which a cause arose.
func (f *flow) describe(cause error) error {
	return &Error{f.u.Component.Name, f.rec.Step, f.rec.State, cause}
}

// action is one step and what it does.
type action struct {
	step Step
	do   func(ctx context.Context) error
}

func (f *flow) steps(ctx context.Context, all []action) error {
	for _, a := range all {
		if err := f.step(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// step does one, with its account in the record before and after.
func (f *flow) step(ctx context.Context, a action) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	began := time.Now()
	f.rec.Step = a.step
	f.rec.Accounts = append(f.rec.Accounts, Account{Round: f.rec.Round, Step: a.step, Began: began.UTC()})
	if err := f.write(); err != nil {
		return err
	}
	f.tell(StepBegun, "", 0)
	err := a.do(ctx)
	if isCut(err) {
		return err
	}
	account := &f.rec.Accounts[len(f.rec.Accounts)-1]
	account.Took = max(time.Since(began), time.Nanosecond)
	if err != nil {
		account.Problem = err.Error()
		f.tell(StepFailed, err.Error(), account.Took)
		return errors.Join(err, f.write())
	}
	f.tell(StepDone, "", account.Took)
	return f.write()
}

// note adds a sentence to the account of the step under way.
func (f *flow) note(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if n := len(f.rec.Accounts); n > 0 {
		f.rec.Accounts[n-1].Notes = append(f.rec.Accounts[n-1].Notes, text)
	}
	f.tell(Noted, text, 0)
}

func (f *flow) tell(kind EventType, text string, took time.Duration) {
	e := Event{Component: f.u.Component.Name, Round: f.rec.Round, Step: f.rec.Step, Type: kind, Text: text, Took: took}
	if f.rec.Target != nil {
		e.Target = f.rec.Target.Version
	}
	f.log.Info("upgrade", "component", e.Component, "round", e.Round, "step", e.Step, "event", kind, "text", text, "took", took)
	if f.u.Observer != nil {
		f.u.Observer(e)
	}
}

// enter changes the state, durably.
func (f *flow) enter(s State) error {
	f.rec.State = s
	f.resumed = false
	return f.write()
}

// backTime bounds a way back, and the cleaning after a failure.
const backTime = 30 * time.Minute

// afterwards is a context for what has to be done although ctx ended.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), backTime)
}

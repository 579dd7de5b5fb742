package bundle

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Updater keeps an application's python folder at what the update configuration says for its platform. Its fields must not change while it works. Several
// Updaters, also in several processes, may work on one folder: one does, the others wait.
//
// A host calls Recover before it starts its Python and ends that Python before Update: a set of libraries takes several renames, and whoever imports in the
// middle of them meets both.
type Updater struct {
	Source    Source       // required
	Fetcher   dist.Fetcher // required: brings bundles
	Platform  string       // required: the platform's name in the update configuration
	Tag       string       // which kind of machine, where the platform has several: win32, win_amd64
	PythonDir string       // required: the folder; made where absent

	Packagers     []Packager    // of the formats that are accepted; nil: Zip{}
	ClientVersion string        // SemVer of the host application, for the update configuration's min_client
	Retry         bool          // takes a release that Rollback took back
	AllowPth      []pep508.Name // libraries that may bring .pth, .egg-link and .start files, which Python executes at its start in some folders
	Verify        bool          // hash every file of what is installed; else only what a RECORD, presence and sizes tell is noticed
	LockTimeout   time.Duration // 0: DefaultLockTimeout; negative: do not wait
	Concurrency   int           // bundles in work at once; 0: DefaultConcurrency

	Observer Observer     // nil: none
	Logger   *slog.Logger // nil: discarded

	seams seams
}

// Update makes the folder hold what the update configuration says for the platform, and tells what it did:
//
//   - a library that is absent, has another version (newer or older), another RECORD, or is damaged is installed anew;
//   - what it replaces goes by its own RECORD, whoever installed it, with its bytecode;
//   - a library that is no longer listed is removed if Chandlery installed it;
//   - a file in no RECORD is never touched, and keeps a library's file from coming in at its path (*FileConflictError).
//
// A release that is rolled out to a part of the clients is taken if this one is among them. That is decided here, by a random number that the folder keeps. Who is not among them
// keeps what it has, without an error (UpdatePlan.Hold); a folder that has no release of the channel yet, or no library at all, takes whatever is live. A release that Rollback took back
// is held off likewise, until a later one brings something else, or by Retry.
//
// Everything is downloaded, unpacked and verified beside the live files first. An end of ctx or any error until then leaves the folder as it was. Then
// renames switch the whole set; a kill among them is Recover's to complete. What went out is kept for one Rollback. Where nothing has to change, nothing is
// transferred and no file changes, but for the note of a newer release. Errors are *Error or Errors.
func (u *Updater) Update(ctx context.Context) (plan *UpdatePlan, err error) {
	run, err := u.begin()
	if err != nil {
		return nil, err
	}
	f, err := createFolder(u.PythonDir, u.seams)
	if err != nil {
		return nil, stepError(StepLock, err)
	}
	defer f.end(&err)
	return run.update(ctx, f)
}

func (r *updating) update(ctx context.Context, f *folder) (*UpdatePlan, error) {
	state, err := r.lockAndRecover(ctx, f)
	if err != nil {
		return nil, err
	}
	plan, err := r.plan(ctx, f, state)
	if err != nil {
		return nil, err
	}
	before := state.Release
	state, news := state.took(plan)
	if !plan.Changes() {
		if news {
			err = f.writeState(state)
		}
		return plan, stepError(StepClean, err)
	}
	if err := r.reserve(f, plan); err != nil {
		return nil, err
	}
	t, err := f.Begin()
	if err != nil {
		return nil, stepError(StepStage, err)
	}
	staged, err := r.stage(ctx, f, t, plan)
	if err == nil {
		err = r.switchTo(ctx, f, t, change{arrivals: staged, out: plan.out, stay: plan.stay, libraries: plan.changed(), before: before, state: state})
	}
	if err != nil {
		return nil, r.giveUp(t, err)
	}
	r.clean(ctx, f, t.ID)
	return plan, nil
}

// Plan says what Update would do, and why. It transfers no bundle, takes no lock and changes nothing, so a folder that is absent or cannot be written is fine; what an
// interrupted update left is looked at as it lies.
func (u *Updater) Plan(ctx context.Context) (plan *UpdatePlan, err error) {
	run, err := u.begin()
	if err != nil {
		return nil, err
	}
	f, err := openFolder(u.PythonDir, u.seams)
	if errors.Is(err, fs.ErrNotExist) {
		return run.plan(ctx, nil, folderState{})
	}
	if err != nil {
		return nil, stepError(StepInspect, err)
	}
	defer f.end(&err)
	state, err := f.usableState(run.warner(StepInspect))
	if err != nil {
		return nil, stepError(StepInspect, err)
	}
	return run.plan(ctx, f, state)
}

// updating is one run of an Updater.
type updating struct {
	*Updater
	steps     *steps
	log       *slog.Logger
	packagers []Packager
}

// begin checks the Updater's fields and fills its defaults in, before any work.
func (u *Updater) begin() (*updating, error) {
	for _, field := range []struct {
		name    string
		missing bool
	}{{"Source", u.Source == nil}, {"Fetcher", u.Fetcher == nil}, {"Platform", u.Platform == ""}, {"PythonDir", u.PythonDir == ""}} {
		if field.missing {
			return nil, &MissingFieldError{Type: "bundle.Updater", Field: field.name}
		}
	}
	run := u.run()
	if len(run.packagers) == 0 {
		run.packagers = []Packager{Zip{}}
	}
	return run, nil
}

func (u *Updater) run() *updating {
	log := u.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &updating{Updater: u, steps: newSteps(u.Observer), log: log, packagers: u.Packagers}
}

// warner tells what stops nothing.
func (r *updating) warner(step Step) func(error) {
	return func(err error) {
		r.log.Warn(err.Error(), "step", step)
		r.steps.warn(Event{Step: step, Message: err.Error()})
	}
}

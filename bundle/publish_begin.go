package bundle

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
)

// begin checks the Publisher's fields and what the configuration asks of it, before any work.
func (p *Publisher) begin(cfg *manifest.Config) (*publishing, error) {
	run := &publishing{Publisher: *p, cfg: cfg, resolver: p.Resolver, packager: p.Packager, current: p.Current, platforms: p.Platforms,
		log: p.Logger, steps: newSteps(p.Observer)}
	if run.current == nil {
		run.current, _ = p.Sink.(Source)
	}
	if err := run.required(); err != nil {
		return nil, err
	}
	if run.resolver == nil {
		run.resolver = &resolve.Solver{Index: p.Index}
	}
	if run.packager == nil {
		run.packager = Zip{}
	}
	if run.platforms == nil {
		run.platforms = manifest.BuiltinPlatforms()
	}
	if run.log == nil {
		run.log = slog.New(slog.DiscardHandler)
	}
	run.steps.start(StepConfigure, len(cfg.Libraries), 0)
	return run, run.steps.finish(StepConfigure, join(run.checkOptions(), run.checkPlatforms(), run.readLaunchers()))
}

func (r *publishing) required() error {
	for _, field := range []struct {
		name    string
		missing bool
	}{
		{"Index", r.Index == nil && r.Resolver == nil},
		{"Fetcher", r.Fetcher == nil},
		{"Store", r.Store == nil},
		{"Sink", r.Sink == nil},
		{"Current", r.current == nil},
	} {
		if field.missing {
			return &MissingFieldError{Type: "bundle.Publisher", Field: field.name}
		}
	}
	if r.cfg == nil {
		return &Error{Step: StepConfigure, Kind: KindUsage, Err: errors.New("there is no configuration")}
	}
	if len(r.cfg.Libraries) == 0 { // a release of nothing empties the folders of all clients
		return &Error{Step: StepConfigure, Kind: KindUsage, Err: errors.New("the configuration names no library")}
	}
	return nil
}

func (r *publishing) checkOptions() error {
	var problems []error
	if !manifest.CheckWord(r.channel()) {
		problems = append(problems, &Error{Step: StepConfigure, Kind: KindUsage,
			Err: fmt.Errorf("%q is no name of a channel", r.channel()), Advice: "use letters, digits, dots, dashes and underscores only"})
	}
	if _, err := semver.StrictNewVersion(r.MinClient); r.MinClient != "" && err != nil {
		problems = append(problems, &Error{Step: StepConfigure, Kind: KindUsage,
			Err: fmt.Errorf("the oldest client's version %q is no semantic version", r.MinClient), Advice: "write it like 1.2.0"})
	}
	return join(append(problems, r.checkRollout())...)
}

func (r *publishing) checkRollout() error {
	switch {
	case r.Rollout == nil:
	case r.Rollout.Percent < 0 || r.Rollout.Percent > 100:
		return &Error{Step: StepConfigure, Kind: KindUsage, Err: fmt.Errorf("a roll-out to %d of 100 clients", r.Rollout.Percent), Advice: "write 0 to 100"}
	case r.Rollout.Salt != "" && !manifest.CheckWord(r.Rollout.Salt):
		return &Error{Step: StepConfigure, Kind: KindUsage, Err: fmt.Errorf("the salt %q of the roll-out is no word", r.Rollout.Salt),
			Advice: "use letters, digits, dots, dashes and underscores only"}
	}
	return nil
}

// checkPlatforms reports every platform that the configuration names and nobody defined.
func (r *publishing) checkPlatforms() error {
	known := slices.Sorted(maps.Keys(r.platforms))
	var problems []error
	for _, lib := range r.cfg.Libraries {
		for _, name := range slices.Sorted(maps.Keys(lib.Expected)) {
			if _, ok := r.platforms[name]; !ok {
				problems = append(problems, &Error{Library: string(lib.Name), Platform: name, Step: StepConfigure, Kind: KindConfig,
					Err: fmt.Errorf("unknown platform%s", atLine(lib.Line)), Advice: "known are " + strings.Join(known, ", ") + "; others need a platforms file"})
			}
		}
	}
	return join(problems...)
}

func atLine(line int) string {
	if line == 0 {
		return ""
	}
	return fmt.Sprintf(" (library of line %d)", line)
}

// end removes what the run left in the work folder. That it cannot is told and changes nothing: what was published is published.
func (r *publishing) end() {
	if r.work == "" {
		return
	}
	if e := os.RemoveAll(r.work); e != nil {
		r.log.Warn("temporary files stay", "folder", r.work, "err", e)
		r.steps.warn(Event{Step: StepPack, File: r.work, Message: "temporary files stay: " + e.Error()})
	}
}

package upgrade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// rehearse runs the migration on a copy of the database, in a generation that is kept apart from production.
func (f *flow) rehearse(ctx context.Context) error {
	if err := f.endTrial(ctx); err != nil {
		return err
	}
	if f.u.Database == nil && f.component.Database.Option != "" {
		f.note("without rehearsal and trial: the database is not copied from here, and a trial must not write to production's")
		return nil
	}
	config, err := f.u.Configurer.Configure(ctx, f.from, f.env, true)
	if errors.Is(err, ErrNoTrial) {
		f.note("without rehearsal: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	s := Subject{Component: f.component, Env: f.env, Version: f.rec.Target.Version, Config: config, Trial: true}
	g := generationOf(s)
	f.rec.Trial = &g
	if err := f.write(); err != nil {
		return err
	}
	if err := f.isolate(ctx, &s); err != nil {
		return err
	}
	if err := f.commands(ctx, s, f.component.Database.Sync, f.component.Database.Online); err != nil {
		return err
	}
	if err := f.commands(ctx, s, f.component.Check); err != nil {
		return errors.Join(err, f.findings(ctx))
	}
	return nil
}

// findings are the rows that a check of the platform may have failed for, as it does not name them itself.
func (f *flow) findings(ctx context.Context) error {
	if f.u.Inspector == nil || ctx.Err() != nil {
		return nil
	}
	forecast, err := f.u.Inspector.Inspect(ctx, f.from, f.env)
	if err != nil {
		return err
	}
	var all []error
	for _, found := range forecast.Findings {
		all = append(all, fmt.Errorf("%s (%s): %s", found.Name, strings.Join(found.Rows, "; "), found.Advice))
	}
	return errors.Join(all...)
}

// isolate makes what the trial needs beside its configuration.
func (f *flow) isolate(ctx context.Context, s *Subject) (err error) {
	for _, c := range f.u.Before {
		if err := f.beside(ctx, c); err != nil {
			return err
		}
	}
	if f.u.Database != nil {
		if s.Config, err = f.u.Database.Copy(ctx, *s); err != nil {
			return err
		}
		f.rec.Trial.Config = s.Config
		if err := f.write(); err != nil {
			return err
		}
	}
	return f.grant(ctx, *s)
}

// beside runs a command of the trial's surroundings.
func (f *flow) beside(ctx context.Context, c Command) error {
	result, err := f.u.Runner.Run(ctx, f.from, c)
	if err == nil || isCut(err) {
		return err
	}
	if name, kept := f.keep(c.Name, result.Output); kept == nil {
		return fmt.Errorf("%w; what it wrote: %s", err, name)
	}
	return err
}

// commands runs them in turn. One that fails is evidence.
func (f *flow) commands(ctx context.Context, s Subject, lists ...[]Command) error {
	for _, list := range lists {
		for _, c := range list {
			began := time.Now()
			result, err := f.u.Runner.Run(ctx, s, c)
			if err == nil {
				f.note("%s: exit code %d, %.1f s", c.Name, result.Code, result.Duration.Seconds())
				continue
			}
			if ctx.Err() != nil || isCut(err) {
				return err
			}
			return f.commandFailed(s, c, result, time.Since(began), err)
		}
	}
	return nil
}

// commandFailed keeps what a command wrote, which may hold secrets, for the operator alone.
func (f *flow) commandFailed(s Subject, c Command, result Result, took time.Duration, err error) error {
	check := Check{Level: "L0", Name: c.Name, Verdict: Fail, Detail: err.Error(), Took: took}
	if f.u.Classify != nil {
		check.Evidence = f.u.Classify(bytes.NewReader(result.Output))
	}
	if name, kept := f.keep(c.Name, result.Output); kept == nil {
		check.Detail += "; what it wrote: " + name
	}
	report := NewReport(check)
	f.rec.Report = &report
	return &VerifyError{Trial: s.Trial, Report: report}
}

// try starts the services that drive the third party, and judges them.
func (f *flow) try(ctx context.Context) error {
	if f.rec.Trial == nil {
		f.note("without trial")
		return nil
	}
	s, err := f.subject(ctx, *f.rec.Trial)
	if err != nil {
		return err
	}
	for _, svc := range f.component.Services {
		if !svc.Driver {
			continue
		}
		if _, err := f.u.Runner.Start(ctx, s, svc); err != nil {
			return fmt.Errorf("%s: %w", svc.Name, err)
		}
	}
	verifier := f.u.Trial
	if verifier == nil {
		verifier = f.u.Verifier
	}
	if err := f.judge(ctx, verifier, s); err != nil {
		return err
	}
	return f.endTrial(ctx)
}

// endTrial removes whatever there is of a trial, also where its environment cannot be opened any more.
func (f *flow) endTrial(ctx context.Context) error {
	if f.rec.Trial == nil {
		return nil
	}
	s, err := f.subject(ctx, *f.rec.Trial)
	if err != nil {
		f.note("the trial's environment cannot be opened: %v", err)
	}
	problems := []error{f.stopAll(ctx, s)}
	if d, ok := f.u.Database.(Dropper); ok {
		problems = append(problems, d.Drop(ctx, s))
	}
	problems = append(problems, f.revoke(ctx, s))
	for _, c := range f.u.After {
		problems = append(problems, f.beside(ctx, c))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("the trial leaves something behind: %w", err)
	}
	f.rec.Trial = nil
	return f.write()
}

// judge asks a verifier. Only a pass, with findings or without, is none of its errors.
func (f *flow) judge(ctx context.Context, v Verifier, s Subject) error {
	report, err := v.Verify(ctx, s)
	f.rec.Report = &report
	for _, c := range report.Checks {
		f.note("%s", c.sentence())
	}
	switch {
	case report.Verdict == Fail:
		return errors.Join(&VerifyError{s.Trial, report}, err)
	case err != nil:
		return err
	case report.Verdict == Unknown:
		return &VerifyError{s.Trial, report}
	case report.Verdict == NotApplicable && !s.Trial:
		return errors.Join(&VerifyError{s.Trial, report}, ErrNoVerifier)
	}
	return nil
}

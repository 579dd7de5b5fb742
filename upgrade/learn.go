package upgrade

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// learn decides whether another round may help, by the classes of the evidence, and adds to the record what that round goes by. Each round refuses a version, adds a distribution, or
// makes an environment anew for the first time, so that there are no more rounds than candidates and faults.
func (f *flow) learn(ctx context.Context, cause error) bool {
	var failed *VerifyError
	if ctx.Err() != nil || !errors.As(cause, &failed) || failed.Report.Verdict != Fail || f.rec.Target == nil {
		return false
	}
	by := map[Class][]Evidence{}
	for _, c := range failed.Report.Checks {
		if c.Verdict == Fail {
			for _, e := range c.Evidence {
				by[e.Class] = append(by[e.Class], e)
			}
		}
	}
	switch {
	case len(by[OldHelper]) > 0: // other code than the target's answered: nothing that it said is of the target
		return false
	case len(by[BrokenEnvironment]) > 0:
		return f.anew()
	case len(by[MissingDependency]) > 0 && f.add(by[MissingDependency]):
		return true
	case len(by[MissingAPI])+len(by[MissingOption]) > 0:
		f.refuse(append(by[MissingAPI], by[MissingOption]...))
		return true
	}
	return false
}

// anew asks for the same environment once more, once for each version.
func (f *flow) anew() bool {
	if f.rec.Rebuilt == f.rec.Target.Version.String() {
		return false
	}
	f.rec.Fresh, f.rec.Rebuilt = true, f.rec.Target.Version.String()
	f.note("the environment is at fault: it is made anew")
	return true
}

// add learns distributions from missing modules. None that is new is nothing learned.
func (f *flow) add(missing []Evidence) bool {
	var added []string
	for _, e := range missing {
		module, _, _ := strings.Cut(e.Symbol, ".")
		name, known := f.u.Modules[module]
		if !known {
			parsed, err := pep508.ParseName(strings.ReplaceAll(module, "_", "-"))
			if err != nil {
				continue
			}
			name = f.distribution(parsed)
		}
		if !slices.Contains(f.rec.Learned, string(name)) && !slices.Contains(added, string(name)) {
			added = append(added, string(name))
		}
	}
	f.rec.Learned = append(f.rec.Learned, added...)
	if len(added) > 0 {
		f.note("missing distributions are added: %s", strings.Join(added, ", "))
	}
	return len(added) > 0
}

// distribution is the one that a module of that name comes from: by its own name, unless the constraints know the platform's habit (python-cinderclient) instead.
func (f *flow) distribution(module pep508.Name) pep508.Name {
	constrained := func(name pep508.Name) bool {
		return slices.ContainsFunc(f.rec.Target.Constraints, func(r pep508.Requirement) bool { return r.Name == name })
	}
	if prefixed := "python-" + module; !constrained(module) && constrained(prefixed) {
		return prefixed
	}
	return module
}

// refuse learns that a version will not do.
func (f *flow) refuse(evidence []Evidence) {
	var symbols []string
	for _, e := range evidence {
		text := e.Symbol
		if text == "" {
			text = e.Text
		}
		if !slices.Contains(symbols, text) {
			symbols = append(symbols, text)
		}
	}
	r := Refusal{Version: f.rec.Target.Version, Reason: "tried: it lacks " + strings.Join(symbols, ", "), Evidence: evidence}
	f.rec.Refused = append(f.rec.Refused, r)
	f.note("%s is refused: %s", r.Version, r.Reason)
}

// keep saves what a command wrote, for the operator's eyes.
func (f *flow) keep(command string, output []byte) (string, error) {
	name := fmt.Sprintf("round-%d-%s.log", f.rec.Round, strings.Map(func(r rune) rune {
		if strings.ContainsRune(" /\\:", r) {
			return '-'
		}
		return r
	}, command))
	return filepath.Join(f.u.folder(), name), durable.WriteFile(f.dir, name, output, 0o600)
}

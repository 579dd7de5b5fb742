package probe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// Unchanged judges level L5: the files of Folders are byte for byte as Prepare found them (content, kind, permissions, targets of links; none
// more, none fewer), and the processes of other services are the same, by number and start time. Times of files do not count. It judges trials as well.
type Unchanged struct {
	Folders  []string // the real environment's site folders and scripts, other services' environments
	Exclude  []string // path.Match patterns of file and folder names that are not looked at, "__pycache__" for one
	PIDFiles []string // of other services
	// Processes names further processes, where no file tells: "rabbitmq" to 4711. nil: none.
	Processes func(ctx context.Context) (map[string]int, error)
	File      string // keeps what Prepare found for a Verify of another process; "": it is kept in memory

	mu   sync.Mutex
	kept *found
}

// found is what Prepare sees.
type found struct {
	Files     map[string]string `json:"files"`     // fingerprint by path
	Processes map[string]string `json:"processes"` // "4711 since 8654321" by name
}

const (
	foundSchema = 1
	maxNamed    = 20 // differences that a check names
)

// Prepare looks at all of it. A second one replaces the first, unless File keeps one of an earlier process: an upgrade that is resumed is compared with its begin.
func (v *Unchanged) Prepare(ctx context.Context, _ upgrade.Subject) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.File != "" && v.kept == nil {
		if known, err := v.load(); known != nil || err != nil {
			return err
		}
	}
	now, err := v.look(ctx)
	if err != nil {
		return err
	}
	v.kept = &now
	if v.File == "" {
		return nil
	}
	return saveRecord(v.File, foundSchema, now)
}

func (v *Unchanged) load() (*found, error) {
	if v.kept != nil || v.File == "" {
		return v.kept, nil
	}
	var f found
	ok, err := loadRecord(v.File, foundSchema, &f)
	if ok {
		v.kept = &f
	}
	return v.kept, err
}

func (v *Unchanged) look(ctx context.Context) (f found, err error) {
	if f.Files, err = fingerprints(ctx, v.Folders, v.Exclude); err != nil {
		return f, err
	}
	f.Processes, err = v.processes(ctx)
	return f, err
}

// processes gives each one's identity; "" for one that does not run.
func (v *Unchanged) processes(ctx context.Context) (map[string]string, error) {
	all := map[string]string{}
	for _, name := range v.PIDFiles {
		pid, err := readPID(name)
		if err == nil {
			all[name], err = identity(pid)
		}
		if err != nil {
			return nil, err
		}
	}
	if v.Processes == nil {
		return all, nil
	}
	pids, err := v.Processes(ctx)
	if err != nil {
		return nil, fmt.Errorf("other services' processes: %w", err)
	}
	for name, pid := range pids {
		if all[name], err = identity(pid); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Verify looks again. Without a Prepare before it nothing can be judged; where there is nothing to look at, it is NotApplicable.
func (v *Unchanged) Verify(ctx context.Context, _ upgrade.Subject) (upgrade.Report, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.Folders) == 0 && len(v.PIDFiles) == 0 && v.Processes == nil {
		return notApplicable("L5", "unchanged", "nothing is named that must not change"), nil
	}
	before, err := v.load()
	if err == nil && before == nil {
		err = errors.New("probe.Unchanged: nothing was looked at before: call Prepare before the upgrade")
	}
	if err != nil {
		return upgrade.Report{}, err
	}
	began := time.Now()
	now, err := v.look(ctx)
	if err != nil {
		return upgrade.Report{}, err
	}
	var checks []upgrade.Check
	if len(v.Folders) > 0 {
		checks = append(checks, compareFound("files", "file", before.Files, now.Files))
	}
	if len(before.Processes)+len(now.Processes) > 0 {
		checks = append(checks, compareFound("processes of other services", "process", before.Processes, now.Processes))
	}
	for i := range checks {
		checks[i].Took = time.Since(began)
	}
	return report(checks...), nil
}

// compareFound names what came, went and changed.
func compareFound(name, one string, before, now map[string]string) upgrade.Check {
	c := upgrade.Check{Level: "L5", Name: name, Verdict: upgrade.Pass, Detail: fmt.Sprintf("%d unchanged", len(before))}
	keys := map[string]string{}
	maps.Copy(keys, before)
	maps.Copy(keys, now)
	n := 0
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		was, had := before[key]
		is, has := now[key]
		if had == has && was == is {
			continue
		}
		if n++; n <= maxNamed {
			c.Evidence = append(c.Evidence, upgrade.Evidence{Class: upgrade.Unclassified, Text: difference(one, key, was, is, had, has), Symbol: key, Source: name})
		}
	}
	if n > 0 {
		c.Verdict, c.Detail = upgrade.Fail, fmt.Sprintf("%d changed", n)
	}
	return c
}

func difference(one, key, was, is string, had, has bool) string {
	switch {
	case !had:
		return fmt.Sprintf("%s %s is new: %s", one, key, is)
	case !has:
		return fmt.Sprintf("%s %s is gone", one, key)
	case is == "":
		return fmt.Sprintf("%s %s runs no more; it was %s", one, key, was)
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s is %s, was %s", one, key, is, was))
}

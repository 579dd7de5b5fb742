package probe

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// logDelay is how long a log is waited for to tell the cause of what an API has shown already.
const logDelay = 3 * time.Second

// journal tells what services' logs say anew. It does its best: what cannot be read says nothing. The zero journal is of no service.
type journal struct {
	runner  upgrade.Runner
	subject upgrade.Subject
	said    map[string]int // how often each fault was said
}

func newJournal(ctx context.Context, r upgrade.Runner, s upgrade.Subject) *journal {
	j := &journal{runner: r, subject: s, said: map[string]int{}}
	j.news(ctx)
	return j
}

// news is what was said since the last news, what has a class first. Faults are counted, as logs are rotated and put together from several files.
func (j *journal) news(ctx context.Context) []upgrade.Evidence {
	if j.runner == nil {
		return nil
	}
	var all []upgrade.Evidence
	for _, svc := range j.subject.Component.Services {
		p, _ := j.runner.Attach(ctx, j.subject, svc)
		if p == nil {
			continue
		}
		l, _ := readLog(ctx, p, svc.Name, "")
		for _, f := range l.found {
			id := svc.Name + "\x00" + f.id()
			if f.count != j.said[id] {
				all = append(all, f.latest)
			}
			j.said[id] = f.count
		}
	}
	slices.SortStableFunc(all, func(a, b upgrade.Evidence) int { return cmp.Compare(unclassified(a), unclassified(b)) })
	return all
}

// classified tells whether evidence, sorted as news is, has a class.
func classified(evidence []upgrade.Evidence) bool {
	return len(evidence) > 0 && evidence[0].Class != upgrade.Unclassified
}

func unclassified(e upgrade.Evidence) int {
	if e.Class == upgrade.Unclassified {
		return 1
	}
	return 0
}

// cause waits a little for news of a class.
func (j *journal) cause(ctx context.Context) []upgrade.Evidence {
	if j.runner == nil {
		return nil
	}
	var all []upgrade.Evidence
	for end := time.Now().Add(logDelay); ; {
		all = append(j.news(ctx), all...)
		if classified(all) {
			return all
		}
		if time.Now().After(end) || sleep(ctx, 300*time.Millisecond) != nil {
			return all
		}
	}
}

package openstack

import (
	"context"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
)

// QuietTrials is a Runner whose services on trial log to standard error alone: the options of oslo.log that name files are left out of their argv. The operator's argv may have them, the
// command line counts above every configuration file, and so a trial would write into production's logs.
type QuietTrials struct{ upgrade.Runner }

// Start starts a service.
func (q QuietTrials) Start(ctx context.Context, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	return q.Runner.Start(ctx, s, quiet(s, svc))
}

// Attach finds a service.
func (q QuietTrials) Attach(ctx context.Context, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	return q.Runner.Attach(ctx, s, quiet(s, svc))
}

// logOptions are those of oslo.log's command line that name where to log.
var logOptions = []string{"--log-file", "--logfile", "--log-dir", "--logdir", "--log-config-append", "--log-config", "--log_config"}

func quiet(s upgrade.Subject, svc upgrade.Service) upgrade.Service {
	if !s.Trial {
		return svc
	}
	var argv []string
	for i := 0; i < len(svc.Argv); i++ {
		name, _, hasValue := strings.Cut(svc.Argv[i], "=")
		if !slices.Contains(logOptions, name) {
			argv = append(argv, svc.Argv[i])
			continue
		}
		if !hasValue { // its value follows
			i++
		}
	}
	svc.Argv = argv
	return svc
}

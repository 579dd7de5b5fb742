//go:build !linux

package supervise

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/chandlery-go/chandlery/upgrade"
)

func unsupported() error {
	return fmt.Errorf("processes on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func run(context.Context, upgrade.Subject, upgrade.Command) (upgrade.Result, error) {
	return upgrade.Result{Code: -1}, unsupported()
}

func (p Place) start(context.Context, launch) (upgrade.Process, error) { return nil, unsupported() }

func (p Place) attach(context.Context, upgrade.Service) (upgrade.Process, error) {
	return nil, unsupported()
}

// sweep ends what a dead supervisord left; that is found on Linux alone.
func sweep(context.Context, map[string]string) error { return nil }

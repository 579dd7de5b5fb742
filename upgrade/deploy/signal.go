package deploy

import (
	"errors"
	"strings"
	"syscall"
)

// signals that end a service politely.
var signals = map[string]syscall.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "QUIT": syscall.SIGQUIT, "TERM": syscall.SIGTERM}

// signal is the service's; 0 where none is given.
func (s Service) signal() (syscall.Signal, error) {
	if s.StopSignal == "" {
		return 0, nil
	}
	signal, ok := signals[strings.TrimPrefix(s.StopSignal, "SIG")]
	if !ok {
		return 0, errors.New("is one of HUP, INT, QUIT and TERM")
	}
	return signal, nil
}

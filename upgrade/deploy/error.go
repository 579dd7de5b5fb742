package deploy

import (
	"errors"
	"fmt"
)

// ErrNoComponent says that a deployment has no component of a name.
var ErrNoComponent = errors.New("the deployment has no such component")

// ConfigError says what is wrong in a deploy.yaml. It repeats no value that may be a secret. Several are joined.
type ConfigError struct {
	Line int    // 0: not known
	Key  string // components.0.verify; "" for the file as a whole
	Err  error
}

func (e *ConfigError) Error() string {
	s := e.Err.Error()
	if e.Key != "" {
		s = e.Key + ": " + s
	}
	if e.Line > 0 {
		s = fmt.Sprintf("line %d: %s", e.Line, s)
	}
	return s
}

func (e *ConfigError) Unwrap() error { return e.Err }

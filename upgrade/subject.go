package upgrade

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/venv"
)

// Subject is one runnable generation of a component.
type Subject struct {
	Component Component
	Env       *venv.Env
	Version   pep440.Version // of the component in Env
	Config    Config
	Trial     bool // must not touch production
}

// Config is one configuration generation: the live files and, above them, what this generation overrides. It holds no secret itself.
type Config struct {
	Files     []string          `json:"files"`               // --config-file, in order
	Overrides string            `json:"overrides,omitempty"` // the last of Files, which this generation owns
	Dir       string            `json:"dir,omitempty"`       // the generation's folder
	Env       map[string]string `json:"env,omitempty"`
	Host      string            `json:"host,omitempty"` // the service host's name
}

// ErrNotRunning says that nothing runs where something was to be attached to.
var ErrNotRunning = errors.New("not running")

// Runner runs a subject's commands and services. Safe for concurrent use; returns promptly when ctx ends.
type Runner interface {
	// Run runs a command to its end. An exit code that the command does not name as success is an error as well as in the Result.
	Run(ctx context.Context, s Subject, c Command) (Result, error)
	// Start starts a service and returns when its process exists; whether it is ready is a Verifier's question.
	Start(ctx context.Context, s Subject, svc Service) (Process, error)
	// Attach finds what runs already, also after a crash of its caller. Nothing there is ErrNotRunning; a service that has ended comes with it, for its log, where the Runner knows one.
	Attach(ctx context.Context, s Subject, svc Service) (Process, error)
}

// Result is how a Command ended. Output is its last part, standard error included, as it came: it may hold secrets.
type Result struct {
	Code     int
	Output   []byte
	Duration time.Duration
}

// Process is one running service.
type Process interface {
	Log(ctx context.Context) (io.ReadCloser, error) // what it wrote since its start
	Wait(ctx context.Context) error                 // until it ends
	Stop(ctx context.Context) error                 // politely, then not; nil where it had ended already
}

// Switcher changes which generation the next Start of a service runs. It stops and starts nothing, and a Switch is atomic.
type Switcher interface {
	Current(ctx context.Context, c Component) (Subject, error)
	Switch(ctx context.Context, to Subject) error
}

// Configurer makes a configuration generation for env beside that of old, which stays as it is.
type Configurer interface {
	Configure(ctx context.Context, old Subject, env *venv.Env, trial bool) (Config, error)
}

// Database copies, saves and restores a component's database.
type Database interface {
	// Copy makes a copy for the rehearsal and the trial, and gives a Config that uses it.
	Copy(ctx context.Context, s Subject) (Config, error)
	Snapshot(ctx context.Context, s Subject) (Snapshot, error)
	// Restore puts a snapshot back; what was written since is lost.
	Restore(ctx context.Context, s Subject, snap Snapshot) error
}

// Snapshot names a saved database. It is serialisable, as a restore must be possible after a crash, and holds no secret.
type Snapshot struct {
	Kind   string    `json:"kind"` // sqlite, mysql
	Path   string    `json:"path"`
	SHA256 string    `json:"sha256"`
	Taken  time.Time `json:"taken"`
}

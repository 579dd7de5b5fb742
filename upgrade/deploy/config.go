package deploy

import (
	"time"

	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/release"
)

// Config is deploy.yaml: see the package's text for what each key means. Read and Parse check it and make its paths absolute.
type Config struct {
	Root       string      `yaml:"root"`
	State      string      `yaml:"state"`
	Python     string      `yaml:"python"`
	Components []Component `yaml:"components"`
}

// Component is one component of the deployment.
type Component struct {
	Name          string                       `yaml:"name"`
	Description   string                       `yaml:"description"`
	Target        Target                       `yaml:"target"`
	Source        string                       `yaml:"source"`
	SourceVersion string                       `yaml:"source_version"`
	Real          Real                         `yaml:"real"`
	Config        []string                     `yaml:"config"`
	User          string                       `yaml:"user"`
	Host          string                       `yaml:"host"`
	Only          []string                     `yaml:"only"`
	Services      map[string]Service           `yaml:"services"`
	Manager       Manager                      `yaml:"manager"`
	Database      Database                     `yaml:"database"`
	Requirements  []string                     `yaml:"requirements"`
	Modules       map[string]string            `yaml:"modules"`
	Bindings      *[]string                    `yaml:"bindings"`    // nil: as described
	Executables   *[]string                    `yaml:"executables"` // nil: as described
	Files         []File                       `yaml:"files"`
	Options       map[string]map[string]string `yaml:"options"`
	Choices       map[string]openstack.Choice  `yaml:"choices"`
	Sudo          Sudo                         `yaml:"sudo"`
	Trial         Trial                        `yaml:"trial"`
	Verify        *Verify                      `yaml:"verify"`
}

// Target says how the version to move to is chosen.
type Target struct {
	Policy   release.Policy `yaml:"policy"`
	Window   int            `yaml:"window"`
	Want     string         `yaml:"want"`
	Releases string         `yaml:"releases"`
	Driver   string         `yaml:"driver"` // a path, or the class that is installed
	Class    string         `yaml:"class"`
	Else     string         `yaml:"else"` // release, or ""
	API      string         `yaml:"api"`  // file of an api.Index
}

// Real is the real environment.
type Real struct {
	Sites   []string `yaml:"sites"`
	Scripts string   `yaml:"scripts"`
	Python  string   `yaml:"python"`

	Env map[string]string `yaml:"env"`
}

// Service is what differs from the description of a service.
type Service struct {
	Argv        []string          `yaml:"argv"`
	Env         map[string]string `yaml:"env"`
	User        string            `yaml:"user"`
	StopTimeout Duration          `yaml:"stop_timeout"`
	PIDFile     string            `yaml:"pidfile"`
	Output      string            `yaml:"output"`
	Logs        []string          `yaml:"logs"`
	Dir         string            `yaml:"dir"`
	Umask       string            `yaml:"umask"`
	StopSignal  string            `yaml:"stop_signal"`
}

// Manager says who keeps the services: process, supervisor or systemd.
type Manager struct {
	Kind       string   `yaml:"kind"`
	Dir        string   `yaml:"dir"`  // process
	Logs       string   `yaml:"logs"` // process
	Socket     string   `yaml:"socket"`
	Overrides  string   `yaml:"overrides"`
	Username   string   `yaml:"username"`
	Password   string   `yaml:"password"`
	Units      string   `yaml:"units"`
	Systemctl  []string `yaml:"systemctl"`
	Journalctl []string `yaml:"journalctl"`
}

// Database says how the database is copied, saved and migrated.
type Database struct {
	Dir       string `yaml:"dir"`
	Elsewhere bool   `yaml:"elsewhere"`
	Python    string `yaml:"python"`
	Client    string `yaml:"client"`
	Dump      string `yaml:"dump"`
}

// File is one of the vendor's that an environment gets.
type File struct {
	From string `yaml:"from"`
	To   string `yaml:"to"` // slash path in the library folder
}

// Sudo says where grants for sudo go.
type Sudo struct {
	Dir        string   `yaml:"dir"`
	Visudo     string   `yaml:"visudo"`
	SecurePath []string `yaml:"secure_path"`
}

// Trial says how a trial is kept from production.
type Trial struct {
	Host        string    `yaml:"host"`
	VirtualHost string    `yaml:"virtual_host"`
	Port        int       `yaml:"port"`
	Before      []Command `yaml:"before"`
	After       []Command `yaml:"after"`
	Skip        bool      `yaml:"skip"`
}

// Command is a program with its arguments, run without a shell. A list alone is its argv.
type Command struct {
	Argv    []string `yaml:"argv"`
	Name    string   `yaml:"name"` // default: the program's
	OK      []int    `yaml:"ok"`   // exit codes of success; default: 0
	User    string   `yaml:"user"`
	Timeout Duration `yaml:"timeout"`
}

// Verify says what is judged, and by what.
type Verify struct {
	API           API               `yaml:"api"`
	Off           []string          `yaml:"off"`
	Commands      []Check           `yaml:"commands"`
	Watch         Duration          `yaml:"watch"`
	Ready         *string           `yaml:"ready"` // nil: what the component's services say; "": it is not awaited
	Limit         Duration          `yaml:"limit"`
	Step          Duration          `yaml:"step"`
	RPC           map[string]string `yaml:"rpc"`
	Type          string            `yaml:"type"`
	Size          int               `yaml:"size"`
	Content       int64             `yaml:"content"`
	Backends      []string          `yaml:"backends"`
	DriverVersion string            `yaml:"driver_version"`
	Folders       []string          `yaml:"folders"`
	Exclude       *[]string         `yaml:"exclude"` // nil: __pycache__
	PIDFiles      []string          `yaml:"pidfiles"`
}

// API says where the APIs are, and how they are asked.
type API struct {
	Volume string   `yaml:"volume"`
	Image  string   `yaml:"image"`
	NoAuth *NoAuth  `yaml:"noauth"`
	Token  []string `yaml:"token"`
}

// NoAuth is who asks services with auth_strategy = noauth.
type NoAuth struct {
	User    string `yaml:"user"`
	Project string `yaml:"project"`
}

// Check is an external command that judges: see probe.External. A list alone is its argv.
type Check struct {
	Argv  []string          `yaml:"argv"`
	Name  string            `yaml:"name"`
	Level string            `yaml:"level"` // default: L3
	Dir   string            `yaml:"dir"`   // default: that of deploy.yaml
	Env   map[string]string `yaml:"env"`
	Trial bool              `yaml:"trial"`
	Limit Duration          `yaml:"limit"`
}

// Duration is written as 20s or 3m.
type Duration time.Duration

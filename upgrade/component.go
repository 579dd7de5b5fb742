package upgrade

import (
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Component describes a service component as data: all that cinder, glance, nova, neutron and keystone differ in. JSON and YAML spell it alike.
// Argv templates know {bin} (the environment's scripts folder), {root}, {python} and {config} (a --config-file argument for each file).
type Component struct {
	Name         string      `json:"name"`         // cinder
	Distribution pep508.Name `json:"distribution"` // on the index
	Deliverable  string      `json:"deliverable"`  // its file in the releases data
	Services     []Service   `json:"services"`     // in start order; they stop all at once
	Config       ConfigSpec  `json:"config"`
	Database     DBSpec      `json:"database"`
	Check        []Command   `json:"check,omitempty"` // cinder-status upgrade check
	Host         HostNeeds   `json:"host"`
	Implied      []Implied   `json:"implied,omitempty"`
}

// Service is one process group of a component.
type Service struct {
	Name        string            `json:"name"` // cinder-volume
	Argv        []string          `json:"argv"`
	WSGI        string            `json:"wsgi,omitempty"`        // module:callable, where a WSGI server runs it
	WSGIScript  string            `json:"wsgi_script,omitempty"` // the console script of releases that have no such module
	Driver      bool              `json:"driver,omitempty"`      // loads the third party's driver: what a trial starts
	Singleton   bool              `json:"singleton,omitempty"`   // never two on one backend
	Ready       string            `json:"ready,omitempty"`       // what its log says once it is ready
	After       []string          `json:"after,omitempty"`       // services that are ready before it starts
	StopTimeout time.Duration     `json:"stop_timeout,omitempty"`
	User        string            `json:"user,omitempty"`
	Env         map[string]string `json:"env,omitempty"`
}

// ConfigSpec names what belongs to a component's configuration.
type ConfigSpec struct {
	Files    []string `json:"files,omitempty"`    // --config-file, in order
	Paste    string   `json:"paste,omitempty"`    // api-paste.ini, within the wheel's data
	Rootwrap bool     `json:"rootwrap,omitempty"` // has a rootwrap.conf and privileged helpers
	DataDir  string   `json:"data_dir,omitempty"` // within the wheel's data: etc/cinder
}

// DBSpec is how a component migrates its database.
type DBSpec struct {
	Section   string    `json:"section,omitempty"`   // database
	Option    string    `json:"option,omitempty"`    // connection
	Version   *Command  `json:"version,omitempty"`   // prints the revision
	Sync      []Command `json:"sync,omitempty"`      // while stopped
	Online    []Command `json:"online,omitempty"`    // with the current code before, with the new code after
	Revisions string    `json:"revisions,omitempty"` // package folder of the alembic versions, from which heads are read without a run
}

// HostNeeds is what an environment takes from its host.
type HostNeeds struct {
	Bindings    []string `json:"bindings,omitempty"`    // import names that are linked one by one: rbd, rados
	Executables []string `json:"executables,omitempty"` // rbd, qemu-img
}

// Implied says that an option's value needs a distribution that no METADATA names: PyMySQL for mysql+pymysql:// in [database] connection.
type Implied struct {
	Section      string      `json:"section"`
	Option       string      `json:"option"`
	Prefix       string      `json:"prefix"` // of the value
	Distribution pep508.Name `json:"distribution"`
}

// Command is one run of a program to its end.
type Command struct {
	Name    string        `json:"name"` // "db sync", for journals, events and errors
	Argv    []string      `json:"argv"`
	OK      []int         `json:"ok,omitempty"`      // exit codes of success; none: 0
	Finding []int         `json:"finding,omitempty"` // exit codes of success with a finding
	Timeout time.Duration `json:"timeout,omitempty"`
	User    string        `json:"user,omitempty"`
}

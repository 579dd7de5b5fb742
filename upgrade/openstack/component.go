package openstack

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
)

//go:embed data
var data embed.FS

// ErrUnknownComponent says that no built-in description has the name.
var ErrUnknownComponent = errors.New("no built-in component")

// Description is a Component and what else this package has to know of it, all of it data. Its JSON form is read by ParseDescription.
type Description struct {
	Component  upgrade.Component `json:"component"`
	User       string            `json:"user"`                 // that distributions run its services as; fills in the User of services and commands
	Namespaces []string          `json:"namespaces,omitempty"` // of oslo.config: which options there are
	Backends   Backends          `json:"backends"`
	Files      []ConfigFile      `json:"files,omitempty"`    // what a new version may bring anew: compared three ways
	Packaged   []string          `json:"packaged,omitempty"` // folders in which distributions keep these files as they shipped them
	Rootwrap   Rootwrap          `json:"rootwrap"`
	Trial      Trial             `json:"trial"`
	Tables     []Table           `json:"tables,omitempty"`  // what a restore may lose
	Queries    []Query           `json:"queries,omitempty"` // rows to look at before an upgrade
}

// Backends says which sections are backends, and so have the options of a shared group.
type Backends struct {
	Section string `json:"section,omitempty"`
	Option  string `json:"option,omitempty"` // lists them: enabled_backends
	Pairs   bool   `json:"pairs,omitempty"`  // as name:type
	Shared  string `json:"shared,omitempty"` // backend_defaults
}

// ConfigFile is a file besides the oslo configuration, and the option that names it.
type ConfigFile struct {
	Name    string `json:"name"` // in the wheel's data folder
	Section string `json:"section,omitempty"`
	Option  string `json:"option,omitempty"`
}

// Setting is an option's value in an override file. Value knows {rootwrap}, {host}, {state} and {port}. The section "*" stands for each live section that sets the option.
type Setting struct {
	Section string `json:"section"`
	Option  string `json:"option"`
	Value   string `json:"value"`
	WhenSet bool   `json:"when_set,omitempty"` // only where the live configuration sets it
}

// Rootwrap is how a component's services get root.
type Rootwrap struct {
	Programs []string   `json:"programs,omitempty"` // cinder-rootwrap
	File     ConfigFile `json:"file"`               // rootwrap.conf
	Filters  []string   `json:"filters,omitempty"`  // folders below an environment's root
	Set      []Setting  `json:"set,omitempty"`      // makes the services use a generation's own
	Privsep  string     `json:"privsep,omitempty"`  // a privsep context, for the probe
}

// Trial is what keeps a trial from production.
type Trial struct {
	Refuse     string      `json:"refuse,omitempty"` // why there can be none
	Transports []Transport `json:"transports,omitempty"`
	Options    []Setting   `json:"options,omitempty"`
}

// Transport is an option with a message queue's URL, whose virtual host a trial replaces.
type Transport struct {
	Section  string `json:"section"`
	Option   string `json:"option"`
	Required bool   `json:"required,omitempty"`
}

// Names lists the built-in components.
func Names() []string { return []string{"cinder", "glance", "keystone", "neutron", "nova"} }

// Lookup gives a built-in component's description, a copy that the caller may change. Another name is ErrUnknownComponent.
func Lookup(name string) (Description, error) {
	if !slices.Contains(Names(), name) {
		return Description{}, fmt.Errorf("%w is named %q: describe it, or name one of %s", ErrUnknownComponent, name, strings.Join(Names(), ", "))
	}
	b, err := data.ReadFile("data/" + name + ".json")
	if err != nil {
		return Description{}, err
	}
	return ParseDescription(b)
}

// ParseDescription reads a description, strictly: an unknown key is an error. What holds for every component (implied distributions, where a trial logs) is added.
func ParseDescription(b []byte) (Description, error) {
	var common struct {
		Implied []upgrade.Implied `json:"implied"`
		Trial   []Setting         `json:"trial"`
	}
	shared, err := data.ReadFile("data/common.json")
	if err == nil {
		err = decode(shared, &common)
	}
	var d Description
	if err == nil {
		err = decode(b, &d)
	}
	if err != nil {
		return Description{}, fmt.Errorf("component description: %w", err)
	}
	d.Component.Implied = append(d.Component.Implied, common.Implied...)
	d.Trial.Options = append(common.Trial, d.Trial.Options...)
	d.fillUser()
	return d, nil
}

func decode(b []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows its end")
	}
	return nil
}

// fillUser gives services and commands their user.
func (d *Description) fillUser() {
	c := &d.Component
	for i := range c.Services {
		if c.Services[i].User == "" {
			c.Services[i].User = d.User
		}
	}
	all := []*upgrade.Command{c.Database.Version}
	for _, list := range [][]upgrade.Command{c.Database.Sync, c.Database.Online, c.Check} {
		for i := range list {
			all = append(all, &list[i])
		}
	}
	for _, command := range all {
		if command != nil && command.User == "" {
			command.User = d.User
		}
	}
}

// Cinder is block storage.
func Cinder() upgrade.Component { return builtin("cinder") }

// Glance is images.
func Glance() upgrade.Component { return builtin("glance") }

// Keystone is identity.
func Keystone() upgrade.Component { return builtin("keystone") }

// Neutron is networks.
func Neutron() upgrade.Component { return builtin("neutron") }

// Nova is servers.
func Nova() upgrade.Component { return builtin("nova") }

func builtin(name string) upgrade.Component {
	d, err := Lookup(name)
	if err != nil {
		panic(err) // the data are embedded, and a test reads all of them
	}
	return d.Component
}

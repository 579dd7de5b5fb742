package upgrade

import (
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Plan is what an upgrade would do, and why.
type Plan struct {
	Component string     `json:"component"`
	Current   Generation `json:"current"`
	Target    Target     `json:"target"` // with what was refused, and why
	Root      string     `json:"root"`   // of the environment
	Packages  []Package  `json:"packages"`
	Disk      Disk       `json:"disk"`
	Forecast  *Forecast  `json:"forecast,omitempty"` // nil: there is no Inspector
	Stop      []string   `json:"stop"`               // services, all at once
	Start     []string   `json:"start"`              // in this order
	Commands  []string   `json:"commands"`           // on the database, in order
}

// Package is one distribution of the environment.
type Package struct {
	Name    pep508.Name    `json:"name"`
	Version pep440.Version `json:"version"`
	File    string         `json:"file"`
	Built   bool           `json:"built,omitempty"` // from an sdist, here
	Size    int64          `json:"size"`            // bytes of the file
}

// Disk is in bytes.
type Disk struct {
	Environment int64  `json:"environment"` // what it takes
	Free        uint64 `json:"free"`        // beside it, now
}

// Package data carries the Indexes of components whose drivers come from vendors, so that nothing has to be fetched to know what a release offers.
//
// They are as new as this version of the library. `chandlery upgrade index COMPONENT` makes a newer one, from the package index itself; --from with one of these files reads new releases alone. All of them are made anew, by the one
// command
//
//	go generate ./upgrade/driver/data
//
// which takes the index that pip is configured with, and a CPython. What is read of which component, and since when, is said in package crawl.
package data

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

//go:generate go run ../../../examples/chandlery upgrade index cinder --out cinder.api
//go:generate go run ../../../examples/chandlery upgrade index glance-store --out glance-store.api
//go:generate go run ../../../examples/chandlery upgrade index neutron --out neutron.api
//go:generate go run ../../../examples/chandlery upgrade index nova --out nova.api

//go:embed *.api
var files embed.FS

const suffix = ".api"

// ErrNone says that the library carries no Index of a component.
var ErrNone = errors.New("the library carries no index of it: make one with chandlery upgrade index")

// Open reads the Index of a component: cinder, glance-store, neutron or nova. It is decoded anew each time, in a tenth of a second: keep it.
func Open(component pep508.Name) (*api.Index, error) {
	b, err := files.ReadFile(string(component) + suffix)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return nil, fmt.Errorf("component %s: %w", component, ErrNone)
	}
	if err != nil {
		return nil, err
	}
	return api.Read(bytes.NewReader(b))
}

// Components lists the components that Open knows, in order.
func Components() []pep508.Name {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err) // the folder is embedded
	}
	var all []pep508.Name
	for _, e := range entries {
		all = append(all, pep508.Name(strings.TrimSuffix(e.Name(), suffix)))
	}
	slices.Sort(all)
	return all
}

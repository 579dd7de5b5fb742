package indexconf

import (
	"fmt"
	"slices"
	"strings"
)

const (
	everything = ":all:" // projects
	nothing    = ":none:"
	uvBuild    = "UV_BUILD_CONSTRAINT"
)

// unwanted is what uv is told of one kind of files, wheels or sdists, that it is not to take.
type unwanted struct {
	of    *bool // nil: nothing is said of all projects
	names []string
	from  string
}

// under takes what u does not say of all projects from what is farther away, and joins names.
func (u unwanted) under(far unwanted) unwanted {
	if u.of == nil {
		u.of = far.of
	}
	return unwanted{u.of, slices.Concat(u.names, far.names), first(u.from, far.from)}
}

func (u unwanted) told() Told {
	switch {
	case u.of != nil && *u.of:
		return Told{[]string{everything}, u.from}
	case len(u.names) > 0:
		return Told{u.names, u.from}
	}
	return Told{}
}

// reject notes what one file of uv, or its [pip], says of wheels and sdists that are not wanted. In [pip] no-binary is a list, elsewhere it is yes or no.
func (c *uvConfig) reject(file string) error {
	wheels, sdists := unwanted{names: c.NoBinaryPackage}, unwanted{of: c.NoBuild, names: slices.Concat(c.OnlyBinary, c.NoBuildPackage)}
	switch v := c.NoBinary.(type) {
	case nil:
	case bool:
		wheels.of = &v
	case []any:
		for _, name := range v {
			wheels.names = append(wheels.names, fmt.Sprint(name))
		}
	default:
		return fmt.Errorf("%s: no-binary is neither yes or no nor a list", file)
	}
	for _, u := range []*unwanted{&wheels, &sdists} {
		if u.of != nil || len(u.names) > 0 {
			u.from = file
		}
	}
	c.wheels, c.sdists = wheels, sdists
	return nil
}

// unwantedBy is what uv's environment says by one variable of all projects and by another of single ones.
func (h Host) unwantedBy(all, single string) (unwanted, error) {
	u := unwanted{names: strings.Fields(h.Getenv(single))}
	if len(u.names) > 0 {
		u.from = single
	}
	of, err := truth(all, h.Getenv(all))
	if of { // a no says nothing, as uv has it
		u.of, u.from = &of, all
	}
	return u, err
}

// formats finds which kinds of files are not wanted, each as pip's environment says it, else uv's, else pip's files, else uv's. uv's own count together.
func (h Host) formats(p pip, c uvConfig) (noBinary, onlyBinary Told, err error) {
	wheels, err := h.unwantedBy("UV_NO_BINARY", "UV_NO_BINARY_PACKAGE")
	if err != nil {
		return noBinary, onlyBinary, err
	}
	sdists, err := h.unwantedBy("UV_NO_BUILD", "UV_NO_BUILD_PACKAGE")
	if err != nil {
		return noBinary, onlyBinary, err
	}
	noBinary, byPip := p.format("no-binary", wheels, c.wheels)
	onlyBinary, too := p.format("only-binary", sdists, c.sdists)
	if !byPip && !too && slices.Contains(noBinary.Texts, everything) && slices.Contains(onlyBinary.Texts, everything) {
		err = fmt.Errorf("%s wants no wheels and %s no sdists, which leaves nothing to choose", noBinary.From, onlyBinary.From)
	}
	return noBinary, onlyBinary, err
}

func (p pip) format(key string, environment, files unwanted) (t Told, pips bool) {
	if v := p.getenv(variable(key)); v != "" {
		return standing(names(told(v, variable(key)))), true
	}
	if environment.of != nil || len(environment.names) > 0 {
		return environment.under(files).told(), false
	}
	if s := p.files.find(p.command, key); s.value != "" {
		return standing(names(told(s.value, s.file))), true
	}
	return files.told(), false
}

// standing is what is left of a list of pip's: :none: takes back what stands before it, and beside :all: no name says anything.
func standing(t Told) Told {
	var left []string
	for _, name := range t.Texts {
		switch {
		case name == nothing:
			left = nil
		case name == everything:
			left = []string{everything}
		case !slices.Contains(left, everything):
			left = append(left, name)
		}
	}
	if len(left) == 0 {
		return Told{}
	}
	return Told{left, t.From}
}

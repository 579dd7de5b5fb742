package openstack

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

const (
	// MaxCatalogue bounds an option catalogue, in bytes: cinder's own is 600 KB.
	MaxCatalogue = 32 << 20
	// MaxOptions bounds the options of a catalogue.
	MaxOptions = 100_000
)

// Catalogue is the options that an environment's code knows.
type Catalogue struct {
	options map[optionKey]Option
	renamed map[optionKey]optionKey // deprecated names
}

type optionKey struct{ group, name string }

// Option is one option of a catalogue.
type Option struct {
	Group      string
	Name       string
	Default    string // as JSON; "null" where there is none
	Secret     bool
	Deprecated string // why it will be removed; "" where it stays
}

// CatalogueCommand is the command that writes the catalogue of an environment to file, an absolute path that the command's user may write. Not to standard output, where warnings of
// namespaces that are not installed would stand between.
func CatalogueCommand(d Description, file string) upgrade.Command {
	argv := []string{"{python}", "-m", "oslo_config.generator", "--format", "json", "--output-file", file}
	for _, n := range d.Namespaces {
		argv = append(argv, "--namespace", n)
	}
	return upgrade.Command{Name: "option catalogue", Argv: argv, User: d.User}
}

// ParseCatalogue reads what oslo-config-generator --format json writes, of at most MaxCatalogue bytes.
func ParseCatalogue(b []byte) (*Catalogue, error) {
	if len(b) > MaxCatalogue {
		return nil, fmt.Errorf("option catalogue: more than %d bytes", MaxCatalogue)
	}
	var file struct {
		Options    map[string]struct{ Opts []rawOption } `json:"options"`
		Deprecated map[string][]struct {
			Name  string `json:"name"`
			Group string `json:"replacement_group"`
			New   string `json:"replacement_name"`
		} `json:"deprecated_options"`
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("option catalogue: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("option catalogue: something follows its end")
	}
	if len(file.Options) == 0 {
		return nil, errors.New("option catalogue: no options in it")
	}
	c := &Catalogue{options: map[optionKey]Option{}, renamed: map[optionKey]optionKey{}}
	for group, g := range file.Options {
		for _, o := range g.Opts {
			c.add(group, o)
		}
	}
	for group, list := range file.Deprecated {
		for _, o := range list {
			if o.New != "" {
				c.renamed[keyOf(group, o.Name)] = keyOf(o.Group, o.New)
			}
		}
	}
	if len(c.options) > MaxOptions || len(c.renamed) > MaxOptions {
		return nil, fmt.Errorf("option catalogue: more than %d options", MaxOptions)
	}
	return c, nil
}

type rawOption struct {
	Name    string          `json:"name"`
	Dest    string          `json:"dest"`
	Default json.RawMessage `json:"default"`
	Secret  bool            `json:"secret"`
	Remove  bool            `json:"deprecated_for_removal"`
	Reason  string          `json:"deprecated_reason"`
	Old     []struct {
		Group string `json:"group"`
		Name  string `json:"name"`
	} `json:"deprecated_opts"`
}

func (c *Catalogue) add(group string, o rawOption) {
	name := cmp.Or(o.Dest, o.Name)
	key := keyOf(group, name)
	option := Option{Group: key.group, Name: key.name, Default: compact(o.Default), Secret: o.Secret}
	if o.Remove {
		option.Deprecated = cmp.Or(strings.Join(strings.Fields(o.Reason), " "), "no reason is given")
	}
	c.options[key] = option
	for _, old := range o.Old {
		from := keyOf(cmp.Or(old.Group, group), cmp.Or(old.Name, name))
		if from != key {
			c.renamed[from] = key
		}
	}
}

// keyOf makes names comparable as oslo.config does: dashes are underscores, groups have no case but DEFAULT.
func keyOf(group, name string) optionKey {
	if group != oslo.Default {
		group = strings.ToLower(group)
	}
	return optionKey{group, strings.ReplaceAll(name, "-", "_")}
}

func compact(raw json.RawMessage) string {
	var b bytes.Buffer
	if len(raw) == 0 || json.Compact(&b, raw) != nil {
		return "null"
	}
	return b.String()
}

// Len is the number of options.
func (c *Catalogue) Len() int { return len(c.options) }

package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/crawl"
)

// indexJSON is the result of upgrade index; its field names are part of the command's promise.
type indexJSON struct {
	File          string      `json:"file"`
	Bytes         int         `json:"bytes"` // of the file
	Component     pep508.Name `json:"component"`
	Distributions []indexed   `json:"distributions"` // the component first
	Fetched       int         `json:"fetched"`       // releases whose file was read
	FetchedBytes  int64       `json:"fetched_bytes"`
	Cached        int         `json:"cached"`
	Kept          int         `json:"kept"`
	Parsed        int         `json:"parsed"` // texts that an interpreter read
	Absent        []string    `json:"absent"` // releases that the data know and the index does not have
	Failed        []string    `json:"failed"`
	Unreadable    int         `json:"unreadable"` // texts
	Seconds       float64     `json:"seconds"`
}

// indexed counts what is known of one distribution.
type indexed struct {
	Name     pep508.Name `json:"name"`
	Releases int         `json:"releases"`
	First    string      `json:"first"`
	Last     string      `json:"last"`
	Modules  int         `json:"modules"` // that differ
	Symbols  int         `json:"symbols"` // names in them, and members of their classes
}

func newIndexJSON(file string, size int, built *api.Index, r *crawl.Report, took time.Duration) indexJSON {
	j := indexJSON{
		File: file, Bytes: size, Component: built.Component, Distributions: []indexed{indexedOf(built.Component, built.Releases)}, Fetched: r.Fetched, FetchedBytes: r.Bytes,
		Cached: r.Cached, Kept: r.Kept, Parsed: r.Parsed, Absent: []string{}, Failed: []string{}, Unreadable: len(r.Unreadable), Seconds: took.Seconds(),
	}
	for _, name := range slices.Sorted(maps.Keys(built.Libraries)) {
		j.Distributions = append(j.Distributions, indexedOf(name, built.Libraries[name]))
	}
	for _, n := range r.Absent {
		j.Absent = append(j.Absent, n.String())
	}
	for _, e := range r.Failed {
		j.Failed = append(j.Failed, e.Named.String())
	}
	return j
}

func indexedOf(name pep508.Name, releases []*api.Release) indexed {
	i := indexed{Name: name, Releases: len(releases), First: releases[0].Version.String(), Last: releases[len(releases)-1].Version.String()}
	seen := map[*api.Module]bool{}
	for _, r := range releases {
		for _, m := range r.Modules {
			if seen[m] {
				continue
			}
			seen[m] = true
			i.Modules++
			i.Symbols += symbols(m)
		}
	}
	return i
}

func symbols(m *api.Module) int {
	n := len(m.Names)
	for _, s := range m.Names {
		if s.Class != nil {
			n += len(s.Class.Members)
		}
	}
	return n
}

func (j indexJSON) human(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "DISTRIBUTION\tRELEASES\tFROM\tTO\tMODULES\tSYMBOLS")
	for _, d := range j.Distributions {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%d\t%d\n", d.Name, d.Releases, d.First, d.Last, d.Modules, d.Symbols)
	}
	t.Flush()
	for _, a := range j.Absent {
		fmt.Fprintf(w, "%s is not on the index\n", a)
	}
	fmt.Fprintf(w, "%s: %s; %d releases fetched (%s), %d out of the cache, %d kept; %d sources read; %.1f s\n", j.File, byteSize(int64(j.Bytes)), j.Fetched, byteSize(j.FetchedBytes), j.Cached, j.Kept, j.Parsed, j.Seconds)
}

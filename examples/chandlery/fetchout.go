package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/wheelhouse"
)

// fetchJSON is the result of fetch; its field names are part of the command's promise.
type fetchJSON struct {
	Dest         string              `json:"dest"`
	DryRun       bool                `json:"dry_run"`
	Platforms    []fetchPlatformJSON `json:"platforms"`
	Fetched      int                 `json:"fetched"`  // or would be, with --dry-run
	Replaced     int                 `json:"replaced"` // of those: another file had the name
	Kept         int                 `json:"kept"`
	Bytes        int64               `json:"bytes"` // of what was fetched, as far as the index says
	Removed      []string            `json:"removed"`
	Unasked      []string            `json:"unasked"` // wheels that nothing asks for, and that stay
	Requirements []string            `json:"requirements"`
}

type fetchPlatformJSON struct {
	Platform string          `json:"platform"`
	Python   string          `json:"python"`
	Tags     []string        `json:"tags"`
	Files    []fetchFileJSON `json:"files"`
}

type fetchFileJSON struct {
	Do      string `json:"do"` // fetch, replace or keep
	Name    string `json:"name"`
	Version string `json:"version"`
	File    string `json:"file"`
	Size    int64  `json:"size"` // -1: unknown
	SHA256  string `json:"sha256,omitempty"`
}

// deeds says what is done about a file.
var deeds = map[wheelhouse.State]string{wheelhouse.Absent: "fetch", wheelhouse.Other: "replace", wheelhouse.Held: "keep"}

func (f *fetching) report(plan *wheelhouse.Plan, sets []*resolve.Resolution, texts []fetchText) {
	j := fetchJSON{Dest: f.Dest, DryRun: f.DryRun, Removed: []string{}, Unasked: []string{}, Requirements: []string{}}
	states := map[string]wheelhouse.State{}
	for _, file := range plan.Files {
		states[file.Artifact.File] = file.State
		switch file.State {
		case wheelhouse.Held:
			j.Kept++
			continue
		case wheelhouse.Other:
			j.Replaced++
		}
		j.Fetched, j.Bytes = j.Fetched+1, j.Bytes+max(file.Size, 0)
	}
	if f.Clean {
		j.Removed = append(j.Removed, plan.Unasked...)
	} else {
		j.Unasked = append(j.Unasked, plan.Unasked...)
	}
	for _, t := range texts {
		j.Requirements = append(j.Requirements, t.file)
	}
	for _, set := range sets {
		j.Platforms = append(j.Platforms, newFetchPlatformJSON(set, states))
	}
	f.out.result(j, func(w io.Writer) { writeFetch(w, plan, j) })
}

func newFetchPlatformJSON(set *resolve.Resolution, states map[string]wheelhouse.State) fetchPlatformJSON {
	p := fetchPlatformJSON{Platform: set.Platform.Name, Python: set.Platform.Python.String(), Files: []fetchFileJSON{}}
	for _, v := range set.Platform.Variants {
		p.Tags = append(p.Tags, v.Tag)
	}
	for _, pin := range set.Pins {
		for _, file := range distinctFiles(pin) {
			p.Files = append(p.Files, fetchFileJSON{deeds[states[file.File]], string(pin.Name), pin.Version.String(), file.File, file.Size, file.Hashes["sha256"]})
		}
	}
	return p
}

func writeFetch(w io.Writer, plan *wheelhouse.Plan, j fetchJSON) {
	if j.Fetched > 0 {
		t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "FILE\tSIZE\tFOR")
		for _, file := range plan.Missing() {
			fmt.Fprintf(t, "%s\t%s\t%s\n", file.Artifact.File, sizeOf(file.Size), strings.Join(file.Platforms, ", "))
		}
		t.Flush()
	}
	for _, name := range j.Removed {
		fmt.Fprintln(w, "removed", name)
	}
	for _, name := range j.Unasked {
		fmt.Fprintln(w, "nothing asks for", name)
	}
	fmt.Fprintf(w, "%s: %d fetched (%s), %d kept, for", j.Dest, j.Fetched, byteSize(j.Bytes), j.Kept)
	for i, p := range j.Platforms {
		separator := ","
		if i == 0 {
			separator = ""
		}
		fmt.Fprintf(w, "%s %s (%d)", separator, p.Platform, len(p.Files))
	}
	if j.DryRun {
		fmt.Fprint(w, " would be the outcome; nothing was done")
	}
	fmt.Fprintln(w)
}

// fetchText is a requirements file that lies beside the wheels.
type fetchText struct {
	file string
	text []byte
}

// lists are the requirements files, where they are asked for: one a platform, and one for each kind of machine where a platform has several, as pip runs on one.
func (f *fetching) lists(sets []*resolve.Resolution) ([]fetchText, error) {
	if !f.Lists {
		return nil, nil
	}
	var all []fetchText
	for _, set := range sets {
		for i, v := range set.Platform.Variants {
			name := "requirements-" + fileName(set.Platform.Name)
			if len(set.Platform.Variants) > 1 {
				name += "-" + fileName(v.Tag)
			}
			own := ofVariant(set, i)
			text, err := (&resolveCommand{Hashes: true}).requirements(pylock.New(own).Packages, []*resolve.Resolution{own})
			if err != nil {
				return nil, err
			}
			all = append(all, fetchText{name + ".txt", text})
		}
	}
	return all, nil
}

// ofVariant is the part of a resolution for one kind of machine.
func ofVariant(set *resolve.Resolution, i int) *resolve.Resolution {
	own := &resolve.Resolution{Platform: set.Platform}
	own.Platform.Variants = set.Platform.Variants[i : i+1]
	for _, pin := range set.Pins {
		if pin.Files[i].File != "" {
			pin.Files = []dist.File{pin.Files[i]}
			if len(pin.Metadata) > i {
				pin.Metadata = pin.Metadata[i : i+1]
			}
			own.Pins = append(own.Pins, pin)
		}
	}
	return own
}

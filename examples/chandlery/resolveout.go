package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// show writes what was resolved to standard output or to files.
func (c *resolveCommand) show(out *output, all []*resolve.Resolution, ready *drafts) error {
	if c.Output != "" {
		files, err := c.write(all, ready)
		if err != nil {
			return err
		}
		out.result(resultJSON(out, all, files), func(w io.Writer) {
			for _, f := range files {
				fmt.Fprintln(w, "wrote", f)
			}
		})
		return nil
	}
	if c.Format == "json" {
		out.json = true
	}
	text, err := c.render(all)
	if err != nil {
		return err
	}
	out.result(resultJSON(out, all, nil), func(w io.Writer) { _, _ = w.Write(text) })
	return nil
}

// resultJSON is the result of resolve where it is wanted.
func resultJSON(out *output, all []*resolve.Resolution, files []string) any {
	if !out.json {
		return nil
	}
	return newResolutionsJSON(all, files)
}

// render is what was resolved, in the format that is asked for.
func (c *resolveCommand) render(all []*resolve.Resolution) ([]byte, error) {
	switch c.Format {
	case "requirements":
		packages, err := c.packages(all)
		if err != nil {
			return nil, err
		}
		return c.requirements(packages, all)
	case "pylock":
		lock, err := lockOf(all)
		if err != nil {
			return nil, err
		}
		return lock.Marshal()
	case "inspect":
		return indented(newInspection(all))
	case "json":
		return indented(newResolutionsJSON(all, nil))
	}
	var b bytes.Buffer
	for _, r := range all {
		c.table(&b, r)
	}
	return b.Bytes(), nil
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return b.Bytes(), err
}

// lockOf locks one platform, or several where markers can tell them apart.
func lockOf(all []*resolve.Resolution) (*pylock.Lock, error) {
	if len(all) == 1 {
		return pylock.New(all[0]), nil
	}
	lock, err := pylock.Merge(all...)
	if err != nil {
		return nil, &bundle.Error{Step: bundle.StepResolve, Kind: bundle.KindConflict, Err: err, Advice: "write one file a platform: --output 'NAME." + perPlatform + ".EXTENSION'"}
	}
	return lock, nil
}

func (c *resolveCommand) table(w io.Writer, r *resolve.Resolution) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LIBRARY\tVERSION\tFILE\tSIZE\tWHY")
	for _, p := range r.Pins {
		for i, f := range distinctFiles(p) {
			name, version, why := string(p.Name), p.Version.String(), reasons(p, c.Explain)
			if i > 0 {
				name, version, why = "", "", ""
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", name, version, f.File, sizeOf(f.Size), why)
		}
	}
	t.Flush()
	word := "libraries"
	if len(r.Pins) == 1 {
		word = "library"
	}
	fmt.Fprintf(w, "%d %s for %s (CPython %s)\n", len(r.Pins), word, r.Platform.Name, r.Platform.Python)
}

// reasons says who asked for a pin: in short the names, in full the requirements.
func reasons(p resolve.Pin, full bool) string {
	var all []string
	for _, r := range p.RequiredBy {
		by := string(r.By)
		if by == "" {
			by = "you"
		}
		if full {
			by += " (" + r.Requirement.String() + ")"
		}
		if r.Unknown {
			by += " (its marker is unknown for this platform: taken in)"
		}
		if !slices.Contains(all, by) {
			all = append(all, by)
		}
	}
	return strings.Join(all, ", ")
}

func sizeOf(n int64) string {
	if n < 0 {
		return "-"
	}
	return byteSize(n)
}

func names(all []pep508.Name) []string {
	s := make([]string, len(all))
	for i, n := range all {
		s[i] = string(n)
	}
	return s
}

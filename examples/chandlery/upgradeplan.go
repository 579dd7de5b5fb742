package main

import (
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/chandlery-go/chandlery/upgrade"
)

// writePlans shows plans in sections.
func writePlans(w io.Writer, plans []*upgrade.Plan) {
	for i, p := range plans {
		if i > 0 {
			fmt.Fprintln(w)
		}
		planText{w, p}.write()
	}
}

// planText is a plan that is being written.
type planText struct {
	w io.Writer
	p *upgrade.Plan
}

func (t planText) write() {
	t.target()
	if t.p.Root == "" {
		return
	}
	t.refused()
	t.packages()
	if t.p.Forecast == nil {
		t.section("Database, options, files")
		t.line("were not looked at")
	} else {
		t.database(t.p.Forecast)
		t.options(t.p.Forecast)
		t.host(t.p.Forecast)
	}
	t.services()
	if t.p.Disk.Environment == 0 { // it was not made
		return
	}
	t.section("Disk")
	t.line("%s in %s; %s are free there", byteSize(t.p.Disk.Environment), t.p.Root, byteSize(int64(t.p.Disk.Free)))
}

func (t planText) section(name string)             { fmt.Fprintf(t.w, "\n%s\n", name) }
func (t planText) line(format string, args ...any) { fmt.Fprintf(t.w, "  "+format+"\n", args...) }

// rows aligns columns.
func (t planText) rows(rows [][]string) {
	tab := tabwriter.NewWriter(t.w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		fmt.Fprintln(tab, "  "+strings.Join(r, "\t"))
	}
	tab.Flush()
}

func (t planText) target() {
	if t.p.Root == "" {
		fmt.Fprintf(t.w, "%s %s in %s\n", t.p.Component, t.p.Current.Version, t.p.Current.Root)
		return
	}
	series := ""
	if t.p.Target.Series != "" {
		series = " (" + t.p.Target.Series + ")"
	}
	fmt.Fprintf(t.w, "%s %s -> %s%s\n", t.p.Component, t.p.Current.Version, t.p.Target.Version, series)
	t.line("now in %s, then in %s", t.p.Current.Root, t.p.Root)
	for _, why := range t.p.Target.Why {
		t.line("%s", why)
	}
}

func (t planText) refused() {
	if len(t.p.Target.Refused) == 0 {
		return
	}
	t.section("Not chosen")
	var rows [][]string
	for _, r := range t.p.Target.Refused {
		rows = append(rows, []string{r.Version.String(), r.Reason})
	}
	t.rows(rows)
}

func (t planText) packages() {
	t.section(fmt.Sprintf("Packages (%d)", len(t.p.Packages)))
	var rows [][]string
	var total int64
	for _, p := range t.p.Packages {
		built := ""
		if p.Built {
			built = "built here"
		}
		rows = append(rows, []string{string(p.Name), p.Version.String(), path.Base(p.File), byteSize(p.Size), built})
		total += p.Size
	}
	t.rows(rows)
	t.line("%s in all", byteSize(total))
}

func (t planText) database(f *upgrade.Forecast) {
	t.section("Database")
	d := f.Database
	t.line("now %s, then %s (%s)", orDash(strings.Join(d.Now, ", ")), orDash(strings.Join(d.Then, ", ")), orDash(d.Kind))
	if len(d.New) > 0 {
		t.line("%d migrations are applied: %s", len(d.New), strings.Join(d.New, ", "))
	}
	if d.CodeOnlyRollback {
		t.line("no point of no return: going back is a matter of code alone")
	} else {
		t.line("the migration is the point of no return: a snapshot is taken before it, and a rollback that restores it loses what was written since")
	}
	if len(t.p.Commands) > 0 {
		t.line("commands: %s", strings.Join(t.p.Commands, ", "))
	} else {
		t.line("no command is run on it from here")
	}
	for _, found := range f.Findings {
		t.line("%s:", found.Name)
		for _, row := range found.Rows {
			t.line("  %s", row)
		}
		if found.Advice != "" {
			t.line("  %s", found.Advice)
		}
	}
}

func (t planText) options(f *upgrade.Forecast) {
	t.section(fmt.Sprintf("Configuration options that are read otherwise (%d)", len(f.Options)))
	for _, o := range f.Options {
		t.line("%s: [%s] %s %s", o.Kind, o.Section, o.Name, o.Text)
	}
	if len(f.Files) > 0 {
		t.section("Configuration files")
		var rows [][]string
		for _, c := range f.Files {
			rows = append(rows, []string{c.Name, c.Choice, c.Text})
		}
		t.rows(rows)
	}
}

func (t planText) host(f *upgrade.Forecast) {
	if len(f.Host) > 0 {
		t.section("From the host")
		var rows [][]string
		for _, n := range f.Host {
			found := n.Found
			if found == "" {
				found = "MISSING: " + n.Text
			}
			rows = append(rows, []string{n.Kind, n.Name, found})
		}
		t.rows(rows)
	}
	if len(f.Notes) > 0 {
		t.section("Not known")
		for _, n := range f.Notes {
			t.line("%s", n)
		}
	}
}

func (t planText) services() {
	t.section("Services")
	t.line("stop, all at once: %s", orDash(strings.Join(t.p.Stop, ", ")))
	t.line("start, in this order: %s", orDash(strings.Join(t.p.Start, ", ")))
}

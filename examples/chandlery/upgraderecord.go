package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// writeRecord shows what an upgrade has come to; with steps, also how it went.
func writeRecord(w io.Writer, r *upgrade.Record, steps bool) {
	fmt.Fprintf(w, "%s: %s", r.Component, r.State)
	to := ""
	if r.Target != nil {
		to = r.Target.Version.String()
	}
	switch {
	case r.State == upgrade.Upgraded:
		fmt.Fprintf(w, " from %s to %s\n", r.From.Version, to)
	case to != "":
		fmt.Fprintf(w, ": %s, and %s was to come\n", r.From.Version, to)
	default:
		fmt.Fprintf(w, ": %s\n", r.From.Version)
	}
	fmt.Fprintf(w, "  begun %s, round %d\n", r.Began.Local().Format(time.DateTime), r.Round)
	if !r.State.Done() {
		fmt.Fprintf(w, "  at the step: %s\n  %s\n", r.Step, adviceFor(r.State))
	}
	if steps {
		writeAccounts(w, r)
	}
	for _, name := range r.Learned {
		fmt.Fprintf(w, "  learned: the environment needs %s\n", name)
	}
	for _, refused := range r.Refused {
		fmt.Fprintf(w, "  learned: %s: %s\n", refused.Version, refused.Reason)
	}
	if r.Report != nil {
		writeReport(w, r.Report)
	}
	writeLosses(w, r)
	if steps && r.Problem != "" {
		fmt.Fprintf(w, "  problem: %s\n", r.Problem)
	}
}

func adviceFor(s upgrade.State) string {
	if s == upgrade.Broken {
		return "neither version is known to work: repair what the problem names, then chandlery upgrade rollback or resume"
	}
	return "it is under way, or was interrupted: chandlery upgrade resume goes on, chandlery upgrade rollback takes it back"
}

func writeAccounts(w io.Writer, r *upgrade.Record) {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "  ROUND\tSTEP\tBEGUN\tTOOK\tPROBLEM")
	for _, a := range r.Accounts {
		took := "did not end"
		if a.Took > 0 {
			took = seconds(a.Took)
		}
		problem, _, _ := strings.Cut(a.Problem, "\n")
		fmt.Fprintf(tab, "  %d\t%s\t%s\t%s\t%s\n", a.Round, a.Step, a.Began.Local().Format(time.TimeOnly), took, orDash(problem))
	}
	tab.Flush()
}

// writeReport is the table of verdicts.
func writeReport(w io.Writer, r *upgrade.Report) {
	fmt.Fprintln(w, "  the last verification:")
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "  LEVEL\tCHECK\tVERDICT\tTOOK\tDETAIL")
	for _, c := range r.Checks {
		fmt.Fprintf(tab, "  %s\t%s\t%s\t%s\t%s\n", c.Level, c.Name, c.Verdict, seconds(c.Took), orDash(c.Detail))
	}
	tab.Flush()
	for _, c := range r.Checks {
		for _, e := range c.Evidence {
			fmt.Fprintf(w, "  %s %s: %s: %s", c.Level, c.Name, e.Class, e.Text)
			if e.Source != "" {
				fmt.Fprintf(w, " (%s)", e.Source)
			}
			fmt.Fprintln(w)
		}
	}
	fmt.Fprintf(w, "  in all: %s\n", r.Verdict)
}

func writeLosses(w io.Writer, r *upgrade.Record) {
	if len(r.Losses) == 0 {
		return
	}
	if r.Restore == upgrade.RestoreAlways {
		fmt.Fprintln(w, "  the restore of the database lost:")
	} else {
		fmt.Fprintln(w, "  the database was not restored, as that would lose what is listed; --restore-database always does it:")
	}
	for _, l := range r.Losses {
		fmt.Fprintf(w, "    %s\n", l.Table)
		for _, part := range []struct {
			what string
			keys []string
		}{{"made since, without a row then", l.Orphaned}, {"deleted since, with a row again", l.Ghosts}, {"changed since", l.Reverted}} {
			if len(part.keys) > 0 {
				fmt.Fprintf(w, "      %s: %s\n", part.what, strings.Join(part.keys, ", "))
			}
		}
	}
}

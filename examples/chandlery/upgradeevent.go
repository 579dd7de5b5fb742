package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/chandlery-go/chandlery/upgrade"
)

// told shows the events of an upgrade: a line for each step that ended, with its notes below it, or JSON lines.
type told struct {
	out      *output
	terminal bool
	round    string   // whose lines stand last
	notes    []string // of the step under way
	open     bool     // the last line is that of a step under way
}

// eventJSON is one event; its field names are part of the command's promise.
type eventJSON struct {
	Event     string  `json:"event"` // begun, done, failed, noted
	Component string  `json:"component"`
	Round     int     `json:"round"`
	Step      string  `json:"step"`
	Target    string  `json:"target,omitempty"`
	Message   string  `json:"message,omitempty"`
	Seconds   float64 `json:"seconds,omitempty"`
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (t *told) event(e upgrade.Event) {
	switch {
	case t.out.json:
		j := eventJSON{Event: string(e.Type), Component: e.Component, Round: e.Round, Step: string(e.Step), Message: e.Text, Seconds: e.Took.Seconds()}
		if !e.Target.IsZero() {
			j.Target = e.Target.String()
		}
		t.out.printAny(j)
	case !t.out.quiet:
		t.line(e)
	}
}

func (t *told) line(e upgrade.Event) {
	w := t.out.stderr
	if round := fmt.Sprintf("%s, round %d", e.Component, e.Round); round != t.round {
		t.round = round
		fmt.Fprintln(w, round)
	}
	switch e.Type {
	case upgrade.StepBegun:
		t.notes = nil
		if t.terminal {
			fmt.Fprintf(w, "           %s …", e.Step)
			t.open = true
		}
	case upgrade.Noted:
		t.notes = append(t.notes, e.Text)
	case upgrade.StepDone:
		t.ended(e, string(e.Step))
	case upgrade.StepFailed:
		t.ended(e, string(e.Step)+": failed")
	}
}

func (t *told) ended(e upgrade.Event, text string) {
	t.end()
	fmt.Fprintf(t.out.stderr, "%8.1f s  %s\n", e.Took.Seconds(), text)
	if e.Type == upgrade.StepFailed && len(t.notes) == 0 { // else the notes say it, and the error at the end says it again
		t.notes = append(t.notes, e.Text)
	}
	for _, n := range t.notes {
		fmt.Fprintf(t.out.stderr, "             %s\n", n)
	}
	t.notes = nil
}

// end removes the line of a step under way.
func (t *told) end() {
	if t.open {
		fmt.Fprint(t.out.stderr, "\r\x1b[K")
		t.open = false
	}
}

// records shows what a flow came to, and passes its error on.
func (t *told) records(records []*upgrade.Record, err error) error {
	t.end()
	human := func(w io.Writer) {
		for _, r := range records {
			writeRecord(w, r, false)
		}
	}
	if err != nil {
		writePartial(t.out, "records", records, human)
		return err
	}
	t.out.result(records, human)
	return nil
}

// writePartial shows what there is beside an error: with --json as a line of its own before the problems.
func writePartial[T any](out *output, name string, all []T, human func(io.Writer)) {
	switch {
	case len(all) == 0:
	case out.json:
		out.printAny(map[string]any{"event": name, name: all})
	default:
		human(out.stdout)
	}
}

// printAny writes one JSON line.
func (o *output) printAny(v any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte(`{"event":"problem","message":"an event is not JSON"}`)
	}
	fmt.Fprintf(o.stdout, "%s\n", b)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/bundle"
)

// output is what the user sees: tables or JSON lines on standard output; progress, warnings and errors on standard error.
type output struct {
	stdout, stderr io.Writer
	json, quiet    bool

	mu   sync.Mutex
	bars *bars
}

// line is one JSON line. Event is an event's type, "problem" or "result".
type line struct {
	Event      string      `json:"event"`
	Step       bundle.Step `json:"step,omitempty"`
	Library    string      `json:"library,omitempty"`
	Platform   string      `json:"platform,omitempty"`
	Version    string      `json:"version,omitempty"`
	File       string      `json:"file,omitempty"`
	Message    string      `json:"message,omitempty"`
	Items      int         `json:"items,omitempty"`
	TotalItems int         `json:"total_items,omitempty"`
	Bytes      int64       `json:"bytes,omitempty"`
	TotalBytes int64       `json:"total_bytes,omitempty"`
	Kind       kind        `json:"kind,omitempty"`
	Advice     string      `json:"advice,omitempty"`
	OK         *bool       `json:"ok,omitempty"`
	ExitCode   *int        `json:"exit_code,omitempty"`
	Result     any         `json:"result,omitempty"`
}

func (o *output) print(l line) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b, err := json.Marshal(l)
	if err != nil {
		b = []byte(`{"event":"problem","message":"an event is not JSON"}`)
	}
	fmt.Fprintf(o.stdout, "%s\n", b)
}

// observe shows an event of a flow.
func (o *output) observe(e bundle.Event) {
	switch {
	case o.json:
		l := line{
			Event: string(e.Type), Step: e.Step, Library: e.Library, Platform: e.Platform, Version: e.Version, File: e.File, Message: e.Message,
			Items: e.Items, TotalItems: e.TotalItems, Bytes: e.Bytes, TotalBytes: e.TotalBytes,
		}
		if e.Err != nil {
			l.Message = e.Err.Error()
		}
		o.print(l)
	case e.Type == bundle.Warning:
		o.warn(subject(e.Library, e.Platform) + e.Message)
	case !o.quiet:
		o.progress(e)
	}
}

// progress draws bars on a terminal, and elsewhere tells the end of each step.
func (o *output) progress(e bundle.Event) {
	if o.bars == nil {
		o.bars = newBars(o.stderr)
	}
	switch {
	case o.bars.terminal():
		o.bars.show(e)
	case e.Type == bundle.StepFinished && e.Err == nil && e.Items > 0:
		fmt.Fprintf(o.stderr, "%s: %s\n", e.Step, amount(e))
	}
}

func amount(e bundle.Event) string {
	if e.Bytes == 0 {
		return fmt.Sprintf("%d done", e.Items)
	}
	return fmt.Sprintf("%d done, %s", e.Items, byteSize(e.Bytes))
}

// warn tells what the user should read.
func (o *output) warn(message string) {
	if o.json {
		o.print(line{Event: string(bundle.Warning), Message: message})
		return
	}
	fmt.Fprintln(o.stderr, "warning:", message)
}

// tell says what is good to know.
func (o *output) tell(message string) {
	switch {
	case o.json:
		o.print(line{Event: "note", Message: message})
	case !o.quiet:
		fmt.Fprintln(o.stderr, message)
	}
}

// result ends a command that succeeded: as the last JSON line, or as human writes it.
func (o *output) result(value any, human func(io.Writer)) {
	o.close()
	if !o.json {
		human(o.stdout)
		return
	}
	ok, code := true, 0
	o.print(line{Event: "result", OK: &ok, ExitCode: &code, Result: value})
}

// fail shows every problem and gives the exit code of the first that matters.
func (o *output) fail(err error) int {
	o.close()
	kind, code := classify(err)
	for _, p := range problems(err) {
		if o.json {
			o.print(problemLine(p))
		} else {
			fmt.Fprintln(o.stderr, "chandlery:", message(p))
		}
	}
	if o.json {
		ok := false
		o.print(line{Event: "result", OK: &ok, ExitCode: &code, Kind: kind})
	}
	return code
}

// message is an error's text; the user has interrupted, and canceled no context.
func message(err error) string {
	text := err.Error()
	if errors.Is(err, context.Canceled) {
		text = strings.ReplaceAll(text, context.Canceled.Error(), "interrupted")
	}
	return text
}

func problems(err error) []error {
	var several bundle.Errors
	if errors.As(err, &several) {
		return several
	}
	return []error{err}
}

func problemLine(err error) line {
	kind, _ := classify(err)
	l := line{Event: "problem", Kind: kind, Message: message(err)}
	var e *bundle.Error
	if errors.As(err, &e) {
		l.Library, l.Platform, l.Step, l.Advice = e.Library, e.Platform, e.Step, e.Advice
		if e.Err != nil {
			l.Message = message(e.Err)
		}
	}
	return l
}

func (o *output) close() {
	if o.bars != nil {
		o.bars.close()
		o.bars = nil
	}
}

func subject(library, platform string) string {
	switch {
	case library != "" && platform != "":
		return library + " on " + platform + ": "
	case library != "" || platform != "":
		return library + platform + ": "
	}
	return ""
}

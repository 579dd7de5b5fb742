package probe

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/oslolog"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/redact"
)

const (
	MaxEvidence     = 64  // pieces that one log gives; later ones are dropped
	MaxUnclassified = 16  // of them without a class
	MaxText         = 500 // bytes of an Evidence's Text
)

// Classify reads a service's log to its end, or to the first error of reading, and says what its errors are evidence of: each fault once,
// in the order of their first appearance. What only follows from a fault (a driver that is not initialised, no heartbeat) is evidence
// where nothing else is. Source is the line. A log without errors gives none. Memory is bounded whatever the log.
//
// A MissingAPI's Symbol is written as in an index of an API, or as much of it as Python says; Text says who asked for it, where that can be told, as a symbol that is new and one that is gone look the same:
//
//	os_brick.initiator.storpool_utils   a module, or a name in one
//	TgtAdm.storage_protocol             an attribute of a class
//	upload_volume(volume_fd=)           a keyword that the function does not take
//	append_host(without pool)           an argument that the call does not give
//	extract_host(4 by position)         more arguments than it takes; self is counted
//	upload_volume(volume_fd= twice)     given by position and by keyword
//	9c74c1c6971f                        a revision of the database's schema
//
// A MissingAPI or MissingOption has its Symbol from a traceback. A driver or a caller may have any text logged, so what a message alone says has none. Neither has what an exception of
// another type quotes, nor a traceback without oslo.log's prefix right after a message, of which it may be a part.
func Classify(log io.Reader) []upgrade.Evidence {
	found, _ := classify(log)
	var all []upgrade.Evidence
	for _, f := range found {
		all = append(all, f.Evidence)
	}
	return all
}

// finding is evidence and what it means for the service that said it.
type finding struct {
	upgrade.Evidence
	line        int
	count       int              // how often it was said
	latest      upgrade.Evidence // as it was said last
	consequence bool             // of a fault that is to be looked for elsewhere
	optional    bool             // of a plugin among others, without which the service goes on
	traced      bool             // a traceback showed it
}

// failing tells whether a service that says so does not do its work. Unclassified errors happen in services that do.
func (f finding) failing() bool {
	if f.optional {
		return false
	}
	switch f.Class {
	case upgrade.Unclassified, upgrade.Regression, upgrade.Neighbour, upgrade.Unready, upgrade.Contention:
		return f.consequence
	}
	return true
}

func classify(log io.Reader) ([]finding, error) {
	c := classifier{seen: map[string]*finding{}}
	for r, err := range oslolog.Records(log) {
		if err != nil {
			return c.end(), err
		}
		c.record(r)
	}
	return c.end(), nil
}

type classifier struct {
	found        []*finding
	seen         map[string]*finding
	unclassified int
	consequence  *finding
	unsupported  *finding // a warning about the driver, which matters where the driver is then refused
	check        string   // the row of cinder-status upgrade check that is being read
}

func (c *classifier) record(r oslolog.Record) {
	switch r.Level {
	case "ERROR", "CRITICAL":
		c.failure(r)
	case "":
		if len(r.Chain) > 0 {
			c.failure(r)
			return
		}
		c.plain(r)
	case "WARNING":
		if strings.Contains(r.Message, "is currently unsupported and may be removed") && c.unsupported == nil {
			c.unsupported = c.finding(r, upgrade.Misconfigured, "enable_unsupported_driver", r.Message)
		}
	}
}

// plugins logs an error for each plugin that cannot be imported, of a namespace of which a service uses one: glance lists all drivers of glance_store. A service that needs the very one says
// so itself.
const plugins = "stevedore.extension"

// failure takes the first of the chain that has a class, as what was raised first is the cause; then the message.
func (c *classifier) failure(r oslolog.Record) {
	for _, x := range r.Chain {
		if class, symbol, text := judge(x); class != upgrade.Unclassified {
			f := c.finding(r, class, symbol, text)
			f.optional, f.traced = r.Logger == plugins, !r.Within && raises(x.Type)
			c.add(f)
			return
		}
	}
	last := oslolog.Exception{Message: r.Message}
	if n := len(r.Chain); n > 0 {
		last.Frames = r.Chain[n-1].Frames
	}
	class, symbol, text := judge(last)
	if class == upgrade.Unclassified && r.Message == "" && len(r.Chain) > 0 {
		text = whole(r.Chain[len(r.Chain)-1])
	}
	f := c.finding(r, class, symbol, text)
	f.optional = r.Logger == plugins
	if f.consequence = class == upgrade.Unclassified && isConsequence(text); f.consequence {
		if c.consequence == nil {
			c.consequence = f
		}
		c.consequence.again(f)
		return
	}
	c.add(f)
}

func (c *classifier) finding(r oslolog.Record, class upgrade.Class, symbol, text string) *finding {
	e := upgrade.Evidence{Class: class, Symbol: redact.Line(symbol, MaxText), Text: redact.Line(text, MaxText), Source: fmt.Sprintf("line %d", r.Line)}
	return &finding{Evidence: e, latest: e, line: r.Line}
}

// raisers are the exceptions by which a missing symbol shows. The text of any other may quote what somebody else said.
var raisers = []string{"ImportError", "ModuleNotFoundError", "AttributeError", "TypeError", "NoSuchOptError", "NoSuchGroupError", "CommandError"}

func raises(exception string) bool {
	return slices.Contains(raisers, exception[strings.LastIndexByte(exception, '.')+1:])
}

// sure is the finding without a Symbol that only a message gave.
func (f finding) sure() finding {
	if f.traced || f.Symbol == "" || f.Class != upgrade.MissingAPI && f.Class != upgrade.MissingOption {
		return f
	}
	for _, e := range []*upgrade.Evidence{&f.Evidence, &f.latest} {
		e.Symbol, e.Text = "", join(e.Text, "said without a traceback")
	}
	return f
}

// id is the same for the same fault.
func (f *finding) id() string {
	if f.Symbol == "" {
		return string(f.Class) + "\x00" + shape(f.Text)
	}
	return string(f.Class) + "\x00" + f.Symbol
}

func (f *finding) again(other *finding) {
	f.count++
	f.traced = f.traced || other.traced
	if other.line < f.line { // records come when they are complete, not as they begin
		f.line, f.Evidence = other.line, other.Evidence
		return
	}
	f.latest = other.Evidence
}

func (c *classifier) add(f *finding) {
	id := f.id()
	if known := c.seen[id]; known != nil {
		known.again(f)
		return
	}
	if len(c.found) == MaxEvidence || f.Class == upgrade.Unclassified && c.unclassified == MaxUnclassified {
		return
	}
	if f.Class == upgrade.Unclassified {
		c.unclassified++
	}
	f.count = max(f.count, 1)
	c.seen[id] = f
	c.found = append(c.found, f)
}

// shape is a text without what differs each time it is logged: digits and hexadecimal identifiers.
func shape(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'f' || r == '-' {
			return -1
		}
		return r
	}, text)
}

func (c *classifier) end() []finding {
	var all []finding
	for _, f := range c.found {
		all = append(all, f.sure())
	}
	if c.consequence != nil && !slices.ContainsFunc(all, finding.failing) {
		if c.unsupported != nil {
			c.unsupported.count = c.consequence.count
			c.consequence = c.unsupported
		}
		all = append(all, *c.consequence)
	}
	slices.SortStableFunc(all, func(a, b finding) int { return a.line - b.line })
	return all
}

// plain takes what a command printed: the table of `cinder-status upgrade check` and the words of a shell or of sudo.
func (c *classifier) plain(r oslolog.Record) {
	row := strings.TrimSpace(strings.Trim(r.Message, "| "))
	if name, ok := strings.CutPrefix(row, "Check: "); ok {
		c.check = name
		return
	}
	if row == "Result: Failure" && c.check != "" {
		c.add(c.finding(r, upgrade.Misconfigured, c.check, "upgrade check: "+c.check+": Failure"+advice[c.check]))
		return
	}
	if class, symbol, text := judge(oslolog.Exception{Message: r.Message}); class != upgrade.Unclassified {
		c.add(c.finding(r, class, symbol, text))
	}
}

// advice is what helps against a check's failure where what the check says does not.
var advice = map[string]string{
	"Service UUIDs": "; volumes that a failed operation left in error have no service_uuid: name them and delete them",
}

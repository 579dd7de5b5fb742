package oslolog

import (
	"bufio"
	"errors"
	"io"
	"iter"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

const (
	MaxLine    = 8 << 10 // bytes of a line; the rest of it is dropped
	MaxMessage = 2 << 10 // bytes of a message of several lines; the rest is dropped
	MaxField   = 512     // bytes of a frame's file, function and source; the rest is dropped
	MaxFrames  = 32      // of an exception; the outermost are dropped
	MaxChain   = 8       // exceptions of a record; the rest is dropped
	MaxOpen    = 32      // records that wait for their traceback at once; the oldest is given as it is
)

// Record is one message.
type Record struct {
	Line    int    // where it begins, from 1
	Level   string // "ERROR"; "" for text that oslo.log did not write
	Logger  string
	Message string      // without prefix and bracket
	Chain   []Exception // of its traceback in the order of printing: what was raised first stands first
	Within  bool        // the traceback has no prefix and stands right after a message, of which it may be a part
}

// Exception is one part of a traceback.
type Exception struct {
	Type    string // "oslo_config.cfg.NoSuchOptError"
	Message string
	Frames  []Frame // innermost last
}

// Frame is one call of a traceback.
type Frame struct{ File, Func, Source string }

// Records reads r to its end and gives records in the order in which they are complete. An error of r is the last that is given, with a
// zero Record.
func Records(r io.Reader) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		a := &assembly{open: map[key]*entry{}, yield: yield}
		err := eachLine(r, func(line string) bool { a.add(line); return !a.stopped })
		for a.oldest() {
		}
		if err != nil && !a.stopped {
			yield(Record{}, err)
		}
	}
}

// colour is what oslo.log's ColorHandler and format strings with %(color)s put around a message (ECMA-48, SGR).
var colour = lazy.Regexp{Expr: `\x1b\[[0-9;]*m`}

// eachLine gives lines without their end and without colours, cut at MaxLine.
func eachLine(r io.Reader, f func(line string) bool) error {
	in := bufio.NewReaderSize(r, MaxLine)
	for {
		b, err := in.ReadSlice('\n')
		line := colour.ReplaceAllString(strings.TrimRight(string(b), "\r\n"), "")
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if (line != "" || err == nil) && !f(line) || err != nil {
			return nil
		}
	}
}

// bracket is the request's context; an exception's text may begin with [Errno 2].
var bracket = lazy.Regexp{Expr: `^\[(?:-|[^\]]*\breq-[^\]]*|None[^\]]*)\] ?(?:\[instance: [^\]]*\] ?)?`}

// prefix is what oslo.log puts before a message's bracket.
type prefix struct{ time, process, level, logger string }

// cutPrefix splits "2026-11-22 17:37:13.027 8539 ERROR cinder.volume text". It is the inner loop of reading: most lines are of no interest.
func cutPrefix(line string) (p prefix, text string, ok bool) {
	const shape = "0000-00-00 00:00:00"
	if len(line) < len(shape) {
		return p, "", false
	}
	for i := range len(shape) {
		if c := line[i]; shape[i] == '0' && (c < '0' || c > '9') || shape[i] != '0' && c != shape[i] {
			return p, "", false
		}
	}
	at := strings.IndexByte(line[len(shape):], ' ')
	if at < 0 {
		return p, "", false
	}
	p.time, text = line[:len(shape)+at], line[len(shape)+at+1:]
	p.process, text, _ = strings.Cut(text, " ")
	p.level, text, _ = strings.Cut(text, " ")
	p.logger, text, _ = strings.Cut(text, " ")
	switch p.level {
	case "CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "TRACE", "AUDIT":
		return p, text, p.logger != "" && p.process != "" && strings.Trim(p.process, "0123456789") == ""
	}
	return p, "", false
}

// key tells the records of different processes and loggers apart; the zero key is that of bare tracebacks.
type key struct{ process, logger string }

type entry struct {
	Record
	time  string
	trace trace
}

type assembly struct {
	open    map[key]*entry
	order   []key
	last    *entry // whose line the one before was: text without a prefix goes on with its message
	line    int
	yield   func(Record, error) bool
	stopped bool
}

func (a *assembly) add(line string) {
	a.line++
	p, text, ok := cutPrefix(line)
	if !ok {
		a.bare(line)
		return
	}
	k := key{p.process, p.logger}
	e := &entry{Record: Record{Line: a.line, Level: p.level, Logger: p.logger}, time: p.time}
	if strings.HasPrefix(text, "[") {
		if b := bracket.FindString(text); b != "" {
			e.Message = text[len(b):]
			a.start(k, e)
			return
		}
	}
	if e := a.open[k]; e != nil && e.time == p.time {
		e.trace.add(text)
		a.last = nil
		return
	}
	if partOfTrace(text) {
		e.trace.add(text)
	} else {
		e.Message = text
	}
	a.start(k, e)
}

// bare takes a line without a prefix.
func (a *assembly) bare(line string) {
	e := a.open[key{}]
	switch {
	case strings.HasPrefix(line, traceStart) && (e == nil || e.trace.done()):
		if e == nil {
			e = &entry{Record: Record{Line: a.line, Within: a.last != nil}}
			a.start(key{}, e)
		}
		e.trace.add(line)
		a.last = nil
	case e != nil && e.trace.takes(line):
		e.trace.add(line)
	case a.last != nil && !strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "+-"):
		a.last.Message = extend(a.last.Message, line)
	default:
		a.finish(key{})
		a.give(Record{Line: a.line, Message: line})
	}
}

func (a *assembly) start(k key, e *entry) {
	a.finish(k)
	a.open[k] = e
	a.order = append(a.order, k)
	a.last = e
	if len(a.order) > MaxOpen {
		a.oldest()
	}
}

func (a *assembly) finish(k key) {
	e := a.open[k]
	if e == nil {
		return
	}
	delete(a.open, k)
	for i, o := range a.order {
		if o == k {
			a.order = append(a.order[:i], a.order[i+1:]...)
			break
		}
	}
	if a.last == e {
		a.last = nil
	}
	e.Chain = e.trace.end()
	a.give(e.Record)
}

// oldest gives the record that waits longest, and tells whether there was one.
func (a *assembly) oldest() bool {
	if len(a.order) == 0 {
		return false
	}
	a.finish(a.order[0])
	return true
}

func (a *assembly) give(r Record) {
	if !a.stopped && !a.yield(r, nil) {
		a.stopped = true
	}
}

// extend joins a line to a message of several lines, within MaxMessage.
func extend(message, line string) string {
	if room := MaxMessage - len(message) - 1; room > 0 {
		return message + "\n" + line[:min(room, len(line))]
	}
	return message
}

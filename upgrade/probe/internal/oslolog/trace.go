package oslolog

import (
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

const traceStart = "Traceback (most recent call last):"

var (
	frameLine     = lazy.Regexp{Expr: `^\s+File "([^"]*)", line \d+(?:, in (.*))?$`}
	exceptionLine = lazy.Regexp{Expr: `^([A-Za-z_][\w.]*)(?:: ?(.*))?$`}
	between       = []string{"During handling of the above exception", "The above exception was the direct cause"}
)

// trace puts the lines of a traceback together. It may begin anywhere: logs are cut.
type trace struct {
	chain   []Exception
	current Exception
	named   bool // the line that names the exception has come
	blank   bool // and after it an empty one
}

// partOfTrace tells whether a line without context belongs to a traceback whose begin is missing.
func partOfTrace(line string) bool {
	return line == "" || line[0] == ' ' || strings.HasPrefix(line, traceStart) || isBetween(line)
}

func isBetween(line string) bool {
	return strings.HasPrefix(line, between[0]) || strings.HasPrefix(line, between[1])
}

func (t *trace) done() bool { return t.named }

// takes tells whether a line without any prefix still belongs to the traceback.
func (t *trace) takes(line string) bool {
	return !t.named || line == "" || isBetween(line) || !t.blank && len(t.current.Message) < MaxMessage && len(t.current.Frames) > 0 && !strings.HasPrefix(line, "| ")
}

func (t *trace) add(line string) {
	switch {
	case strings.HasPrefix(line, traceStart) || isBetween(line):
		t.next()
	case line == "":
		t.blank = t.named
	case line[0] == ' ' && !t.named:
		t.call(line)
	case t.named && (line[0] == ' ' || !t.blank):
		t.current.Message = extend(t.current.Message, line)
	default:
		if m := exceptionLine.FindStringSubmatch(line); m != nil {
			if t.named {
				t.next()
			}
			t.current.Type, t.current.Message, t.named = m[1], m[2], true
		}
	}
}

// call takes a frame, or the source text of the one before.
func (t *trace) call(line string) {
	if m := frameLine.FindStringSubmatch(line); m != nil {
		t.current.Frames = append(t.current.Frames, Frame{File: cut(m[1]), Func: cut(m[2])})
		if n := len(t.current.Frames); n > MaxFrames {
			t.current.Frames = append(t.current.Frames[:0], t.current.Frames[1:]...)
		}
		return
	}
	text := strings.TrimSpace(line)
	if n := len(t.current.Frames); n > 0 && t.current.Frames[n-1].Source == "" && strings.Trim(text, "^~ ") != "" {
		t.current.Frames[n-1].Source = cut(text)
	}
}

func (t *trace) next() {
	if t.named && len(t.chain) < MaxChain {
		t.chain = append(t.chain, t.current)
	}
	t.current, t.named, t.blank = Exception{}, false, false
}

func (t *trace) end() []Exception {
	t.next()
	return t.chain
}

// cut keeps a text within MaxField and lets go of the line that it was part of.
func cut(s string) string { return strings.Clone(s[:min(len(s), MaxField)]) }

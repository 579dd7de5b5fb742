package bundle

import (
	"sync"
)

// EventType says what an Event reports.
type EventType string

const (
	// StepStarted opens a step: TotalItems and TotalBytes are what it expects to do (0 where not known yet; a later event may correct them).
	StepStarted EventType = "started"
	// ItemDone is one finished unit of work of a step: a platform resolved, a wheel fetched or verified, a bundle packed, stored, unpacked, switched.
	ItemDone EventType = "done"
	// Progress moves Bytes or Items within a step without finishing a unit.
	Progress EventType = "progress"
	// ItemKept is a unit that needed no work: a verdict was known, an object or library was there already.
	ItemKept EventType = "kept"
	// Warning is something that the user should read and that stops nothing (Message).
	Warning EventType = "warning"
	// StepFinished closes a step; Err is what it ended with, nil where it succeeded.
	StepFinished EventType = "finished"
)

// Event is what a flow tells while it runs. Fields that do not apply are zero. Steps may overlap: a wheel can be packed while another is
// fetched; each step has one StepStarted and one StepFinished event.
type Event struct {
	Type     EventType
	Step     Step
	Library  string // normalised name
	Platform string // "" where the unit serves several platforms
	Version  string
	File     string // a wheel's name, a bundle's key, a path
	Message  string // for people; of Warning always, else where there is more to say

	Items, TotalItems int   // units finished in this step so far, and in all
	Bytes, TotalBytes int64 // bytes moved in this step so far, and in all: downloads in fetch, archive bytes in pack and store, unpacked bytes in stage

	Err error // of StepFinished, where the step did not succeed
}

// Observer receives events. A flow calls it from one goroutine at a time, in an order in which each step's counters never fall, and waits
// for its return: an Observer that is slow makes the flow slow, and one that calls back into the flow blocks it.
type Observer func(Event)

// steps counts a flow's work and tells the Observer. The zero steps tells nobody.
type steps struct {
	observe Observer
	mu      sync.Mutex
	now     map[Step]*Event
}

func newSteps(o Observer) *steps { return &steps{observe: o, now: map[Step]*Event{}} }

// start opens a step with what it expects to do.
func (s *steps) start(step Step, items int, bytes int64) {
	s.update(Event{Type: StepStarted, Step: step}, func(c *Event) { c.TotalItems, c.TotalBytes = items, bytes })
}

// done counts one unit of e.Step; bytes are those it moved.
func (s *steps) done(e Event, bytes int64) {
	if e.Type == "" {
		e.Type = ItemDone
	}
	s.update(e, func(c *Event) { c.Items++; c.Bytes += bytes; c.TotalBytes = max(c.TotalBytes, c.Bytes) })
}

// warn tells something that stops nothing.
func (s *steps) warn(e Event) {
	e.Type = Warning
	s.update(e, func(*Event) {})
}

// finish closes a step and returns err.
func (s *steps) finish(step Step, err error) error {
	s.update(Event{Type: StepFinished, Step: step, Err: err}, func(*Event) {})
	return err
}

func (s *steps) update(e Event, count func(*Event)) {
	if s == nil || s.observe == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.now[e.Step]
	if c == nil {
		c = &Event{}
		s.now[e.Step] = c
	}
	count(c)
	e.Items, e.TotalItems, e.Bytes, e.TotalBytes = c.Items, c.TotalItems, c.Bytes, c.TotalBytes
	s.observe(e)
}

package upgrade

import (
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// Step is one step of an upgrade, in the order of the method.
type Step string

const (
	StepRead      Step = "read what runs"
	StepPick      Step = "pick the target"
	StepResolve   Step = "resolve"
	StepProvision Step = "make the environment"
	StepRehearse  Step = "rehearse on a copy"
	StepTrial     Step = "trial"
	StepConfigure Step = "configure"
	StepPrepare   Step = "prepare the verification"
	StepStop      Step = "stop"
	StepSnapshot  Step = "save the database"
	StepMigrate   Step = "migrate the database"
	StepSwitch    Step = "switch"
	StepStart     Step = "start"
	StepOnline    Step = "online migrations"
	StepVerify    Step = "verify"
	StepRestore   Step = "restore the database"
	StepClean     Step = "clean up"
)

// EventType is what happened to a step.
type EventType string

const (
	StepBegun  EventType = "begun"
	StepDone   EventType = "done"
	StepFailed EventType = "failed"
	Noted      EventType = "noted" // within a step
)

// Event tells how an upgrade goes on. It holds no secret.
type Event struct {
	Component string         `json:"component"`
	Round     int            `json:"round"` // from 1; a redo is another
	Step      Step           `json:"step"`
	Type      EventType      `json:"type"`
	Target    pep440.Version `json:"target"` // zero before it is picked
	Text      string         `json:"text,omitempty"`
	Took      time.Duration  `json:"took,omitempty"`
}

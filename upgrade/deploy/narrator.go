package deploy

import (
	"sync"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/environment"
)

// narrator tells the caller of one component's events, and of what its environment's maker notes within them.
type narrator struct {
	tell      func(upgrade.Event)
	component string

	mu   sync.Mutex
	last upgrade.Event
}

func (n *narrator) event(e upgrade.Event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last = e
	if n.tell != nil {
		n.tell(e)
	}
}

func (n *narrator) note(note environment.Note) {
	n.mu.Lock()
	e := n.last
	n.mu.Unlock()
	n.event(upgrade.Event{Component: n.component, Round: e.Round, Step: e.Step, Target: e.Target, Type: upgrade.Noted, Text: note.Text})
}

package main

import (
	"runtime"
	"runtime/debug"
)

const (
	// slack is how much garbage the smallest heap may have before it is collected: a process that lives for seconds gains little by collecting.
	slack = 8 << 20
	// patience is GOGC until the first collection, which comes at 24 MiB with it, slack among them: most commands have ended by then.
	patience = 600
	usual    = 100 // GOGC, where nobody sets it
)

// spare has the heap collected late, and while it is small seldom, for as long as what it returns is kept. Whoever sets GOGC is obeyed.
func spare() (never []byte) {
	if asked := debug.SetGCPercent(patience); asked != usual {
		debug.SetGCPercent(asked)
	} else {
		runtime.AddCleanup(new(*int), settle, usual) // nothing holds it: the first collection frees it
	}
	return make([]byte, slack) // counts as heap, and takes no memory as nothing touches it
}

// settle ends the patience, unless a command has chosen for itself.
func settle(percent int) {
	if was := debug.SetGCPercent(percent); was != patience {
		debug.SetGCPercent(was)
	}
}

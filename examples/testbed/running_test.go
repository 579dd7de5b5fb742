//go:build testbed

package testbed

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// running are the testbeds of this process. What runs in one would outlive a process that is told to end.
type running struct {
	mu  sync.Mutex
	all []*bed
}

func (r *running) add(b *bed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, b)
}

func (r *running) remove(b *bed) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = slices.DeleteFunc(r.all, func(other *bed) bool { return other == b })
}

// pass returns unless the process ends.
func (r *running) pass() {
	r.mu.Lock()
	defer r.mu.Unlock()
}

// endAtSignal ends the process at SIGINT or SIGTERM, and before it its testbeds.
func (r *running) endAtSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	got := <-signals
	signal.Ignore(syscall.SIGPIPE) // go test, which reads what is printed, may have ended
	fmt.Fprintln(os.Stderr, got)
	r.mu.Lock() // for good: no test goes on
	for _, b := range r.all {
		if out, err := b.end(); err != nil {
			fmt.Fprintf(os.Stderr, "testbed down: %v\n%s", err, out)
		}
		os.RemoveAll(filepath.Dir(b.home)) // what t.TempDir made
	}
	os.RemoveAll(filepath.Dir(suite.program))
	os.Exit(1)
}

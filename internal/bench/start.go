package main

import (
	"net/http"
	"sync"
	"time"
)

// door is in front of the mirror, and notes when the first request came.
type door struct {
	mu    sync.Mutex
	next  http.Handler
	first time.Time
}

// ServeHTTP implements http.Handler.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	if d.first.IsZero() {
		d.first = time.Now()
	}
	next := d.next
	d.mu.Unlock()
	next.ServeHTTP(w, r)
}

// open leads to another handler from now on.
func (d *door) open(next http.Handler) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next = next
}

// take gives the time of the first request since the last call.
func (d *door) take() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.first
	d.first = time.Time{}
	return t
}

// startBenchmark measures from the start of a process to its first request, with an empty cache.
func startBenchmark() benchmark {
	of := func(name string, c contender) contender {
		run := c.Run
		c.Name = name
		c.Run = func(s *site) (usage, error) {
			s.door.take()
			_, err := run(s)
			return usage{Wall: s.door.take().Sub(s.began).Seconds()}, err
		}
		return c
	}
	return benchmark{
		Name:       "start to first request",
		Contenders: []contender{of("chandlery", resolveFive("", cold, oneTarget)), of("uv", uvResolve("", cold, oneTarget))},
		Limits:     []limit{{AtMost: 0.015}},
		Where:      mirrorOnly,
	}
}

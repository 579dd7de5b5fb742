package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/mirror"
)

// measureAll is a whole run. The table is there even where some contender failed.
func measureAll(ctx context.Context, o *options, progress io.Writer) (t *table, err error) {
	s, cleanup, err := newSite(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cleanup()) }()
	if err := install(ctx, s, o.tools); err != nil {
		return nil, err
	}
	t = &table{On: "the index", Runs: o.runs}
	if t.Tools, err = s.versions(); err != nil {
		return nil, err
	}
	if s.index = o.index; s.index == "" {
		if s.index, err = s.configured(); err != nil {
			return nil, err
		}
	}
	before := load()
	if o.on == "index" {
		err = s.pass(t, o.chosen(0), "", o, progress)
	} else {
		err = s.onMirror(t, o, progress)
	}
	t.Load = before + " to " + load()
	return t, err
}

// onMirror measures at every latency, on a mirror of the index.
func (s *site) onMirror(t *table, o *options, progress io.Writer) error {
	t.On = "a mirror on the loopback interface"
	if len(o.lacks) > 0 {
		t.On += " without " + o.lacks.String()
	}
	m, stop, err := s.mirrored(o)
	if err != nil {
		return err
	}
	for i, latency := range o.latencies {
		s.door.open(&mirror.Link{Handler: m, Latency: latency})
		err = errors.Join(err, s.pass(t, o.chosen(i), latency.String(), o, progress))
	}
	return errors.Join(err, stop())
}

// newSite makes the folder of the work and the log in it.
func newSite(ctx context.Context, o *options) (*site, func() error, error) {
	s := &site{ctx: ctx, on: o.on, work: o.work, python: o.python, pinned: map[string]bool{}, inside: map[string]usage{}}
	remove := func() error { return nil }
	for _, dir := range []*string{&o.tools, &s.work} {
		abs, err := filepath.Abs(*dir)
		if err != nil {
			return nil, nil, err
		}
		if *dir != "" {
			*dir = abs
		}
	}
	// What stands on PATH may be a script that looks for the interpreter each time.
	python, err := s.output(exec.CommandContext(ctx, o.python, "-c", "import sys; print(sys.executable)"))
	if err != nil {
		return nil, nil, err
	}
	s.python = strings.TrimSpace(python)
	if s.work == "" {
		if s.work, err = os.MkdirTemp("", "chandlery-bench-"); err != nil {
			return nil, nil, err
		}
		remove = func() error { return os.RemoveAll(s.work) }
	}
	if err := errors.Join(os.MkdirAll(o.tools, 0o755), os.MkdirAll(s.work, 0o755)); err != nil {
		return nil, nil, err
	}
	log, err := os.Create(filepath.Join(o.tools, "log.txt"))
	if err != nil {
		return nil, nil, err
	}
	s.log = log
	return s, func() error { return errors.Join(log.Close(), remove()) }, nil
}

// most is how many runs a short line gets.
const most = 15

// pass measures all lines at one latency: a round that is not counted, then as many as each line wants. Interrupted, it judges what it has.
func (s *site) pass(t *table, lines []benchmark, latency string, o *options, progress io.Writer) error {
	var results []*result
	for _, b := range lines {
		results = append(results, newResult(b, latency))
	}
	t.Results = append(t.Results, results...)
	for n := range max(o.runs, most) + 1 {
		for i, b := range lines {
			if results[i].wants(n, o) {
				s.round(n, b, results[i], progress)
			}
		}
	}
	failed := s.ctx.Err()
	for i, r := range results {
		r.judge(s.on, lines[i].Limits)
		failed = errors.Join(failed, r.failed())
	}
	return failed
}

// wants tells whether a line is to have this round: a short one, of which a few runs tell little, has more of them.
func (r *result) wants(round int, o *options) bool {
	return round <= o.runs || round <= most && r.spent < o.least && r.failed() == nil
}

// round gives everyone his turn, and another one the first turn each time: who comes after whom decides, too.
func (s *site) round(n int, b benchmark, r *result, progress io.Writer) {
	for k := range b.Contenders {
		if s.ctx.Err() != nil {
			return
		}
		i := (k + n) % len(b.Contenders)
		u, took, err := s.turn(b.Contenders[i])
		note(progress, n, b, b.Contenders[i], u, err)
		r.Rows[i].add(n, u, err)
		if n > 0 {
			r.spent += took
		}
	}
}

func newResult(b benchmark, latency string) *result {
	r := &result{Name: b.Name, Latency: latency}
	if b.Where == noNetwork {
		r.Latency = ""
	}
	for _, c := range b.Contenders {
		r.Rows = append(r.Rows, &row{Name: c.Name})
	}
	return r
}

// failed tells whose turn went wrong.
func (r *result) failed() error {
	var all []error
	for _, o := range r.Rows {
		if o.Err != "" {
			all = append(all, fmt.Errorf("%s, %s: %s", r.title(), o.Name, o.Err))
		}
	}
	return errors.Join(all...)
}

// turn is one contender, once, and how long the clock says he was at it.
func (s *site) turn(c contender) (u usage, took time.Duration, err error) {
	if c.Prepare != nil {
		if err := c.Prepare(s); err != nil {
			return u, 0, err
		}
	}
	settle()
	begin := time.Now()
	u, err = c.Run(s)
	return u, time.Since(begin), err
}

// add keeps what a turn took. The round before the first is for the caches.
func (r *row) add(round int, u usage, err error) {
	switch {
	case err != nil:
		r.Err = err.Error()
	case round > 0:
		r.Runs = append(r.Runs, u)
	}
}

func note(w io.Writer, round int, b benchmark, c contender, u usage, err error) {
	said := seconds(u.Wall)
	if err != nil {
		said = "failed"
	}
	fmt.Fprintf(w, "%s  %d  %s, %s: %s\n", time.Now().Format(time.TimeOnly), round, b.Name, c.Name, said)
}

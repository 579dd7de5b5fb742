package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	// maxMemory is the most resident memory, in bytes, that a worker may have at any time. The limits of the parsers stand far below it; the rest is the fuzzer's own.
	maxMemory = 1 << 30
	// patience is how long a target may do nothing new.
	patience = 2 * time.Minute
	// minimize is how long the fuzzer may try to make one input smaller. Its own minute would be most of a run.
	minimize = 2 * time.Second
	// keeping is how long the fuzzer may take to keep the input at which its worker was aborted.
	keeping = 20 * time.Second
	// sampling is how often a worker's memory is read.
	sampling = 200 * time.Millisecond
)

// watch is one run of a target.
type watch struct {
	binary     string
	target     target
	executions int64
	parallel   int
	maxMemory  int64
	patience   time.Duration

	output log
}

// log is what the fuzzer printed, with the moment at which it last told progress.
type log struct {
	mu       sync.Mutex
	printed  bytes.Buffer
	progress progress
	at       time.Time
}

// Write takes what the fuzzer prints, which writes line by line.
func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p, ok := parseProgress(string(b)); ok && p != l.progress {
		l.progress, l.at = p, time.Now()
	}
	return l.printed.Write(b)
}

func (l *log) state() (progress, time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.progress, l.at
}

// run runs the target to its end, or until ctx ends. An error says that it did not start.
func (w *watch) run(ctx context.Context) (row, error) {
	cmd := exec.CommandContext(ctx, w.binary, "-test.run=^$", "-test.fuzz=^"+w.target.Name+"$", "-test.fuzzcachedir="+w.target.cache, "-test.paniconexit0",
		"-test.fuzztime="+strconv.FormatInt(w.executions, 10)+"x", "-test.fuzzminimizetime="+minimize.String(), "-test.parallel="+strconv.Itoa(w.parallel))
	cmd.Dir = w.target.Dir
	cmd.Stdout, cmd.Stderr = &w.output, &w.output
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	started := time.Now()
	w.output.at = started
	if err := cmd.Start(); err != nil {
		return row{}, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticks := time.NewTicker(sampling)
	defer ticks.Stop()
	r := row{Package: w.target.Package, Target: w.target.Name}
	for {
		select {
		case err := <-ended:
			p, _ := w.output.state()
			r.Executions, r.Took = p.executions, time.Since(started)
			r.Verdict = verdict(ctx, r.Verdict, err, w.output.printed.String())
			return r, nil
		case <-ticks.C:
			if r.Verdict == "" {
				r.Verdict = w.look(cmd.Process, &r)
			}
		}
	}
}

// look reads the workers' memory, and aborts them where that or the time since the last progress is too much. It says so.
func (w *watch) look(fuzzer *os.Process, r *row) string {
	workers := children(fuzzer.Pid)
	for _, pid := range workers {
		r.Peak = max(r.Peak, peak(pid))
	}
	_, at := w.output.state()
	var why string
	switch {
	case r.Peak > w.maxMemory:
		why = fmt.Sprintf("more than %d MiB", w.maxMemory>>20)
	case time.Since(at) > w.patience:
		why = fmt.Sprintf("nothing new for %s", w.patience)
	default:
		return ""
	}
	for _, pid := range workers {
		if p, err := os.FindProcess(pid); err == nil {
			p.Signal(syscall.SIGABRT) // one that has ended meanwhile is no worker any more
		}
	}
	time.AfterFunc(keeping, func() { fuzzer.Kill() })
	return why
}

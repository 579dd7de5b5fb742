package supervise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// procStat is what is read of /proc/PID/stat (proc(5)).
type procStat struct {
	state   byte
	ppid    int
	session int
	start   uint64 // clock ticks since boot
}

// parseStat reads the fields behind the name, which may hold anything, brackets and line ends included.
func parseStat(b []byte) (procStat, bool) {
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 20 || len(fields[0]) != 1 || fields[0][0] <= ' ' {
		return procStat{}, false
	}
	ppid, err1 := strconv.Atoi(string(fields[1]))
	session, err2 := strconv.Atoi(string(fields[3]))
	start, err3 := strconv.ParseUint(string(fields[19]), 10, 64)
	return procStat{fields[0][0], ppid, session, start}, errors.Join(err1, err2, err3) == nil
}

func (s procStat) alive() bool { return s.state != 'Z' && s.state != 'X' && s.state != 'x' }

func readStat(pid int) (procStat, bool) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return procStat{}, false
	}
	return parseStat(b)
}

// handle names a process so that another that got its pid later is not mistaken for it.
type handle struct {
	pid   int
	start uint64
}

// named reports whether it can name a service at all.
func (h handle) named() bool { return h.pid > 1 && h.start > 0 }

func (h handle) alive() bool {
	st, ok := readStat(h.pid)
	return ok && st.start == h.start && st.alive()
}

// signal goes through a pid file descriptor where the kernel has them, so that the process that is checked is the one that is signalled. One that has ended is no error.
func (h handle) signal(sig os.Signal) error {
	p, err := os.FindProcess(h.pid)
	if err != nil {
		return err
	}
	defer p.Release()
	if !h.alive() {
		return nil
	}
	if err := p.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("process %d: %w", h.pid, err)
	}
	return nil
}

// eachProcess calls f for the processes that exist.
func eachProcess(f func(handle, procStat)) {
	dir, err := os.Open("/proc")
	if err != nil {
		return
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(-1)
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			if st, ok := readStat(pid); ok {
				f(handle{pid, st.start}, st)
			}
		}
	}
}

// session lists the living processes of the session that h leads or led. While one lives, its session's number is given to no other process; where another process has the number now,
// the session is over.
func session(h handle) []handle {
	if st, ok := readStat(h.pid); ok && st.start != h.start {
		return nil
	}
	var all []handle
	eachProcess(func(p handle, st procStat) {
		if st.session == h.pid && st.alive() && p.start >= h.start {
			all = append(all, p)
		}
	})
	return all
}

// endAll kills what list gives until it gives nothing: what is killed may have started another just before.
func endAll(ctx context.Context, list func() []handle) error {
	if len(list()) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), killWait)
	defer cancel()
	var left []handle
	err := poll(ctx, 5*time.Millisecond, func() (bool, error) {
		left = list()
		var errs []error
		for _, h := range left {
			errs = append(errs, h.signal(syscall.SIGKILL))
		}
		return len(left) == 0, errors.Join(errs...)
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("killed, but not gone after %v: %s", killWait, pids(left))
	}
	return err
}

func endSession(ctx context.Context, h handle) error {
	return endAll(ctx, func() []handle { return session(h) })
}

func pids(all []handle) string {
	var words []string
	for _, h := range all {
		words = append(words, strconv.Itoa(h.pid))
	}
	return "process " + strings.Join(words, ", ")
}

// sweep kills every process whose first environment holds all of marks.
func sweep(ctx context.Context, marks map[string]string) error {
	want := environList(marks)
	return endAll(ctx, func() []handle {
		var all []handle
		eachProcess(func(h handle, st procStat) {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/environ", h.pid))
			if err != nil || !st.alive() {
				return
			}
			has := strings.Split(string(b), "\x00")
			if !slices.ContainsFunc(want, func(w string) bool { return !slices.Contains(has, w) }) {
				all = append(all, h)
			}
		})
		return all
	})
}

// tick is the clock tick of process start times, a hundredth of a second on every system that Go knows.
const tick = 10 * time.Millisecond

// startTime is a start time by this host's clock as it goes now. Both it and the time since boot were rounded down: two ticks more, and it is never too early.
func startTime(start uint64) time.Time {
	now, err := ticks()
	if err != nil || start == 0 || start > now {
		return time.Time{}
	}
	return time.Now().Add(-time.Duration(now-start)*tick + 2*tick)
}

// ticks is the time since boot.
func ticks() (uint64, error) {
	b, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0, err
	}
	up, _, _ := strings.Cut(string(b), " ")
	return strconv.ParseUint(strings.Replace(up, ".", "", 1), 10, 64)
}

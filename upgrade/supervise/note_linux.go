package supervise

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Files beside the pid file.
const (
	startSuffix = ".start"
	noteSuffix  = ".note"
	lockSuffix  = ".lock"
)

func (p Place) lock(ctx context.Context) (*durable.Lock, error) {
	dir := filepath.Dir(p.PIDFile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return durable.AcquireLock(ctx, root, filepath.Base(p.PIDFile)+lockSuffix, LockWait, fmt.Sprintf("process %d", os.Getpid()))
}

// read gives the process that the pid file names, and whether anything of it runs.
func (p Place) read() (handle, bool) {
	h := handle{pid: int(p.number("")), start: p.number(startSuffix)}
	return h, h.named() && (h.alive() || len(session(h)) > 0)
}

func (p Place) number(suffix string) uint64 {
	b, err := os.ReadFile(p.PIDFile + suffix)
	if err != nil {
		return 0
	}
	fields := bytes.Fields(b[:min(len(b), 64)])
	if len(fields) == 0 {
		return 0
	}
	n, err := strconv.ParseUint(string(fields[0]), 10, 63)
	if err != nil {
		return 0
	}
	return n
}

func (p Place) readNote() (note, bool) {
	var n note
	b, err := os.ReadFile(p.PIDFile + noteSuffix)
	return n, err == nil && json.Unmarshal(b, &n) == nil
}

func (p Place) writeNote(n note) error {
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return durable.WritePath(p.PIDFile+noteSuffix, b, 0o600)
}

// record writes the pid file last but for the note's end: a pid counts only with its start time.
func (p Place) record(n note, h handle) error {
	n.PID, n.Start = h.pid, h.start
	return errors.Join(
		durable.WritePath(p.PIDFile+startSuffix, []byte(strconv.FormatUint(h.start, 10)), 0o644),
		durable.WritePath(p.PIDFile, []byte(strconv.Itoa(h.pid)+"\n"), 0o644),
		p.writeNote(n))
}

// forget removes the files of a process that is gone, where they are still its.
func (p Place) forget(h handle) error {
	if int(p.number("")) != h.pid || p.number(startSuffix) != h.start {
		return nil
	}
	return errors.Join(durable.RemovePath(p.PIDFile), durable.RemovePath(p.PIDFile+startSuffix), durable.RemovePath(p.PIDFile+noteSuffix))
}

// unfinished reports a start whose starter has not written the pid: it is at it, or was killed.
func (p Place) unfinished() bool {
	n, ok := p.readNote()
	return ok && n.PID == 0
}

// finish ends such a start, under the lock: the process is found and recorded, or there is none.
func (p Place) finish() (handle, bool, error) {
	n, ok := p.readNote()
	if !ok || n.PID != 0 {
		return handle{}, false, nil
	}
	h, found := n.find()
	if !found {
		return handle{}, false, durable.RemovePath(p.PIDFile + noteSuffix)
	}
	return h, true, p.record(n, h)
}

// find looks for a leader of a session that started after the note was written, and whose argv is the noted one, an interpreter's name before it apart.
func (n note) find() (handle, bool) {
	var found handle
	eachProcess(func(h handle, st procStat) {
		if st.session != h.pid || st.start < n.After || !st.alive() {
			return
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", h.pid))
		if err != nil {
			return
		}
		argv := strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
		if len(argv) >= len(n.Argv) && slices.Equal(argv[len(argv)-len(n.Argv):], n.Argv) {
			found = h
		}
	})
	return found, found.pid != 0
}

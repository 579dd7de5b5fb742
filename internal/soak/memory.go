package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// children are the processes that a process started and that still run; none where the system does not tell.
func children(pid int) []int {
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // each thread has its own
	if err != nil {
		return nil
	}
	var all []int
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			continue // a thread that has ended
		}
		for _, field := range strings.Fields(string(b)) {
			if n, err := strconv.Atoi(field); err == nil {
				all = append(all, n)
			}
		}
	}
	return all
}

// peak is the most resident memory that a process had so far, in bytes; 0 for one that has ended.
func peak(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	return parsePeak(string(b))
}

// parsePeak reads VmHWM of proc_pid_status(5).
func parsePeak(status string) int64 {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil || n < 0 || n > 1<<40 {
				return 0
			}
			return n << 10
		}
	}
	return 0
}

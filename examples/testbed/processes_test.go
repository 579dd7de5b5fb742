//go:build testbed

package testbed

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// process is one process, as proc(5) has it.
type process struct {
	pid, parent int
	start       string // clock ticks since boot
	argv        []string
}

func (p process) commandLine() string { return strings.Join(p.argv, " ") }

// identity tells two processes of one number apart.
func (p process) identity() string { return fmt.Sprintf("%d since %s", p.pid, p.start) }

// trial reports a service on trial: its configuration generation is named so.
func (p process) trial() bool { return strings.Contains(p.commandLine(), "-trial/") }

// processes lists those that live and are no kernel threads.
func processes() (all []process) {
	entries, _ := os.ReadDir("/proc") // none on an error: the callers demand some
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if p, ok := readProcess(pid); ok {
			all = append(all, p)
		}
	}
	return all
}

func readProcess(pid int) (process, bool) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	stat, err2 := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil || err2 != nil || len(line) == 0 {
		return process{}, false
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	parent, err := strconv.Atoi(fields[1])
	if err != nil || strings.ContainsAny(fields[0], "ZX") {
		return process{}, false
	}
	return process{pid: pid, parent: parent, start: fields[19], argv: strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")}, true
}

// running finds the processes of a component's service in production, its leader first.
func (b *bed) running(service string) []process {
	conf := b.conf(b.served(service).Component)
	var all []process
	for _, p := range processes() {
		line := p.commandLine()
		if strings.Contains(line, "/"+service) && strings.Contains(line, conf) && !p.trial() {
			all = append(all, p)
		}
	}
	isChild := func(p process) bool {
		return slices.ContainsFunc(all, func(q process) bool { return q.pid == p.parent })
	}
	slices.SortStableFunc(all, func(p, q process) int {
		switch {
		case isChild(p) == isChild(q):
			return p.pid - q.pid
		case isChild(q):
			return -1
		}
		return 1
	})
	return all
}

// runsFrom demands that each service of a component runs in the environment at root, all its processes, and loads no compiled module from elsewhere but the linked bindings; "" is the real environment.
func (b *bed) runsFrom(component, root string) {
	b.t.Helper()
	for _, name := range b.doc.Components[component].Services {
		all := b.running(name)
		require.NotEmpty(b.t, all, "%s does not run", name)
		for _, p := range all {
			within := strings.HasPrefix(p.argv[0], root+"/bin/")
			if root == "" {
				within = !strings.HasPrefix(p.argv[0], b.home)
			}
			assert.True(b.t, within, "%s: process %d is %s, not of %q", name, p.pid, p.commandLine(), root)
		}
		exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", all[0].pid))
		require.NoError(b.t, err)
		ours, real := b.modules(all[0].pid, root)
		b.t.Logf("%s is process %d, %s (%s); %d compiled modules of its environment, %d of the real one", name, all[0].pid, all[0].argv[0], exe, len(ours), len(real))
		if root == "" {
			assert.NotEmpty(b.t, real, name)
		} else {
			assert.NotEmpty(b.t, ours, name)
			for _, file := range real {
				assert.Regexp(b.t, `/(rbd|rados)\.`, file, "%s loads a module of the real environment", name)
			}
		}
	}
}

// modules are the compiled Python modules that a process has mapped, of an environment and of Debian's.
func (b *bed) modules(pid int, root string) (ours, real []string) {
	b.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	require.NoError(b.t, err)
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		file := fields[len(fields)-1]
		switch {
		case filepath.Ext(file) != ".so":
		case root != "" && strings.HasPrefix(file, root+"/"):
			ours = append(ours, file)
		case strings.HasPrefix(file, debianSite+"/"):
			real = append(real, file)
		}
	}
	slices.Sort(ours)
	slices.Sort(real)
	return slices.Compact(ours), slices.Compact(real)
}

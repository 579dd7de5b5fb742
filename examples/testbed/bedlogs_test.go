//go:build testbed

package testbed

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

const (
	toldLines = 60
	toldBytes = 64 << 10
)

// tellLogs puts the end of each log into the test's own.
func (b *bed) tellLogs() {
	for _, pattern := range []string{"state/*/*.json", "state/*/*.out", "tb/log/cinder-*", "tb/log/glance-api.*", "tb/log/supervisord.log", "state/*/processes/*.log"} {
		files, _ := filepath.Glob(filepath.Join(b.home, pattern)) // the patterns are right
		for _, file := range files {
			if text := tail(file); text != "" {
				b.t.Logf("== the end of %s\n%s", strings.TrimPrefix(file, b.home), text)
			}
		}
	}
}

func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	text = text[max(0, len(text)-toldBytes):]
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(l string) bool { return strings.Contains(l, "/healthcheck ") })
	return strings.Join(lines[max(0, len(lines)-toldLines):], "\n")
}

// stopTrials ends what a trial of a killed upgrade left: the testbed knows only its own services.
func (b *bed) stopTrials() {
	for _, p := range processes() {
		if p.trial() && strings.Contains(p.commandLine(), b.home+"/") {
			b.t.Logf("a trial's process %d is left: %s", p.pid, p.commandLine())
			if err := syscall.Kill(p.pid, syscall.SIGKILL); err != nil {
				b.t.Log(err)
			}
		}
	}
}

// revoke removes the grants of sudo that lead to this test's folder, which goes.
func (b *bed) revoke() {
	for _, file := range b.granted() {
		if err := os.Remove(file); err != nil {
			b.t.Error(err)
		}
	}
}

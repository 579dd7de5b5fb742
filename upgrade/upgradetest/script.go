package upgradetest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// Script describes what a process does, in the order of its fields. The zero Script ends at once, with success.
type Script struct {
	IgnoreTERM bool          // it does not end when it is asked to
	Print      string        // a line, in which the shell expands variables; printed after "pid " and its process number
	Complain   string        // a line on standard error
	Bytes      int           // that many bytes of output, ended by a line "last"
	Child      string        // a child in the background goes on appending to this file
	Beat       string        // it goes on appending to this file, ten times a second, and does not end by itself
	Lasts      time.Duration // it ends after that; with Beat it has no meaning
	Exit       int
}

// Argv runs the script by /bin/sh. It holds no line end, no % and no word in braces, as some managers of services take these for their own.
func (s Script) Argv() []string {
	var steps []string
	add := func(format string, args ...any) { steps = append(steps, fmt.Sprintf(format, args...)) }
	beat := func(file string) string {
		return "while :; do echo beat >>" + quote(file) + "; sleep 0.1; done"
	}
	if s.IgnoreTERM {
		add("trap '' TERM")
	}
	if s.Print != "" {
		add(`echo "pid $$ %s"`, s.Print)
	}
	if s.Complain != "" {
		add(`echo "%s" >&2`, s.Complain)
	}
	if s.Bytes > 0 {
		add(`head -c %d /dev/zero | tr '\000' x; echo; echo last`, s.Bytes)
	}
	if s.Child != "" {
		add("(%s) & :", beat(s.Child))
	}
	if s.Beat != "" {
		add("%s", beat(s.Beat))
	} else if s.Lasts > 0 {
		add("sleep %.3f", s.Lasts.Seconds())
	}
	add("exit %d", s.Exit)
	return []string{"/bin/sh", "-c", strings.Join(steps, "; ")}
}

// Service is the script as a service, which has a second to end.
func (s Script) Service(name string) upgrade.Service {
	return upgrade.Service{Name: name, Argv: s.Argv(), StopTimeout: time.Second}
}

// Command is the script as a command.
func (s Script) Command(name string) upgrade.Command {
	return upgrade.Command{Name: name, Argv: s.Argv(), Timeout: patience}
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// Subject is a generation that a Runner can run: an environment that is a folder with bin in it, of a component with these services.
func Subject(t *testing.T, component string, services ...upgrade.Service) upgrade.Subject {
	t.Helper()
	root := t.TempDir()
	bin := filepath.Join(root, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	return upgrade.Subject{
		Component: upgrade.Component{Name: component, Services: services},
		Env:       &venv.Env{Root: root, Scripts: bin, Virtual: true, Python: &python.Interpreter{Path: filepath.Join(bin, "python")}},
		Version:   pep440.MustParse("1.0"),
		Config:    upgrade.Config{Files: []string{filepath.Join(root, "a.conf"), filepath.Join(root, "b.conf")}, Env: map[string]string{"CHANDLERY_SUITE": "of this generation"}},
	}
}

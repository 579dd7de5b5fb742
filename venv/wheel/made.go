package wheel

import (
	"crypto/sha256"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/archive"
)

// Made is a file that an installer makes beside those of a wheel: the launcher of an entry point.
type Made struct {
	Name       string // slash path below the scheme's root
	Body       []byte
	Executable bool
}

// make adds what the installer makes.
func (l *layout) make(made []Made) {
	for _, m := range made {
		l.lines = append(l.lines, RecordEntry{relative(l.library, m.Name), formatHash(sha256.Sum256(m.Body)), int64(len(m.Body))})
		l.parts = append(l.parts, archive.Part{Name: m.Name, Body: m.Body, Executable: m.Executable})
	}
}

// replaced knows the scripts that old setuptools put into wheels for entry points, in place of which a launcher is made, as installers have it.
func (l *layout) replaced(name string, made []Made) bool {
	to, script := l.place(name)
	return script && slices.ContainsFunc(made, func(m Made) bool { return scriptName(m.Name) == scriptName(to) })
}

// scriptName is a script's path without what it has behind its name on Windows.
func scriptName(to string) string {
	lower := strings.ToLower(path.Base(to))
	for _, suffix := range []string{".exe", "-script.py", "-script.pyw"} {
		if strings.HasSuffix(lower, suffix) {
			return to[:len(to)-len(suffix)]
		}
	}
	return to
}

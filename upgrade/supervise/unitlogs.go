package supervise

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// markLogs remembers where the files that a unit writes itself end before its start.
func (s *Systemd) markLogs(name string) error {
	if len(s.Logs[name]) == 0 {
		return nil
	}
	b, err := json.Marshal(marksOf(s.Logs[name]))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.State, 0o700); err != nil {
		return err
	}
	return durable.WritePath(s.marksPath(name), b, 0o600)
}

func (s *Systemd) marksPath(name string) string { return filepath.Join(s.State, name+".marks") }

// marks are those of the last start; of a file of which none is known, its begin.
func (s *Systemd) marks(name string) []mark {
	var known, all []mark
	if b, err := os.ReadFile(s.marksPath(name)); err == nil {
		if json.Unmarshal(b, &known) != nil {
			known = nil
		}
	}
	for _, path := range s.Logs[name] {
		m := mark{Path: path}
		if i := slices.IndexFunc(known, func(k mark) bool { return k.Path == path }); i >= 0 {
			m = known[i]
		}
		all = append(all, m)
	}
	return all
}

// joined is several readers as one.
type joined struct {
	io.Reader
	parts []io.Closer
}

// Close closes all.
func (j *joined) Close() error {
	var errs []error
	for _, p := range j.parts {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

//go:build testbed

package testbed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"
)

// watchVolume looks ten times a second whether cinder-volume serves: its process is there, and its log says that the driver is initialised, and not since then that it is being stopped.
func (b *bed) watchVolume() *watch {
	served := b.served("cinder-volume")
	s := &volumeService{bed: b, ready: true, at: map[string]int64{served.Log: 0, served.Output: 0}}
	for log := range s.at {
		if st, err := os.Stat(log); err == nil {
			s.at[log] = st.Size()
		}
	}
	return (&watch{name: "volume service", every: 100 * time.Millisecond, look: s.look}).begin()
}

type volumeService struct {
	bed   *bed
	at    map[string]int64 // by log: how far it was read
	ready bool
	last  process
}

func (s *volumeService) look(context.Context) error {
	for log := range s.at {
		if err := s.read(log); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	if !s.lives() {
		s.ready = false
		return errors.New("there is no process")
	}
	if !s.ready {
		return errors.New("its driver is not initialised, or it is stopping")
	}
	return nil
}

func (s *volumeService) lives() bool {
	if now, ok := readProcess(s.last.pid); ok && now.start == s.last.start {
		return true
	}
	all := s.bed.running("cinder-volume")
	if len(all) > 0 {
		s.last = all[0]
	}
	return len(all) > 0
}

// read follows a log.
func (s *volumeService) read(log string) error {
	f, err := os.Open(log)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.NewSectionReader(f, s.at[log], 1<<30))
	whole := bytes.LastIndexByte(text, '\n') + 1
	s.at[log] += int64(whole)
	for line := range bytes.Lines(text[:whole]) {
		switch {
		case bytes.Contains(line, []byte("Caught SIGTERM")):
			s.ready = false
		case bytes.Contains(line, []byte("Driver post RPC initialization completed successfully")):
			s.ready = true
		}
	}
	return err
}

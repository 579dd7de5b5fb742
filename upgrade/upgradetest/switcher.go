package upgradetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/chandlery-go/chandlery/upgrade"
)

// Switching is a Switcher to check, and what to check it with.
type Switching struct {
	// Open opens a Switcher over one state that is the same for every call, as each start of a program does.
	Open func(t *testing.T) upgrade.Switcher

	Real upgrade.Subject // what is current before any Switch
	A, B upgrade.Subject // two generations of the same component, with environments that the Switcher can open
}

// Switcher checks a Switcher, and leaves Real switched to.
func Switcher(t *testing.T, s Switching) {
	t.Helper()
	t.Run("before", func(t *testing.T) { s.current(t, s.Real) })
	t.Run("there and back", func(t *testing.T) {
		for _, to := range []upgrade.Subject{s.A, s.B, s.B, s.A, s.Real, s.B, s.Real} {
			if err := s.Open(t).Switch(t.Context(), to); err != nil {
				t.Fatalf("Switch to %s in %s: %v", to.Version, to.Env.Root, err)
			}
			s.current(t, to)
		}
	})
	t.Run("ended contexts", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Open(t).Switch(ctx, s.A); !errors.Is(err, context.Canceled) {
			t.Errorf("Switch: %v", err)
		}
		s.current(t, s.Real)
		if _, err := s.Open(t).Current(ctx, s.Real.Component); !errors.Is(err, context.Canceled) {
			t.Errorf("Current: %v", err)
		}
	})
	t.Run("read while it switches", s.whileSwitching)
}

// current checks that a Switcher opened anew gives want.
func (s Switching) current(t *testing.T, want upgrade.Subject) {
	t.Helper()
	got, err := s.Open(t).Current(t.Context(), want.Component)
	if err != nil {
		t.Fatalf("Current: %v", err)
	}
	if !same(got, want) {
		t.Errorf("current is %s, want %s", describe(got), describe(want))
	}
	if got.Component.Name != want.Component.Name || got.Trial {
		t.Errorf("current is of %q, on trial %v", got.Component.Name, got.Trial)
	}
}

// whileSwitching: every reading is one of the generations, whole.
func (s Switching) whileSwitching(t *testing.T) {
	const rounds = 30
	var group sync.WaitGroup
	done := make(chan struct{})
	group.Go(func() {
		defer close(done)
		for i := range rounds {
			to := []upgrade.Subject{s.A, s.B, s.Real}[i%3]
			if err := s.Open(t).Switch(t.Context(), to); err != nil {
				t.Errorf("Switch: %v", err)
			}
		}
	})
	group.Go(func() {
		for {
			got, err := s.Open(t).Current(t.Context(), s.Real.Component)
			if err != nil {
				t.Errorf("Current during a Switch: %v", err)
			} else if !same(got, s.A) && !same(got, s.B) && !same(got, s.Real) {
				t.Errorf("current is %s, which was never switched to", describe(got))
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	group.Wait()
	s.current(t, s.Real)
}

func same(a, b upgrade.Subject) bool {
	return a.Env != nil && b.Env != nil && a.Env.Root == b.Env.Root && a.Version.Equal(b.Version) && slices.Equal(a.Config.Files, b.Config.Files) &&
		a.Config.Overrides == b.Config.Overrides && a.Config.Dir == b.Config.Dir && a.Config.Host == b.Config.Host && maps.Equal(a.Config.Env, b.Config.Env)
}

func describe(s upgrade.Subject) string {
	root := "no environment"
	if s.Env != nil {
		root = s.Env.Root
	}
	return s.Version.String() + " in " + root
}

package venv

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// wideFolders is a tree of many folders: 20 of one level, each with a chain and some beside each other.
func wideFolders() *outline {
	o := &outline{made: map[string]bool{".": true, "lib": true}, folders: map[string]*stagedFolder{}}
	for i := range 20 {
		o.folder(fmt.Sprintf("lib/%d/a/b/c", i))
		for k := range i {
			o.folder(fmt.Sprintf("lib/%d/%d", i, k)).files = make([]stagedFile, k)
		}
	}
	return o
}

func TestSpread(t *testing.T) {
	var mu sync.Mutex
	done := map[*stagedFolder]bool{}
	weight := 0
	s := newSpread(t.Context(), func(_ context.Context, f *stagedFolder) error {
		mu.Lock()
		defer mu.Unlock()
		assert.False(t, done[f], f.name)
		for _, b := range f.below {
			assert.False(t, done[b], "%s before the folder that it lies in", b.name)
		}
		done[f] = true
		weight += f.own()
		return nil
	})
	folders, want := 0, 0
	for range 3 { // which come one after the other
		o := wideFolders()
		want += o.weigh()
		folders += len(o.folders)
		assert.Equal(t, "lib/19", o.tops[len(o.tops)-1].name, "the heaviest is the next")
		s.add(o.tops)
	}
	require.NoError(t, s.finish())
	assert.Len(t, done, folders)
	assert.Equal(t, want, weight)
}

func TestSpreadEmpty(t *testing.T) {
	s := newSpread(t.Context(), func(context.Context, *stagedFolder) error { return errors.New("there is none") })
	require.NoError(t, s.finish())
}

func TestSpreadFails(t *testing.T) {
	refused := errors.New("refused")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tt := range map[string]struct {
		ctx  context.Context
		at   string
		want error
	}{
		"first":  {t.Context(), "lib/19", refused},
		"middle": {t.Context(), "lib/7", refused},
		"leaf":   {t.Context(), "lib/19/a/b/c", refused},
		"ended":  {ended, "", context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSpread(tt.ctx, func(_ context.Context, f *stagedFolder) error {
				if f.name == tt.at {
					return refused
				}
				return nil
			})
			o := wideFolders()
			o.weigh()
			s.add(o.tops)
			require.ErrorIs(t, s.finish(), tt.want)
			s.add(o.tops) // of a wheel that comes all the same
		})
	}
}

func TestSpreadStop(t *testing.T) {
	s := newSpread(t.Context(), func(ctx context.Context, _ *stagedFolder) error {
		<-ctx.Done()
		return ctx.Err()
	})
	s.add(wideFolders().tops)
	s.stop()
}

// wide is a wheel of so many files that the disk is told to write while they are laid out.
func wide(version string) wheelmake.Spec {
	spec := wheelmake.Spec{Name: "wide", Version: version, Files: map[string]string{}}
	for i := range worthFlushing {
		spec.Files[fmt.Sprintf("wide/%d/%d/m%d.py", i%7, i%3, i)] = fmt.Sprintf("at = %d, %q\n", i, version)
	}
	return spec
}

// TestInstallerWide ends an install, once at each of its steps, of more than worthFlushing files, and then lets it be.
func TestInstallerWide(t *testing.T) {
	env, wheels, ended := testEnv(t), &testWheels{dir: t.TempDir()}, errors.New("ended")
	old, plan := &Plan{Install: []Install{wheels.install(t, wide("1"))}}, &Plan{Install: []Install{wheels.install(t, wide("2"))}}
	c, err := (&WheelInstaller{Fetcher: wheels}).Apply(t.Context(), env, old)
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	before := snapshot(t, env.Root, StateFolder)
	plan.Remove, err = env.Installed(t.Context())
	require.NoError(t, err)
	for at, done := 1, false; !done; at++ {
		steps := 0
		c, err := (&WheelInstaller{Fetcher: wheels, Step: func(string) error {
			if steps++; steps == at {
				return ended
			}
			return nil
		}}).Apply(t.Context(), env, plan)
		if err != nil {
			require.ErrorIs(t, err, ended)
			require.NoError(t, Recover(t.Context(), env.Root))
			require.Equal(t, before, snapshot(t, env.Root, StateFolder), "step %d", at)
			continue
		}
		done = true
		require.Greater(t, at, 3)
		require.NoError(t, c.Commit(t.Context()))
	}
	after := snapshot(t, env.Root, StateFolder)
	require.Len(t, after, len(before))
	for name, text := range before {
		if strings.Contains(name, "/wide/") {
			require.Equal(t, strings.ReplaceAll(text, `"1"`, `"2"`), after[name], name)
		}
	}
}

package build

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFlightsOnce(t *testing.T) {
	var g flights
	var ran atomic.Int32
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			v, err := fly(context.Background(), &g, "key", "", func(context.Context) (int, error) {
				time.Sleep(10 * time.Millisecond)
				return int(ran.Add(1)), nil
			})
			assert.NoError(t, err)
			assert.Equal(t, 1, v)
		})
	}
	all.Wait()
}

func TestFlightsForgetErrors(t *testing.T) {
	var g flights
	wrong := errors.New("wrong")
	ask := func(v int, err error) (int, error) {
		return fly(context.Background(), &g, "key", "", func(context.Context) (int, error) { return v, err })
	}
	_, err := ask(1, wrong)
	require.ErrorIs(t, err, wrong)
	v, err := ask(2, nil)
	require.NoError(t, err)
	require.Equal(t, 2, v)
	v, err = ask(3, nil)
	require.NoError(t, err)
	require.Equal(t, 2, v, "what went well is kept")
}

// A flight outlives the caller who began it while others wait, and ends with the last of them.
func TestFlightsContext(t *testing.T) {
	var g flights
	ended := make(chan error, 1)
	begun := make(chan struct{})
	wait := func(ctx context.Context) (int, error) {
		close(begun)
		<-ctx.Done()
		ended <- ctx.Err()
		return 0, ctx.Err()
	}
	first, stopFirst := context.WithCancel(context.Background())
	second, stopSecond := context.WithCancel(context.Background())
	results := make(chan error, 2)
	go func() {
		_, err := fly(first, &g, "key", "", wait)
		results <- err
	}()
	<-begun
	go func() {
		_, err := fly(second, &g, "key", "", wait)
		results <- err
	}()
	require.Eventually(t, func() bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.m["key"].waiting == 2
	}, time.Second, time.Millisecond)
	stopFirst()
	require.ErrorIs(t, <-results, context.Canceled)
	require.Empty(t, ended, "another still waits for it")
	stopSecond()
	require.ErrorIs(t, <-results, context.Canceled)
	require.ErrorIs(t, <-ended, context.Canceled)
	require.Empty(t, g.m)
}

func TestFlightsCycle(t *testing.T) {
	var g flights
	needs := map[string][]string{"a": {"b", "c"}, "b": {"c"}, "c": {"a"}}
	var ask func(ctx context.Context, key string) (int, error)
	ask = func(ctx context.Context, key string) (int, error) {
		return fly(ctx, &g, key, key+".tar.gz", func(ctx context.Context) (int, error) {
			for _, n := range needs[key] {
				if _, err := ask(ctx, n); err != nil {
					return 0, err
				}
			}
			return 1, nil
		})
	}
	_, err := ask(context.Background(), "a")
	var cycle *CycleError
	require.ErrorAs(t, err, &cycle)
	require.Equal(t, []string{"c.tar.gz", "a.tar.gz", "b.tar.gz", "c.tar.gz"}, cycle.Files)
	needs = map[string][]string{"a": {"b", "c"}, "b": {"d"}, "c": {"d"}, "d": {"d"}}
	_, err = ask(context.Background(), "a")
	require.ErrorAs(t, err, &cycle)
	require.Equal(t, []string{"d.tar.gz", "d.tar.gz"}, cycle.Files)
	needs["d"] = nil
	_, err = ask(context.Background(), "a")
	require.NoError(t, err)
	require.Len(t, g.m, 4)
}

// Two flights that begin apart and come to need each other must not wait for ever.
func TestFlightsMeet(t *testing.T) {
	var g flights
	var both sync.WaitGroup
	both.Add(2)
	other := map[string]string{"a": "b", "b": "a"}
	ask := func(key string) error {
		_, err := fly(context.Background(), &g, key, key, func(ctx context.Context) (int, error) {
			both.Done()
			both.Wait()
			return fly(ctx, &g, other[key], other[key], func(context.Context) (int, error) { return 0, errors.New("began twice") })
		})
		return err
	}
	results := make(chan error, 2)
	go func() { results <- ask("a") }()
	go func() { results <- ask("b") }()
	var cycle *CycleError
	for range 2 {
		require.ErrorAs(t, <-results, &cycle)
		require.Len(t, cycle.Files, 3)
	}
}

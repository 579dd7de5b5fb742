// Package leaktest tells tests of goroutines that are left behind.
package leaktest

import (
	"runtime"
	"testing"
	"time"
)

// patience is how long goroutines may take to end.
const patience = 2 * time.Second

// Check fails the test if more goroutines run after it than when Check was called. Call it first, and in no test that runs in parallel with others.
func Check(t testing.TB) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("goroutines: %d before, %d after", before, runtime.NumGoroutine())
				return
			}
		}
	})
}

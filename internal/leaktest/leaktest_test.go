package leaktest

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// recorder is a testing.TB that keeps what a test is told.
type recorder struct {
	testing.TB
	failed   bool
	cleanups []func()
}

func (r *recorder) Cleanup(f func())      { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func TestCheck(t *testing.T) {
	for _, leaks := range []bool{false, true} {
		r := &recorder{TB: t}
		Check(r)
		end := make(chan struct{})
		go func() { <-end }()
		if !leaks {
			close(end)
		}
		for _, f := range r.cleanups {
			f()
		}
		assert.Equal(t, leaks, r.failed)
		if leaks {
			close(end)
		}
	}
}

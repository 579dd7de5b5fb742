package main

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// percent is GOGC as it is.
func percent() int {
	now := debug.SetGCPercent(usual)
	debug.SetGCPercent(now)
	return now
}

func TestSpare(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(usual))
	never := spare()
	defer runtime.KeepAlive(never)
	assert.Equal(t, patience, percent())
	assert.Eventually(t, func() bool { runtime.GC(); return percent() == usual }, 10*time.Second, time.Millisecond, "the first collection ends it")

	for _, asked := range []int{-1, 50, 400} {
		debug.SetGCPercent(asked)
		runtime.KeepAlive(spare())
		assert.Equal(t, asked, percent(), "who sets GOGC is obeyed")
	}
}

func TestSettle(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(patience))
	settle(usual)
	assert.Equal(t, usual, percent())
	debug.SetGCPercent(garbage)
	settle(usual)
	assert.Equal(t, garbage, percent(), "publish has chosen")
}

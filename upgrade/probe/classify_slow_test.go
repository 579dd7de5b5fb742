//go:build slow

package probe

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// TestClassify_memory reads a million lines that want memory, and samples the heap meanwhile.
func TestClassify_memory(t *testing.T) {
	const lines, limit = 1_000_000, 32 << 20
	var peak atomic.Uint64
	done := make(chan struct{})
	sampled := make(chan struct{})
	go func() {
		defer close(sampled)
		for {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
			select {
			case <-done:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	log := &hostile{n: lines}
	got := Classify(log)
	close(done)
	<-sampled
	t.Logf("%d lines, %d pieces of evidence, at most %d KiB alive", log.i, len(got), peak.Load()>>10)
	assert.Equal(t, lines, log.i)
	assert.NotEmpty(t, got)
	assert.LessOrEqual(t, len(got), MaxEvidence)
	assert.Less(t, peak.Load(), uint64(limit))
}

package s3_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// maxMemory bounds what a client may take, in bytes.
const maxMemory = 64 << 20

// TestChaos updates made libraries through a proxy on 50 bad days. In the live suite the classroom's go through a thousand.
func TestChaos(t *testing.T) {
	for _, signed := range seals {
		w := newWorld(t)
		targets := []target{{"one", "linux", ""}, {"two", "linux", ""}}
		seeds := uint64(10)
		if signed {
			seeds = 40
			w.seal = newSeal(t, w.bucket, "one", "two")
		}
		for i, s := range []*s3.Store{w.bucket, w.presigning()} {
			sink, err := w.seal.sink(w.bucket, targets[i].Channel)
			require.NoError(t, err)
			require.NoError(t, publishMade(ctx, s, sink, targets[i].Channel, []string{"1.0", "2.0"}[i], t.TempDir()))
		}
		total := w.run(6, targets, 1, seeds)
		t.Logf("signed: %v\n%v", signed, &total)
		assert.EqualValues(t, seeds, total.Seeds)
		assert.Positive(t, total.Converged)
		assert.Positive(t, total.Elsewhere)
		assert.Less(t, total.Go, uint64(maxMemory)) // what is resident is for the live suite to say, which runs without the race detector's own memory
	}
}

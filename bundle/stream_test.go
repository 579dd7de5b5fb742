package bundle

import (
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWritten(t *testing.T) {
	write := func(w io.Writer) error {
		_, err := io.WriteString(w, "what is written")
		return err
	}
	require.NoError(t, iotest.TestReader(io.NopCloser(written(write)), []byte("what is written")))

	broken := errors.New("broken")
	r := written(func(w io.Writer) error { return errors.Join(write(w), broken) })
	b, err := io.ReadAll(r)
	require.ErrorIs(t, err, broken)
	assert.Equal(t, "what is written", string(b))
	require.NoError(t, r.Close())
}

// Who closes early ends the writing, and waits for its end.
func TestWrittenClose(t *testing.T) {
	ended := false
	r := written(func(w io.Writer) (err error) {
		defer func() { ended = true }()
		for err == nil {
			_, err = w.Write(make([]byte, 1000))
		}
		return err
	})
	_, err := io.ReadFull(r, make([]byte, 1500))
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.True(t, ended)
}

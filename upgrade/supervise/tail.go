package supervise

import (
	"io"
	"sync"
)

// MaxOutput bounds the output that a Result and a StateError keep, in bytes: the last part counts.
const MaxOutput = 1 << 20

// tail keeps the last MaxOutput bytes written to it. Safe for concurrent use.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b[max(0, len(b)-MaxOutput):]...)
	if len(t.buf) > 2*MaxOutput {
		t.buf = t.buf[:copy(t.buf, t.buf[len(t.buf)-MaxOutput:])]
	}
	return len(b), nil
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.buf[max(0, len(t.buf)-MaxOutput):]...)
}

// lastOf is the last part of a log; what cannot be read is left out, as the error that it goes with matters more.
func lastOf(log io.ReadCloser, err error) []byte {
	if err != nil {
		return nil
	}
	defer log.Close()
	var t tail
	io.Copy(&t, log)
	return t.bytes()
}

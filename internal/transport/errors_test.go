package transport

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whatever a server does to a connection, the error is known as one of the network.
func TestBrokenAnswers(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\n"
	for what, answer := range map[string]string{
		"nothing":          "",
		"no HTTP":          "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"half a header":    ok + "Content-Le",
		"a bad header":     ok + "Content-Length: many\r\n\r\n",
		"half a body":      ok + "Content-Length: 10\r\n\r\n01234",
		"bad chunks":       ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
		"half a chunk":     ok + "Transfer-Encoding: chunked\r\n\r\n5\r\n01",
		"no gzip":          ok + "Content-Encoding: gzip\r\nContent-Length: 12\r\n\r\n0123456789ab",
		"an empty gzip":    ok + "Content-Encoding: gzip\r\nContent-Length: 0\r\n\r\n",
		"a gzip of rubble": ok + "Content-Encoding: gzip\r\nContent-Length: 14\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff",
		"another encoding": ok + "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				panic(err)
			}
			defer c.Close()
			io.WriteString(c, answer)
		}))
		c := client(t)
		c.Retries = -1
		_, _, err := c.Get(t.Context(), server.URL, "", 100)
		require.Error(t, err, what)
		var operation *net.OpError
		assert.True(t, errors.As(err, &operation) || errors.Is(err, io.ErrUnexpectedEOF), "%s: %v", what, err)
		if what != "another encoding" && what != "no gzip" && what != "an empty gzip" && what != "a gzip of rubble" { // a file is never decoded
			_, err = c.Copy(t.Context(), io.Discard, server.URL, -1)
			require.Error(t, err, what)
			assert.True(t, errors.As(err, &operation) || errors.Is(err, io.ErrUnexpectedEOF), "%s: %v", what, err)
		}
		server.Close()
	}
}

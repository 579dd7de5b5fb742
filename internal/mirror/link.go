package mirror

import (
	"net/http"
	"sync"
	"time"
)

// Link is a slow line to a Handler. It waits before each answer, so that every request takes a round trip more, and sends the bodies of all answers together
// at no more than Bandwidth. Connections as such cost nothing.
type Link struct {
	Handler   http.Handler
	Latency   time.Duration // before each answer
	Bandwidth int64         // bytes a second, of all bodies together; 0: no bound

	mu   sync.Mutex
	free time.Time // when the line has sent what was given to it
}

// ServeHTTP implements http.Handler.
func (l *Link) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.Latency > 0 {
		wait := time.NewTimer(l.Latency)
		defer wait.Stop()
		select {
		case <-wait.C:
		case <-r.Context().Done():
			return
		}
	}
	if l.Bandwidth > 0 {
		w = &narrow{ResponseWriter: w, link: l}
	}
	l.Handler.ServeHTTP(w, r)
}

// chunk is what is sent at once over a line of limited bandwidth, in bytes.
const chunk = 16 << 10

// narrow is a writer that keeps to its line's bandwidth.
type narrow struct {
	http.ResponseWriter
	link *Link
}

func (n *narrow) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		part := p[sent:min(len(p), sent+chunk)]
		time.Sleep(n.link.reserve(len(part)))
		k, err := n.ResponseWriter.Write(part)
		sent += k
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// reserve takes the line for so many bytes, and says when they are through.
func (l *Link) reserve(bytes int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(bytes) * time.Second / time.Duration(l.Bandwidth))
	return l.free.Sub(now)
}

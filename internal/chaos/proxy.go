package chaos

import (
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Proxy spoils answers of Next. Its fields must not change while it serves.
type Proxy struct {
	Seed  uint64            // which bad day
	Next  http.RoundTripper // that answers; asked with the request's own Host
	Other string            // where Redirect leads, with the path behind it and never with the query; required for it
	Only  Fault             // what happens to every request
	Mend  int               // from this request of an address on nothing happens to it; 0: never
	Hold  time.Duration     // how long a stall lasts at most; 0: until the client has gone

	mu     sync.Mutex
	counts map[string]int
	told   map[Fault]int
}

// Told is how often what has happened.
func (p *Proxy) Told() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.told)
}

// ServeHTTP answers GET.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fault, rng := p.next(r)
	switch fault {
	case Drop:
		panic(http.ErrAbortHandler)
	case Stall:
		p.hold(r.Context())
		panic(http.ErrAbortHandler)
	case Busy:
		busy(w, rng)
	case Fail:
		http.Error(w, "something went wrong", []int{500, 502, 504, 404}[rng.IntN(4)])
	case Redirect:
		w.Header().Set("Location", p.Other+r.URL.EscapedPath())
		w.WriteHeader([]int{301, 302, 303, 307, 308}[rng.IntN(5)])
	case Loop:
		w.Header().Set("Location", r.URL.RequestURI())
		w.WriteHeader(http.StatusFound)
	case Swap:
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<html>Please log in</html>")
	default:
		p.forward(w, r, fault, rng)
	}
}

// next notes the request and gives what happens to it.
func (p *Proxy) next(r *http.Request) (Fault, *rand.Rand) {
	address := r.Host + r.URL.Path
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.counts == nil {
		p.counts, p.told = map[string]int{}, map[Fault]int{}
	}
	n := p.counts[address]
	p.counts[address]++
	fault, rng := p.choose(address, n)
	if p.Mend > 0 && n >= p.Mend {
		fault = None
	}
	p.told[fault]++
	return fault, rng
}

func (p *Proxy) hold(ctx context.Context) {
	if p.Hold == 0 {
		<-ctx.Done()
		return
	}
	select {
	case <-time.After(p.Hold):
	case <-ctx.Done():
	}
}

// busy asks for patience in both forms of Retry-After.
func busy(w http.ResponseWriter, rng *rand.Rand) {
	after := "7200"
	if rng.IntN(2) == 0 {
		after = time.Now().Add(2 * time.Hour).UTC().Format(http.TimeFormat)
	}
	w.Header().Set("Retry-After", after)
	http.Error(w, "come again", []int{429, 503}[rng.IntN(2)])
}

// forward passes the request on, and the answer back as far as the fault lets it.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request, fault Fault, rng *rand.Rand) {
	out := r.Clone(r.Context())
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", r.Host
	if fault == NoRange || fault == OtherRange {
		out.Header.Del("Range")
		out.Header.Del("If-Range")
	}
	answer, err := p.Next.RoundTrip(out)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	maps.Copy(w.Header(), answer.Header)
	s := &spoiler{Proxy: p, w: w, ctx: r.Context(), rng: rng, size: answer.ContentLength}
	if fault == OtherRange && r.Header.Get("Range") != "" && answer.StatusCode == http.StatusOK && s.size > 1 {
		last := s.size / 2
		w.Header().Set("Content-Range", "bytes 0-"+strconv.FormatInt(last-1, 10)+"/"+strconv.FormatInt(s.size, 10))
		w.Header().Set("Content-Length", strconv.FormatInt(last, 10))
		w.WriteHeader(http.StatusPartialContent)
		io.CopyN(w, answer.Body, last)
		return
	}
	s.body(answer, fault)
}

// spoiler writes one answer.
type spoiler struct {
	*Proxy
	w    http.ResponseWriter
	ctx  context.Context
	rng  *rand.Rand
	size int64 // -1: unknown
}

func (s *spoiler) body(answer *http.Response, fault Fault) {
	at := s.rng.Int64N(max(s.size, 1))
	switch fault {
	case Shorten:
		s.length(at)
	case Lengthen:
		s.w.Header().Del("Content-Length")
	}
	s.w.WriteHeader(answer.StatusCode)
	switch fault {
	case StallBody, Truncate, Shorten, Drip, Corrupt:
		if _, err := io.CopyN(s.w, answer.Body, at); err != nil && !errors.Is(err, io.EOF) {
			panic(http.ErrAbortHandler)
		}
	}
	switch fault {
	case StallBody:
		s.flush()
		s.hold(s.ctx)
		panic(http.ErrAbortHandler)
	case Truncate:
		s.flush()
		panic(http.ErrAbortHandler)
	case Shorten:
		return
	case Drip:
		s.drip(answer.Body)
	case Corrupt:
		var one [1]byte
		if _, err := io.ReadFull(answer.Body, one[:]); err == nil {
			s.w.Write([]byte{one[0] ^ 0x20})
		}
	}
	if _, err := io.Copy(s.w, answer.Body); err != nil {
		panic(http.ErrAbortHandler) // the client is told that the answer is not whole
	}
	if fault == Lengthen {
		s.w.Write(make([]byte, 1+s.rng.IntN(1<<20)))
	}
}

func (s *spoiler) length(n int64) {
	s.w.Header().Set("Content-Length", strconv.FormatInt(n, 10))
}

func (s *spoiler) flush() { http.NewResponseController(s.w).Flush() }

// drip writes byte by byte until the client has had enough, or Hold is over.
func (s *spoiler) drip(r io.Reader) {
	var one [1]byte
	began := time.Now()
	for s.ctx.Err() == nil && (s.Hold == 0 || time.Since(began) < s.Hold) {
		if _, err := io.ReadFull(r, one[:]); err != nil {
			return
		}
		s.w.Write(one[:])
		s.flush()
		select {
		case <-time.After(5 * time.Millisecond):
		case <-s.ctx.Done():
		}
	}
}

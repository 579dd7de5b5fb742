package s3

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// block is how much of an object is held back until what follows was read.
const block = 64 << 10

// checked reads an object and compares it with what it promises. Its last block comes only when all of it is known to be right, so that no service has the
// whole of a wrong one.
type checked struct {
	mu     sync.Mutex // the transport may still read when an answer came early
	ctx    context.Context
	obj    bundle.Object
	r      io.ReadCloser
	sum    hash.Hash
	n      int64
	ready  []byte // to give
	held   []byte // the block after that, held back
	blocks [2][]byte
	next   int   // which of blocks is neither
	err    error // why no more is read; io.EOF where all is right
	closed bool
}

func open(ctx context.Context, obj bundle.Object) (*checked, error) {
	r, err := obj.Open()
	if err != nil {
		return nil, err
	}
	return &checked{ctx: ctx, obj: obj, r: r, sum: sha256.New()}, nil
}

// Read gives what was read before the last block.
func (c *checked) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.ready) == 0 && c.err == nil {
		c.fill()
	}
	if len(c.ready) == 0 {
		return 0, c.err
	}
	n := copy(p, c.ready)
	c.ready = c.ready[n:]
	return n, nil
}

// fill reads one block.
func (c *checked) fill() {
	if c.err = c.ctx.Err(); c.err != nil {
		return
	}
	if c.blocks[c.next] == nil {
		c.blocks[c.next] = make([]byte, block)
	}
	n, err := io.ReadFull(c.r, c.blocks[c.next])
	read := c.blocks[c.next][:n]
	c.sum.Write(read)
	c.n += int64(n)
	switch {
	case c.n > c.obj.Size:
		c.err = c.wrong("size", strconv.FormatInt(c.obj.Size, 10), "more")
	case err == nil:
		c.ready, c.held, c.next = c.held, read, 1-c.next
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		if c.err = c.verdict(); c.err == nil {
			c.ready, c.held, c.err = slices.Concat(c.held, read), nil, io.EOF
		}
	default:
		c.err = err
	}
}

// verdict compares the whole.
func (c *checked) verdict() error {
	if c.n != c.obj.Size {
		return c.wrong("size", strconv.FormatInt(c.obj.Size, 10), strconv.FormatInt(c.n, 10))
	}
	if got := hex.EncodeToString(c.sum.Sum(nil)); !strings.EqualFold(got, c.obj.SHA256) {
		return c.wrong("sha256", c.obj.SHA256, got)
	}
	return nil
}

func (c *checked) wrong(algorithm, want, got string) error {
	return &dist.HashError{File: "the object", Algorithm: algorithm, Want: want, Got: got}
}

// fault is what was wrong with the object itself; nil where nothing was.
func (c *checked) fault() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == io.EOF || c.closed && c.err == io.ErrClosedPipe {
		return nil
	}
	return c.err
}

// close ends reading, also for a transport that still does.
func (c *checked) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.err == nil {
		c.err = io.ErrClosedPipe
	}
	c.ready = nil
	c.r.Close()
}

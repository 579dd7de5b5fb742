package index

import (
	"io"
	"os"
	"sync"
)

const (
	memorySize = 24 << 20 // bytes that a Fetcher holds of what passes, at most
	pieceSize  = 64 << 10
)

// piece is a part of a file. Pieces are used again, as fresh memory costs more than what is put there.
type piece [pieceSize]byte

// memory lends pieces. The zero memory is ready, and takes no room before it is asked.
type memory struct {
	mu   sync.Mutex
	lent int // pieces that are promised
	free []*piece
}

// reserve has room for a file; nil where there is none left, or nobody knows how much it takes.
func (m *memory) reserve(size int64) *held {
	if size < 0 || size > memorySize {
		return nil
	}
	n := int((size + pieceSize - 1) / pieceSize)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lent+n > memorySize/pieceSize {
		return nil
	}
	m.lent += n
	return &held{of: m, pieces: make([]*piece, 0, n)}
}

func (m *memory) take() *piece {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.free) == 0 {
		return new(piece)
	}
	p := m.free[len(m.free)-1]
	m.free = m.free[:len(m.free)-1]
	return p
}

// held is a file in memory. It is written by one goroutine, then read by any number.
type held struct {
	of     *memory
	pieces []*piece // no more than were reserved
	size   int64
}

// Write implements io.Writer. Who writes keeps to the reserved size.
func (h *held) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		at := int(h.size % pieceSize)
		if at == 0 && int(h.size/pieceSize) == len(h.pieces) {
			if len(h.pieces) == cap(h.pieces) {
				return written, io.ErrShortWrite
			}
			h.pieces = append(h.pieces, h.of.take())
		}
		n := copy(h.pieces[h.size/pieceSize][at:], p[written:])
		written, h.size = written+n, h.size+int64(n)
	}
	return written, nil
}

func (h *held) rewind() error {
	h.size = 0
	return nil
}

// ReadAt implements io.ReaderAt.
func (h *held) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case h.of == nil:
		return 0, os.ErrClosed
	case off < 0:
		return 0, os.ErrInvalid
	}
	read := 0
	for read < len(p) && off < h.size {
		at := off % pieceSize
		n := copy(p[read:], h.pieces[off/pieceSize][at:min(pieceSize, at+h.size-off)])
		read, off = read+n, off+int64(n)
	}
	if read < len(p) {
		return read, io.EOF
	}
	return read, nil
}

// Size implements dist.Blob.
func (h *held) Size() int64 { return h.size }

// Close gives the memory back: to the next file, and to the system where there is none.
func (h *held) Close() error {
	if h.of == nil {
		return os.ErrClosed
	}
	h.of.mu.Lock()
	defer h.of.mu.Unlock()
	h.of.lent -= cap(h.pieces)
	h.of.free = append(h.of.free, h.pieces...)
	if h.of.lent == 0 {
		h.of.free = nil
	}
	h.of, h.pieces = nil, nil
	return nil
}

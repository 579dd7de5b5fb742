package bundle

import "io"

// stream reads what a function writes in a goroutine of its own.
type stream struct {
	*io.PipeReader
	ended chan struct{}
}

// written is what write writes, to be read; its error comes at the end. Close must be called, and returns when write has.
func written(write func(io.Writer) error) io.ReadCloser {
	r, w := io.Pipe()
	s := stream{r, make(chan struct{})}
	go func() {
		defer close(s.ended)
		w.CloseWithError(write(w))
	}()
	return s
}

// Close ends writing, too.
func (s stream) Close() error {
	err := s.PipeReader.Close()
	<-s.ended
	return err
}

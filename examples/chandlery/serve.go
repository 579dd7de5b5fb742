package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/bundle/store"
)

type serveCommand struct {
	Store string `arg:"" type:"existingdir" help:"The store's folder."`
	Addr  string `default:"127.0.0.1:8080" help:"Address to listen on; port 0 picks a free one."`
	Log   string `type:"path" placeholder:"FILE" help:"Append one JSON object a request: method, path, range, status, bytes."`
}

// Run serves until the user interrupts it, which is its ordinary end.
func (c *serveCommand) Run(ctx context.Context, out *output) error {
	log, err := openLog(c.Log)
	if err != nil {
		return err
	}
	defer log.Close()
	l, err := net.Listen("tcp", c.Addr)
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String() + "/"
	if out.json {
		out.print(line{Event: "listening", Message: address})
	} else {
		fmt.Fprintf(out.stdout, "serving %s at %s\n", c.Store, address)
	}
	return serve(ctx, l, &store.Handler{Path: c.Store, Log: func(a store.Access) { log.add(a) }})
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 15 * time.Second, IdleTimeout: 2 * time.Minute}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- s.Shutdown(grace)
	}()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}

// requestLog is a file of JSON lines; the zero one keeps nothing. Safe for concurrent use.
type requestLog struct {
	mu sync.Mutex
	w  io.WriteCloser
}

func openLog(file string) (*requestLog, error) {
	if file == "" {
		return &requestLog{}, nil
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	return &requestLog{w: f}, err
}

func (l *requestLog) add(entry any) {
	if l.w == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	json.NewEncoder(l.w).Encode(entry) // a log that cannot be written stops nothing
}

func (l *requestLog) Close() error {
	if l.w == nil {
		return nil
	}
	return l.w.Close()
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/mirror"
)

// features are what a mirror can lack.
var features = []string{"metadata", "ranges", "etags", "cache-control", "gzip"}

// lacks is a list of features as a flag.
type lacks []string

func (l *lacks) String() string { return strings.Join(*l, ",") }

// Set implements flag.Value.
func (l *lacks) Set(text string) error {
	for _, name := range strings.Split(text, ",") {
		if !slices.Contains(features, name) {
			return fmt.Errorf("%s is none of %s", name, strings.Join(features, ", "))
		}
		*l = append(*l, name)
	}
	return nil
}

// of turns off what a mirror is to lack.
func (l lacks) of(m *mirror.Server) {
	m.NoMetadata = slices.Contains(l, "metadata")
	m.NoRanges = slices.Contains(l, "ranges")
	m.NoETags = slices.Contains(l, "etags")
	m.NoCacheControl = slices.Contains(l, "cache-control")
	m.NoGzip = slices.Contains(l, "gzip")
}

// date is a day as a flag.
type date struct{ time.Time }

func (d *date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

// Set implements flag.Value.
func (d *date) Set(text string) (err error) {
	d.Time, err = time.Parse(time.DateOnly, text)
	return err
}

// runMirror is the verb mirror: it serves until it is interrupted, then tells what was asked.
func runMirror(ctx context.Context, args []string, stderr io.Writer) error {
	m, link := &mirror.Server{}, &mirror.Link{}
	f := flag.NewFlagSet("bench mirror", flag.ContinueOnError)
	f.SetOutput(stderr)
	listen := f.String("listen", "127.0.0.1:8181", "`address` of the loopback interface")
	f.StringVar(&m.Dir, "dir", "", "`folder` of what is recorded")
	index := f.String("index", "", "`address` of the index behind it (.../simple); by default that of python3's pip")
	f.BoolVar(&m.Offline, "offline", false, "serve what is recorded, and nothing else")
	f.DurationVar(&link.Latency, "latency", 0, "wait before each answer")
	f.Int64Var(&link.Bandwidth, "bandwidth", 0, "bytes a second at most; 0 is no bound")
	var without lacks
	var before date
	f.Var(&without, "without", "what it lacks, with commas: "+strings.Join(features, ", "))
	f.Var(&before, "before", "`date` from which on files are hidden")
	if err := f.Parse(args); err != nil {
		return err
	}
	if m.Dir == "" {
		return errors.New("-dir DIR is missing: the folder of what is recorded")
	}
	if *index == "" && !m.Offline {
		b, err := exec.CommandContext(ctx, "python3", "-c", pipIndex).Output()
		if err != nil {
			return fmt.Errorf("which index does python3's pip ask? %w: give -index", err)
		}
		*index = strings.TrimSpace(string(b))
	}
	m.URLs, m.Before = []string{*index}, before.Time
	without.of(m)
	link.Handler = m
	address, stop, err := serve(link, *listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(stderr, "%s/simple\n", address)
	<-ctx.Done()
	fmt.Fprintf(stderr, "%+v\n", m.Take())
	return errors.Join(stop(), m.Close())
}

// serve answers on an address of the loopback interface until stop.
func serve(h http.Handler, listen string) (address string, stop func() error, err error) {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return "", nil, err
	}
	if a, ok := l.Addr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		return "", nil, errors.Join(fmt.Errorf("%s is not on the loopback interface", listen), l.Close())
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go server.Serve(l)
	return "http://" + l.Addr().String(), server.Close, nil
}

// mirrored starts the mirror of a run, whose records lie beside the rivals.
func (s *site) mirrored(o *options) (m *mirror.Server, stop func() error, err error) {
	m = &mirror.Server{Dir: filepath.Join(o.tools, "mirror"), URLs: []string{s.index}, Before: o.before.Time}
	o.lacks.of(m)
	s.door = &door{}
	address, end, err := serve(s.door, "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	s.index = address + "/simple"
	return m, func() error { return errors.Join(end(), m.Close()) }, nil
}

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 {
		switch args[0] {
		case "mirror":
			return runMirror(ctx, args[1:], stderr)
		case "raw":
			return runRaw(ctx, args[1:])
		case "watch":
			return runWatch(ctx, args[1:])
		}
	}
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	if o.list {
		for _, b := range o.chosen(0) {
			fmt.Fprintln(stdout, b.Name)
		}
		return nil
	}
	t, err := measureAll(ctx, o, stderr)
	if t == nil {
		return err
	}
	return errors.Join(err, o.write(t, stdout))
}

// options are the command line.
type options struct {
	tools, work string
	on          string
	index       string
	python      string
	latencies   []time.Duration
	runs        int
	least       time.Duration
	only        *regexp.Regexp
	report      string
	json, list  bool
	lacks       lacks
	before      date
}

func parseOptions(args []string, stderr io.Writer) (*options, error) {
	o := &options{}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(stderr)
	f.StringVar(&o.tools, "tools", "", "`folder` of the rivals and the mirror's records; it is kept")
	f.StringVar(&o.work, "work", "", "`folder` of caches and environments; by default one that is removed in the end")
	f.StringVar(&o.on, "on", "mirror", "mirror or index")
	f.StringVar(&o.index, "index", "", "`address` of the index (.../simple); by default pip's")
	f.StringVar(&o.python, "python", "python3", "interpreter of the environments")
	latencies := f.String("latency", "0", "milliseconds that the mirror waits before each answer, several with commas")
	f.IntVar(&o.runs, "runs", 2, "runs that are counted, at the least")
	f.DurationVar(&o.least, "least", 3*time.Second, fmt.Sprintf("measured `time` of a line below which it has further runs, up to %d", most))
	only := f.String("only", "", "regular `expression` of the names of the lines")
	f.StringVar(&o.report, "report", "", "write the table as Markdown to a `file`, too")
	f.BoolVar(&o.json, "json", false, "write JSON")
	f.BoolVar(&o.list, "list", false, "name the lines, and do nothing")
	f.Var(&o.lacks, "without", "what the mirror lacks, with commas: "+strings.Join(features, ", "))
	f.Var(&o.before, "before", "`date` from which on the mirror hides files")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	var err error
	if o.only, err = regexp.Compile(*only); err != nil {
		return nil, err
	}
	for _, text := range strings.Split(*latencies, ",") {
		d, err := time.ParseDuration(text + "ms")
		if err != nil {
			return nil, fmt.Errorf("-latency %s: %w", *latencies, err)
		}
		o.latencies = append(o.latencies, d)
	}
	return o, o.check()
}

func (o *options) check() error {
	switch {
	case o.on != "mirror" && o.on != "index":
		return fmt.Errorf("-on %s: mirror or index", o.on)
	case o.runs < 1:
		return errors.New("-runs: at least 1")
	case o.tools == "" && !o.list:
		return errors.New("-tools DIR is missing: a folder for the rivals and what the mirror records")
	}
	if o.on == "index" {
		o.latencies = o.latencies[:1]
	}
	return nil
}

// chosen are the lines that are measured in the given pass over the latencies.
func (o *options) chosen(pass int) []benchmark {
	var all []benchmark
	for _, b := range benchmarks() {
		fits := b.Where == everywhere || b.Where == noNetwork && pass == 0 || b.Where == mirrorOnly && o.on == "mirror" || b.Where == indexOnly && o.on == "index"
		if fits && o.only.MatchString(b.Name) {
			all = append(all, b)
		}
	}
	return all
}

// write gives the table out.
func (o *options) write(t *table, stdout io.Writer) error {
	if o.report != "" {
		var b strings.Builder
		t.writeMarkdown(&b)
		if err := os.MkdirAll(filepath.Dir(o.report), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(o.report, []byte(b.String()), 0o644); err != nil {
			return err
		}
	}
	if o.json {
		return t.writeJSON(stdout)
	}
	t.writeText(stdout)
	return nil
}

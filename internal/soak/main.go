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
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the process at once
	if err := run(ctx, os.Args[1:], os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "soak:", err)
		}
		os.Exit(1)
	}
}

// options is what the command line says.
type options struct {
	executions int64
	parallel   int
	most       time.Duration
	report     string
	target     *regexp.Regexp
	again      bool
}

func parseOptions(args []string, stderr io.Writer) (options, error) {
	o := options{target: regexp.MustCompile("")}
	flags := flag.NewFlagSet("soak", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Int64Var(&o.executions, "executions", 10_000_000, "of each target, in all runs")
	flags.IntVar(&o.parallel, "parallel", 1, "workers at once")
	flags.DurationVar(&o.most, "most", 0, "the longest that one target may take; 0: as long as it needs")
	flags.StringVar(&o.report, "report", "internal/soak/report/fuzz.md", "the file with the table")
	flags.BoolVar(&o.again, "again", false, "count anew what the report has")
	flags.Func("target", "a regular expression for \"package target\"", func(s string) (err error) {
		o.target, err = regexp.Compile(s)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.executions < 1 || o.parallel < 1 {
		return o, errors.New("no arguments, and at least one execution and worker, please: see -h")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parseOptions(args, stderr)
	if err != nil {
		return err
	}
	r, err := openReport(o.report)
	if err != nil {
		return err
	}
	targets, err := list(ctx, stderr)
	if err != nil {
		return err
	}
	bin, err := os.MkdirTemp("", "soak")
	if err != nil {
		return err
	}
	defer os.RemoveAll(bin)
	b := &builder{folder: bin, stderr: stderr}
	failed := 0
	for _, t := range targets {
		if !o.target.MatchString(t.Package + " " + t.Name) {
			continue
		}
		before := r.row(t.Package, t.Name)
		if o.again || before.failed() {
			before = row{Package: t.Package, Target: t.Name}
		}
		if before.Executions >= o.executions {
			continue
		}
		after, err := o.soak(ctx, b, t, before, stderr)
		if err != nil {
			return errors.Join(err, ctx.Err())
		}
		if err := r.put(after); err != nil {
			return err
		}
		fmt.Fprintln(stderr, after)
		if after.failed() {
			failed++
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d targets failed: see %s and their packages' testdata/fuzz", failed, filepath.ToSlash(o.report))
	}
	return nil
}

// soak runs what a target lacks, and adds it to its row.
func (o options) soak(ctx context.Context, b *builder, t target, r row, stderr io.Writer) (row, error) {
	binary, err := b.build(ctx, t.path)
	if err != nil {
		return r, err
	}
	w := &watch{binary: binary, target: t, parallel: o.parallel, executions: o.executions - r.Executions, maxMemory: maxMemory, patience: patience}
	if o.most > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.most)
		defer cancel()
		w.patience = min(w.patience, o.most*2/3) // for a hang to show before
	}
	ran, err := w.run(ctx)
	if err != nil {
		return r, err
	}
	r.add(ran)
	if r.failed() {
		_, err = stderr.Write(w.output.printed.Bytes())
	}
	return r, err
}

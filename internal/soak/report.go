package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// row is what ran of a target.
type row struct {
	Package    string
	Target     string
	Executions int64         // of all runs
	Took       time.Duration // wall time, on whatever else the machine did
	Peak       int64         // the most resident memory of a worker, in bytes
	Verdict    string
}

func (r row) failed() bool { return strings.HasPrefix(r.Verdict, "FAILED") }

// add adds a further run.
func (r *row) add(ran row) {
	r.Executions += ran.Executions
	r.Took += ran.Took
	r.Peak = max(r.Peak, ran.Peak)
	r.Verdict = ran.Verdict
}

// String is the row of the table.
func (r row) String() string {
	return fmt.Sprintf("| %s | %s | %d | %d | %d | %s |", r.Package, r.Target, r.Executions, int64(r.Took.Seconds()), r.Peak>>20, r.Verdict)
}

// parseRow reads what String wrote.
func parseRow(line string) (row, bool) {
	cells := strings.Split(strings.TrimSpace(line), "|")
	if len(cells) != 8 || cells[0] != "" || cells[7] != "" {
		return row{}, false
	}
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	var n [3]int64
	for i := range n {
		var err error
		if n[i], err = strconv.ParseInt(cells[3+i], 10, 64); err != nil || n[i] < 0 || i > 0 && n[i] > 1<<30 {
			return row{}, false
		}
	}
	return row{cells[1], cells[2], n[0], time.Duration(n[1]) * time.Second, n[2] << 20, cells[6]}, true
}

// report is the file with the table.
type report struct {
	name string
	rows []row
}

// openReport reads a report; one that is not there is empty.
func openReport(name string) (*report, error) {
	r := &report{name: name}
	b, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for line := range strings.Lines(string(b)) {
		if row, ok := parseRow(line); ok {
			r.rows = append(r.rows, row)
		}
	}
	return r, os.MkdirAll(filepath.Dir(name), 0o755)
}

// row is what a target has so far.
func (r *report) row(pkg, target string) row {
	for _, row := range r.rows {
		if row.Package == pkg && row.Target == target {
			return row
		}
	}
	return row{Package: pkg, Target: target}
}

// put writes the report with a target's new row.
func (r *report) put(new row) error {
	r.rows = slices.DeleteFunc(r.rows, func(old row) bool { return old.Package == new.Package && old.Target == new.Target })
	r.rows = append(r.rows, new)
	slices.SortFunc(r.rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Target, b.Target))
	})
	return durable.WritePath(r.name, []byte(r.String()), 0o644)
}

// String is the file.
func (r *report) String() string {
	var b strings.Builder
	var sum int64
	for _, row := range r.rows {
		sum += row.Executions
	}
	fmt.Fprintf(&b, "# Fuzzing\n\nWritten by `go run ./internal/soak`; see its doc.go for how a target is run and watched. Limits: %d MiB for a worker, %s without progress. Executions and seconds are sums of "+
		"the target's runs, the latest of which says the verdict; `%s` is a run that was interrupted, or whose time was up, without a fault so far. Seconds are wall time. %s, %s/%s.\n\n"+
		"%d targets, %d executions.\n\n| package | target | executions | seconds | peak MiB | verdict |\n|---|---|---|---|---|---|\n",
		maxMemory>>20, patience, stopped, runtime.Version(), runtime.GOOS, runtime.GOARCH, len(r.rows), sum)
	for _, row := range r.rows {
		fmt.Fprintln(&b, row)
	}
	return b.String()
}

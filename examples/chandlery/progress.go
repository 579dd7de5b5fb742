package main

import (
	"fmt"
	"io"
	"os"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"github.com/chandlery-go/chandlery/bundle"
)

// bars shows one progress bar a step, as steps overlap.
type bars struct {
	all   *mpb.Progress // nil where standard error is no terminal
	steps map[bundle.Step]*mpb.Bar
}

func newBars(w io.Writer) *bars {
	b := &bars{steps: map[bundle.Step]*mpb.Bar{}}
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		b.all = mpb.New(mpb.WithOutput(w), mpb.WithWidth(40))
	}
	return b
}

func (b *bars) terminal() bool { return b.all != nil }

func (b *bars) show(e bundle.Event) {
	bar := b.steps[e.Step]
	if bar == nil {
		bar = b.add(e)
		b.steps[e.Step] = bar
	}
	switch {
	case e.Type == bundle.StepFinished && e.Err != nil:
		bar.Abort(false)
	case e.Type == bundle.StepFinished:
		bar.SetTotal(-1, true)
	case e.TotalBytes > 0:
		bar.SetTotal(e.TotalBytes, false)
		bar.SetCurrent(e.Bytes)
	default:
		bar.SetTotal(int64(e.TotalItems), false)
		bar.SetCurrent(int64(e.Items))
	}
}

func (b *bars) add(e bundle.Event) *mpb.Bar {
	counters := decor.CountersNoUnit("%d / %d")
	if e.TotalBytes > 0 {
		counters = decor.CountersKibiByte("% .1f / % .1f")
	}
	return b.all.AddBar(0, mpb.PrependDecorators(decor.Name(string(e.Step), decor.WC{W: 10, C: decor.DindentRight})), mpb.AppendDecorators(counters))
}

// close leaves the terminal as the bars stand.
func (b *bars) close() {
	if b.all == nil {
		return
	}
	for _, bar := range b.steps {
		if bar.IsRunning() {
			bar.Abort(false)
		}
	}
	b.all.Wait()
}

// byteSize is a size for people, in binary units.
func byteSize(n int64) string {
	const units = "KMGT"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1024, 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	return fmt.Sprintf("%.1f %ciB", f, units[i])
}

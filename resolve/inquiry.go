package resolve

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// parallel bounds the questions that one resolution has open at the index.
const parallel = 64

// patience is how long an answer may let wait before it pays to ask ahead of what is needed.
const patience = 2 * time.Millisecond

// inquiry asks an index the questions of one resolution, several at once, and hands the answers to the one goroutine that works on it, in whichever order they come.
type inquiry struct {
	waiting []question    // not asked yet, the next one first
	open    int           // asked, and the answer not taken
	asked   chan question // both have room for all that are open
	answers chan func()
	idle    atomic.Int32 // askers that have no question
	asking  sync.WaitGroup
	timer   *time.Timer
	tardy   func() // called once, when an answer has let wait longer than patience; nil: nobody is told
}

// question is asked in another goroutine; what it returns takes the answer in.
type question func() (take func())

func newInquiry() *inquiry {
	return &inquiry{asked: make(chan question, parallel), answers: make(chan func(), parallel), timer: time.NewTimer(patience)}
}

// end waits for the questions that are open; their context has ended, or nobody wants to know.
func (q *inquiry) end() {
	q.timer.Stop()
	close(q.asked)
	q.asking.Wait()
}

func (q *inquiry) pose(f question) {
	q.waiting = append(q.waiting, f)
	q.proceed()
}

// proceed asks as many questions as may be open.
func (q *inquiry) proceed() {
	for q.open < parallel && len(q.waiting) > 0 {
		q.asked <- q.waiting[0]
		q.waiting = q.waiting[1:]
		q.open++
		q.spare()
	}
}

// spare starts an asker where none is left for a question. An asker that takes one looks for that too, so there are as many as questions that let wait, and where answers come at once
// hardly more than processors.
func (q *inquiry) spare() {
	if len(q.asked) > 0 && q.idle.CompareAndSwap(0, 1) {
		q.asking.Go(q.work)
	}
}

func (q *inquiry) work() {
	for ask := range q.asked {
		q.idle.Add(-1)
		q.spare()
		take := ask()
		q.idle.Add(1) // first, as whoever takes the answer may ask on
		q.answers <- take
	}
}

// until takes answers in until what the caller waits for is there, which was asked, or ctx ends.
func (q *inquiry) until(ctx context.Context, there func() bool) error {
	for ctx.Err() == nil && !there() {
		select {
		case take := <-q.answers:
			q.take(take)
		default:
			q.wait(ctx)
		}
	}
	return ctx.Err()
}

func (q *inquiry) take(answer func()) {
	q.open--
	q.proceed()
	answer()
}

func (q *inquiry) wait(ctx context.Context) {
	var late <-chan time.Time
	if q.tardy != nil {
		q.timer.Reset(patience)
		late = q.timer.C
	}
	select {
	case take := <-q.answers:
		q.take(take)
	case <-late:
		tell := q.tardy
		q.tardy = nil
		tell()
	case <-ctx.Done():
	}
}

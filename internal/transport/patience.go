package transport

import (
	"cmp"
	"context"
	"time"
)

// Patience is how long servers are waited for. A zero field is the constant that it names.
type Patience struct {
	Answer     time.Duration // AnswerTimeout
	Window     time.Duration // RateWindow
	MaxWait    time.Duration // MaxWait
	RetryAfter time.Duration // MaxRetryAfter
}

type patienceKey struct{}

// WithPatience is a context in which every Client has this Patience, so that tests of whole flows need not sit through the real ones.
func WithPatience(ctx context.Context, p Patience) context.Context {
	return context.WithValue(ctx, patienceKey{}, p)
}

func patience(ctx context.Context) Patience {
	p, _ := ctx.Value(patienceKey{}).(Patience)
	return Patience{
		Answer:     cmp.Or(p.Answer, AnswerTimeout),
		Window:     cmp.Or(p.Window, RateWindow),
		MaxWait:    cmp.Or(p.MaxWait, MaxWait),
		RetryAfter: cmp.Or(p.RetryAfter, MaxRetryAfter),
	}
}

package bundle

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// forEach does the work for all items, at most limit at once, and returns the results in the items' order. A problem of one item, such as a hostile
// wheel, does not keep the others from being tried, so that all problems come in one run; one that would meet them all, such as a full disk or an
// unreachable index, ends it after what is in work.
func forEach[T, R any](ctx context.Context, limit int, items []T, work func(context.Context, T) (R, error)) ([]R, error) {
	results := make([]R, len(items))
	problems := make([]error, len(items))
	var stop atomic.Bool
	var g errgroup.Group
	g.SetLimit(max(limit, 1))
	for i, item := range items {
		g.Go(func() error {
			if stop.Load() {
				return nil
			}
			if problems[i] = ctx.Err(); problems[i] == nil {
				results[i], problems[i] = work(ctx, item)
			}
			if problems[i] != nil && !ofOneItem(KindOf(problems[i])) {
				stop.Store(true)
			}
			return nil
		})
	}
	g.Wait() // the functions return no error
	if err := join(problems...); err != nil {
		return nil, canceled(ctx, err)
	}
	return results, nil
}

func ofOneItem(k Kind) bool {
	switch k {
	case KindConfig, KindNotFound, KindNoVersion, KindNoWheel, KindConflict, KindHash, KindHostile, KindPublishConflict:
		return true
	}
	return false
}

// canceled is one error where the caller ended the work, instead of what each item made of that.
func canceled(ctx context.Context, err error) error {
	if ctx.Err() != nil && KindOf(err) == KindCanceled {
		return ctx.Err()
	}
	return err
}

package trust

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/internal/transport"
)

// fetch gets a metadata file from the first mirror whose bytes pass check.
func (r *run) fetch(ctx context.Context, name string, limit int64, check func([]byte) error) ([]byte, error) {
	return r.first(ctx, func(m Mirror) string { return join(m.Metadata, name) }, limit, check)
}

func (r *run) first(ctx context.Context, address func(Mirror) string, limit int64, check func([]byte) error) ([]byte, error) {
	var errs []error
	for _, i := range slices.Clone(r.order) {
		b, err := r.get(ctx, address(r.Mirrors[i]), limit, check)
		switch {
		case err == nil:
			return b, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
		r.demote(i, err)
		errs = append(errs, err)
	}
	return nil, together(errs)
}

// get gets one file of one mirror, within the patience.
func (r *run) get(ctx context.Context, address string, limit int64, check func([]byte) error) ([]byte, error) {
	patience := r.Patience
	if patience <= 0 {
		patience = DefaultPatience
	}
	timed, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	b, _, err := r.client.Get(timed, address, "application/json", limit)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case timed.Err() != nil:
		return nil, fmt.Errorf("get %s: %w", transport.Redact(address), ErrTooSlow)
	case errors.Is(err, transport.ErrTooLarge):
		return nil, fmt.Errorf("get %s: %w: more than %d bytes", transport.Redact(address), ErrTooLarge, limit)
	default:
		return nil, err
	}
	if err := check(b); err != nil {
		return nil, fmt.Errorf("%s: %w", transport.Redact(address), err)
	}
	return b, nil
}

// demote puts a mirror last, for later runs too.
func (r *run) demote(i int, cause error) {
	r.failed[i] = true
	r.order = append(slices.DeleteFunc(r.order, func(j int) bool { return i == j }), i)
	r.log().Warn("a mirror is passed over", "mirror", transport.Redact(r.Mirrors[i].Metadata), "cause", cause)
}

// together is several mirrors' errors.
func together(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return bundle.Errors(errs)
}

// join puts a name below a base address, which may have a query.
func join(base, name string) string {
	address, query, has := strings.Cut(base, "?")
	address = strings.TrimSuffix(address, "/") + "/" + name
	if has {
		address += "?" + query
	}
	return address
}

// answer is what one mirror says when all are asked.
type answer[T any] struct {
	mirror int
	value  T
	bytes  []byte
	err    error
}

// askAll asks several mirrors at once, and waits for all. Where enough says so of an answer, those that are still out have the given
// time left.
func askAll[T any](ctx context.Context, r *run, mirrors []int, name string, limit int64, read func([]byte) (T, error),
	enough func(error) (time.Duration, bool)) ([]answer[T], error) {
	asked, cancel := context.WithCancel(ctx)
	defer cancel()
	answers := make(chan answer[T], len(mirrors))
	for _, i := range mirrors {
		go func() {
			a := answer[T]{mirror: i}
			a.bytes, a.err = r.get(asked, join(r.Mirrors[i].Metadata, name), limit, func(b []byte) (err error) {
				a.value, err = read(b)
				return err
			})
			answers <- a
		}()
	}
	all := make([]answer[T], 0, len(mirrors))
	for range mirrors {
		a := <-answers
		all = append(all, a)
		if left, ok := enough(a.err); ok {
			defer time.AfterFunc(left, cancel).Stop()
		}
	}
	slices.SortFunc(all, func(a, b answer[T]) int { return slices.Index(mirrors, a.mirror) - slices.Index(mirrors, b.mirror) })
	return all, ctx.Err()
}

// sound is the mirrors that did not fail in this run, best first, and the others. Where each did, all are sound.
func (r *run) sound() (sound, others []int) {
	order := slices.Clone(r.order)
	if n := slices.IndexFunc(order, func(i int) bool { return r.failed[i] }); n > 0 {
		return order[:n], order[n:]
	}
	return order, nil
}

// anyRoot fetches the root after the given one; nil where no mirror has one and one at least says so.
func (r *run) anyRoot(ctx context.Context, root *metadata.Root) (*metadata.Root, []byte, error) {
	sound, _ := r.sound()
	all, err := askAll(ctx, r, sound, metadata.FileName(metadata.RootRole, root.Version+1), metadata.MaxRoot,
		func(b []byte) (*metadata.Root, error) { return successor(root, b) },
		func(err error) (time.Duration, bool) {
			if err == nil {
				return 0, true // there is but one such root
			}
			return MirrorGrace, absent(err)
		})
	if err != nil {
		return nil, nil, err
	}
	found := slices.IndexFunc(all, func(a answer[*metadata.Root]) bool { return a.err == nil })
	gone := slices.ContainsFunc(all, func(a answer[*metadata.Root]) bool { return absent(a.err) })
	var errs []error
	for _, a := range all {
		cut := found >= 0 && errors.Is(a.err, context.Canceled)
		if a.err != nil && !absent(a.err) && !cut {
			r.demote(a.mirror, a.err)
			errs = append(errs, a.err)
		}
	}
	switch {
	case found >= 0:
		return all[found].value, all[found].bytes, nil
	case gone:
		return nil, nil, nil
	}
	return nil, nil, together(errs)
}

// newestTimestamp asks all sound mirrors, as an old timestamp verifies as well as the newest does, and the others where none has a good one. Those without the
// newest are asked last from now on.
func (r *run) newestTimestamp(ctx context.Context, keys map[string]metadata.Key, role metadata.Role) (best answer[*metadata.Timestamp], err error) {
	var all []answer[*metadata.Timestamp]
	sound, others := r.sound()
	for _, mirrors := range [][]int{sound, others} {
		if slices.ContainsFunc(all, func(a answer[*metadata.Timestamp]) bool { return a.err == nil }) {
			break
		}
		some, err := askAll(ctx, r, mirrors, metadata.FileName(metadata.TimestampRole, 0), metadata.MaxTimestamp,
			func(b []byte) (*metadata.Timestamp, error) { return openTimestamp(b, keys, role) },
			func(err error) (time.Duration, bool) { return MirrorGrace, err == nil })
		if err != nil {
			return best, err
		}
		all = append(all, some...)
	}
	for _, a := range all {
		if a.err == nil && (best.value == nil || a.value.Version > best.value.Version) {
			best = a
		}
	}
	var errs []error
	for _, a := range all {
		switch {
		case a.err != nil:
			r.demote(a.mirror, a.err)
			errs = append(errs, a.err)
		case a.value.Version < best.value.Version:
			r.demote(a.mirror, fmt.Errorf("its timestamp %d is not the newest, %d", a.value.Version, best.value.Version))
		}
	}
	if best.value == nil {
		return best, together(errs)
	}
	return best, nil
}

// openTimestamp reads a timestamp that enough of the role's keys signed.
func openTimestamp(b []byte, keys map[string]metadata.Key, role metadata.Role) (*metadata.Timestamp, error) {
	e, err := metadata.Open(b)
	if err != nil {
		return nil, err
	}
	if err := e.Verify(keys, role); err != nil {
		return nil, err
	}
	return e.Timestamp()
}

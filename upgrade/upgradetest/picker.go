package upgradetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
)

// maxRounds bounds how often a picker is asked with one more target refused.
const maxRounds = 1000

// Picker checks a TargetPicker with queries, of which it must know a target for at least one. Query.Try is called as the picker wishes.
func Picker(t *testing.T, p upgrade.TargetPicker, queries ...upgrade.Query) {
	t.Helper()
	known := 0
	for _, q := range queries {
		if target, ok := pick(t, p, q); ok {
			known++
			exhaust(t, p, q, target)
		}
	}
	if known == 0 {
		t.Error("it knows a target for none of the queries: nothing was checked")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, q := range queries {
		if _, err := p.PickTarget(ctx, q); errors.Is(err, upgrade.ErrNoTarget) && errors.Is(err, context.Canceled) {
			t.Errorf("the context ended, so it could not decide; it says that it knows no target: %v", err)
		}
	}
}

// pick asks twice and checks the answer.
func pick(t *testing.T, p upgrade.TargetPicker, q upgrade.Query) (upgrade.Target, bool) {
	t.Helper()
	asked := q
	asked.Versions, asked.Requires, asked.Refused = slices.Clone(q.Versions), slices.Clone(q.Requires), slices.Clone(q.Refused)
	target, err := p.PickTarget(t.Context(), q)
	again, errAgain := p.PickTarget(t.Context(), q)
	if !reflect.DeepEqual(target, again) || (err == nil) != (errAgain == nil) {
		t.Errorf("the same query was answered by %s (%v), then by %s (%v)", target.Version, err, again.Version, errAgain)
	}
	if !reflect.DeepEqual(asked.Versions, q.Versions) || !reflect.DeepEqual(asked.Requires, q.Requires) || !reflect.DeepEqual(asked.Refused, q.Refused) {
		t.Error("the query was changed")
	}
	if err != nil {
		if !errors.Is(err, upgrade.ErrNoTarget) {
			t.Errorf("PickTarget: %v", err)
		}
		return upgrade.Target{}, false
	}
	fits(t, q, target)
	return target, true
}

func fits(t *testing.T, q upgrade.Query, target upgrade.Target) {
	t.Helper()
	v := target.Version
	if v.IsZero() {
		t.Fatal("a target without a version")
	}
	if !q.Current.IsZero() && v.Compare(q.Current) <= 0 {
		t.Errorf("%s is not above the current %s", v, q.Current)
	}
	if q.Versions != nil && target.Source == nil && !slices.ContainsFunc(q.Versions, v.Equal) {
		t.Errorf("%s is not on the index", v)
	}
	if slices.ContainsFunc(q.Refused, func(r upgrade.Refusal) bool { return r.Version.Equal(v) }) {
		t.Errorf("%s was refused before", v)
	}
	for _, r := range q.Requires {
		if r.Name == q.Component.Distribution && !r.Specifiers.Contains(v) {
			t.Errorf("%s is not within %s", v, r)
		}
	}
}

// exhaust refuses every answer until the picker knows none, which it must come to: that is what ends a flow that redoes.
func exhaust(t *testing.T, p upgrade.TargetPicker, q upgrade.Query, target upgrade.Target) {
	t.Helper()
	var seen []pep440.Version
	q.Refused = slices.Clone(q.Refused)
	for range maxRounds {
		if slices.ContainsFunc(seen, target.Version.Equal) {
			return // fits has told it
		}
		seen = append(seen, target.Version)
		q.Refused = append(q.Refused, upgrade.Refusal{Version: target.Version, Reason: "refused by the suite"})
		next, err := p.PickTarget(t.Context(), q)
		if errors.Is(err, upgrade.ErrNoTarget) {
			return
		}
		if err != nil {
			t.Errorf("PickTarget with %d refused: %v", len(q.Refused), err)
			return
		}
		fits(t, q, next)
		target = next
	}
	t.Errorf("after %d refusals there is still a target", maxRounds)
}

package probe

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// lister is a Runner that only lists.
type lister struct {
	answers []string // in turn; the last stays
	err     error
	asked   int
}

func (l *lister) Run(context.Context, upgrade.Subject, upgrade.Command) (upgrade.Result, error) {
	i := min(l.asked, len(l.answers)-1)
	l.asked++
	return upgrade.Result{Output: []byte(l.answers[i])}, l.err
}

func (l *lister) Start(context.Context, upgrade.Subject, upgrade.Service) (upgrade.Process, error) {
	return nil, errors.ErrUnsupported
}

func (l *lister) Attach(context.Context, upgrade.Subject, upgrade.Service) (upgrade.Process, error) {
	return nil, upgrade.ErrNotRunning
}

func TestLeftovers(t *testing.T) {
	passes := upgrade.VerifierFunc(func(context.Context, upgrade.Subject) (upgrade.Report, error) {
		return upgrade.NewReport(upgrade.Check{Level: "L3", Verdict: upgrade.Pass}), nil
	})
	tests := []struct {
		name    string
		answers []string
		want    upgrade.Verdict
		left    []string
	}{
		{"nothing", []string{"a\nb\n"}, upgrade.Pass, nil},
		{"what goes in time", []string{"a\n", "a\nnew\n", "a\n"}, upgrade.Pass, nil},
		{"what stays", []string{"a\n", "a\nvolume-1.deleted\n"}, upgrade.PassWithFindings, []string{"volume-1.deleted"}},
		{"what somebody deleted meanwhile", []string{"a\nb\n", "a\n"}, upgrade.Pass, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := Leftovers{Runner: &lister{answers: tt.answers}, List: upgrade.Command{Name: "rbd ls", Argv: []string{"rbd", "ls"}}, Of: passes, Settle: 1500 * time.Millisecond}
			r, err := v.Verify(t.Context(), upgrade.Subject{})
			require.NoError(t, err)
			assert.Equal(t, tt.want, r.Verdict)
			require.Len(t, r.Checks, 2)
			var left []string
			for _, e := range r.Checks[1].Evidence {
				assert.Equal(t, upgrade.Regression, e.Class)
				left = append(left, e.Symbol)
			}
			assert.Equal(t, tt.left, left)
		})
	}
	r, err := Leftovers{Runner: &lister{answers: []string{""}, err: io.ErrUnexpectedEOF}, List: upgrade.Command{Argv: []string{"rbd"}}, Of: passes}.Verify(t.Context(), upgrade.Subject{})
	require.NoError(t, err)
	assert.Equal(t, upgrade.Pass, r.Verdict)
	assert.Equal(t, upgrade.NotApplicable, r.Checks[1].Verdict, "what cannot be looked at is no fault")
	_, err = Leftovers{}.Verify(t.Context(), upgrade.Subject{})
	assert.Error(t, err)
}

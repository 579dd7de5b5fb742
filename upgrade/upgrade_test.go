package upgrade

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

func picks(version string, err error) TargetPicker {
	return TargetPickerFunc(func(context.Context, Query) (Target, error) {
		if err != nil {
			return Target{}, err
		}
		return Target{Version: pep440.MustParse(version)}, nil
	})
}

func TestFirstOf(t *testing.T) {
	unknown := errors.Join(ErrNoTarget, errors.New("no series"))
	broken := errors.New("cannot read the data")
	tests := []struct {
		name    string
		pickers []TargetPicker
		want    string
		err     error
	}{
		{"the first that knows", []TargetPicker{picks("", unknown), picks("26.3.0", nil), picks("28.0.0", nil)}, "26.3.0", nil},
		{"a fault ends the asking", []TargetPicker{picks("", broken), picks("26.3.0", nil)}, "", broken},
		{"none fits", []TargetPicker{picks("", unknown), picks("", ErrNoneFits), picks("26.3.0", nil)}, "", ErrNoneFits},
		{"none fits is no target", []TargetPicker{picks("", ErrNoneFits)}, "", ErrNoTarget},
		{"all unknown", []TargetPicker{picks("", unknown), picks("", unknown)}, "", ErrNoTarget},
		{"none", nil, "", ErrNoTarget},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := FirstOf(tt.pickers...).PickTarget(t.Context(), Query{})
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.want, got.Version.String())
		})
	}
}

func TestNewReport(t *testing.T) {
	tests := []struct {
		verdicts []Verdict
		want     Verdict
	}{
		{nil, Unknown},
		{[]Verdict{NotApplicable, NotApplicable}, NotApplicable},
		{[]Verdict{NotApplicable, Pass}, Pass},
		{[]Verdict{Pass, PassWithFindings, Pass}, PassWithFindings},
		{[]Verdict{PassWithFindings, Unknown, Pass}, Unknown},
		{[]Verdict{Unknown, Fail, Pass}, Fail},
	}
	for _, tt := range tests {
		var checks []Check
		for _, v := range tt.verdicts {
			checks = append(checks, Check{Verdict: v})
		}
		assert.Equal(t, tt.want, NewReport(checks...).Verdict, "%v", tt.verdicts)
	}
}

// prepared is a Verifier that passes only after Prepare.
type prepared struct{ done bool }

func (p *prepared) Prepare(context.Context, Subject) error { p.done = true; return nil }

func (p *prepared) Verify(context.Context, Subject) (Report, error) {
	if !p.done {
		return NewReport(Check{Level: "L4", Verdict: Fail}), nil
	}
	return NewReport(Check{Level: "L4", Verdict: Pass}), nil
}

func TestAllOf(t *testing.T) {
	_, err := AllOf().Verify(t.Context(), Subject{})
	assert.ErrorIs(t, err, ErrNoVerifier)

	fails := VerifierFunc(func(context.Context, Subject) (Report, error) {
		return NewReport(Check{Level: "L0", Verdict: Fail}), nil
	})
	data := &prepared{}
	both := AllOf(fails, data)
	require.NoError(t, both.(Preparer).Prepare(t.Context(), Subject{}))
	r, err := both.Verify(t.Context(), Subject{})
	require.NoError(t, err)
	assert.Equal(t, Fail, r.Verdict)
	require.Len(t, r.Checks, 2, "the second is asked although the first failed")
	assert.Equal(t, Pass, r.Checks[1].Verdict)

	cannot := errors.New("the API does not answer")
	r, err = AllOf(data, VerifierFunc(func(context.Context, Subject) (Report, error) { return Report{}, cannot })).Verify(t.Context(), Subject{})
	assert.ErrorIs(t, err, cannot)
	assert.Len(t, r.Checks, 1, "what was seen before is kept")

	r, err = AllOf(VerifierFunc(func(context.Context, Subject) (Report, error) { return Report{}, cannot }), data).Verify(t.Context(), Subject{})
	assert.ErrorIs(t, err, cannot)
	assert.Len(t, r.Checks, 1, "the second is asked although the first could not judge")

	stuck := errors.New("the volume is in use")
	first, last := &leaves{err: stuck}, &leaves{}
	err = AllOf(first, fails, last).(Remover).Remove(t.Context())
	assert.ErrorIs(t, err, stuck)
	assert.Equal(t, []int{1, 1}, []int{first.removed, last.removed}, "the last is removed although the first could not be")
	assert.NoError(t, AllOf(fails, last).(Remover).Remove(t.Context()))
}

// leaves is a Remover.
type leaves struct {
	VerifierFunc
	removed int
	err     error
}

func (l *leaves) Remove(context.Context) error { l.removed++; return l.err }

func TestVerdict_text(t *testing.T) {
	for v := Unknown; v <= Fail; v++ {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		var back Verdict
		require.NoError(t, json.Unmarshal(b, &back))
		assert.Equal(t, v, back)
	}
	var v Verdict
	assert.Error(t, json.Unmarshal([]byte(`"good"`), &v))
	assert.Equal(t, "unknown", Verdict(99).String())
}

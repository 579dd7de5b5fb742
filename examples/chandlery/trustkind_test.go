package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/keys"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

func TestClassifyTrust(t *testing.T) {
	wrapped := func(err error) error {
		return &bundle.Error{Step: bundle.StepSource, Kind: bundle.KindTrust, Err: fmt.Errorf("x: %w", err)}
	}
	for _, test := range []struct {
		err  error
		want kind
		code int
	}{
		{wrapped(&metadata.ThresholdError{Need: 1}), "signature", 34},
		{wrapped(trust.ErrFormat), "signature", 34},
		{wrapped(trust.ErrTooLarge), "signature", 34},
		{wrapped(&trust.FrozenError{Role: "timestamp"}), "expired", 35},
		{wrapped(trust.ErrRollback), "trust", 32},
		{wrapped(bundle.ErrUnsigned), "trust", 32},
		{bundle.Errors{errors.New("x"), wrapped(trust.ErrVerify)}, "signature", 34},
		{&bundle.Error{Step: bundle.StepRelease, Err: &trust.SignersError{Role: "stable", Need: 1}}, "keys", 36},
		{noKeys("give --keys"), "keys", 36},
		{fmt.Errorf("root.pem: %w", keys.ErrPassphrase), "keys", 36},
		{&trust.UnseenError{Channel: "stable", Sequence: 2, Err: trust.ErrVerify}, "unseen", 43},
		{bundle.ErrNoRelease, "no-release", 41},
	} {
		got, code := classify(test.err)
		assert.Equal(t, test.want, got, test.err.Error())
		assert.Equal(t, test.code, code, test.err.Error())
	}
}

func TestSpan(t *testing.T) {
	for text, want := range map[string]time.Duration{"90d": 90 * day, "36h": 36 * time.Hour, "1.5d": 36 * time.Hour, "30m": 30 * time.Minute} {
		var s span
		if assert.NoError(t, s.UnmarshalText([]byte(text)), text) {
			assert.Equal(t, want, time.Duration(s), text)
		}
		b, err := s.MarshalText()
		assert.NoError(t, err)
		var again span
		assert.NoError(t, again.UnmarshalText(b), "%s", b)
		assert.Equal(t, s, again)
	}
	for _, text := range []string{"", "d", "90", "-1d", "0", "1dd", "d1", "1000000d", "9999999999h", "1ms", "1000000000d"} {
		var s span
		assert.Error(t, s.UnmarshalText([]byte(text)), text)
	}
}

// FuzzSpan: what is accepted is within bounds, and reads back from how it is written.
func FuzzSpan(f *testing.F) {
	for _, seed := range []string{"90d", "36h", "1.5d", "-1d", "1000000000d", "1h30m", "dd"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again span
		if s.UnmarshalText([]byte(text)) != nil {
			return
		}
		assert.GreaterOrEqual(t, time.Duration(s), time.Second)
		assert.LessOrEqual(t, time.Duration(s), maxSpan)
		assert.NoError(t, again.UnmarshalText([]byte(s.String())), s.String())
		assert.Equal(t, s, again)
	})
}

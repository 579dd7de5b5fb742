package main

import (
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
)

// hostLimit is the time from which on files do not exist by pip's or uv's configuration of this machine; zero: it says nothing.
func hostLimit(h indexconf.Host, now time.Time) (time.Time, error) {
	limit, err := h.Limit("")
	if err != nil || limit.Text == "" {
		return time.Time{}, wrapConfig(err)
	}
	if t, err := time.ParseInLocation(time.DateOnly, limit.Text, time.Local); err == nil {
		if limit.WithDay {
			t = t.AddDate(0, 0, 1)
		}
		return t.UTC(), nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04:05", limit.Text, time.Local); err == nil {
		return t.UTC(), nil
	}
	return parseWhen(limit.From+":", limit.Text, now)
}

func wrapConfig(err error) error {
	if err == nil {
		return nil
	}
	return &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: err}
}

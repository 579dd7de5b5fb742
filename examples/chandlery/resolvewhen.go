package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// parseDate reads a date or a time.
func parseDate(s string) (time.Time, error) {
	return parseWhen("--exclude-newer", s, time.Time{})
}

// parseWhen reads a date, which begins in UTC, a time, or how long before now: 30 days, 1 week 2 hours, P30D, PT36H. The zero time stands for "", and a zero now has
// no durations.
func parseWhen(flag, s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	if now.IsZero() {
		return time.Time{}, usage("%s %s is neither a date (2026-01-31) nor a time (RFC 3339)", flag, s)
	}
	d, err := parseAgo(s)
	if err != nil {
		return time.Time{}, usage("%s %s is neither a date (2026-01-31) nor a time (RFC 3339) nor a duration (30 days, P30D): %v", flag, s, err)
	}
	return now.Add(-d).UTC(), nil
}

var (
	isoDuration = lazy.Regexp{Expr: `^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`}
	isoUnits    = []time.Duration{7 * day, day, time.Hour, time.Minute, time.Second}
	words       = lazy.Regexp{Expr: `^\s*(\d+)\s*([a-zA-Z]+)\s*,?`}
	wordUnits   = map[string]time.Duration{
		"s": time.Second, "sec": time.Second, "second": time.Second, "m": time.Minute, "min": time.Minute, "minute": time.Minute,
		"h": time.Hour, "hr": time.Hour, "hour": time.Hour, "d": day, "day": day, "w": 7 * day, "wk": 7 * day, "week": 7 * day,
	}
)

const (
	maxAgo = 100 * 365 * day
)

// parseAgo reads a duration of weeks and less: what a month or a year is depends on the calendar.
func parseAgo(s string) (time.Duration, error) {
	var total time.Duration
	if m := isoDuration.FindStringSubmatch(strings.ToUpper(s)); m != nil && strings.Join(m[1:], "") != "" {
		for i, text := range m[1:] {
			if text != "" {
				if err := addTo(&total, text, isoUnits[i]); err != nil {
					return 0, err
				}
			}
		}
		return total, nil
	}
	rest := s
	for rest != "" {
		m := words.FindStringSubmatch(rest)
		if m == nil {
			return 0, errors.New("it is a number and a unit: weeks, days, hours, minutes or seconds")
		}
		word := strings.ToLower(m[2])
		unit, ok := wordUnits[word]
		if !ok {
			unit, ok = wordUnits[strings.TrimSuffix(word, "s")]
		}
		if !ok {
			return 0, fmt.Errorf("%s is no unit: use weeks, days, hours, minutes or seconds", m[2])
		}
		if err := addTo(&total, m[1], unit); err != nil {
			return 0, err
		}
		rest = strings.TrimSpace(rest[len(m[0]):])
	}
	return total, nil
}

func addTo(total *time.Duration, number string, unit time.Duration) error {
	n, err := strconv.ParseInt(number, 10, 32)
	if err != nil || time.Duration(n) > maxAgo/unit || *total > maxAgo-time.Duration(n)*unit {
		return errors.New("it is longer than a hundred years")
	}
	*total += time.Duration(n) * unit
	return nil
}

//go:build !oracle

package oracle

import (
	"testing"
	"time"
)

// defaultCases is few, as this is part of every run of the module's tests.
const defaultCases = 1000

// seedOf is the same every day: what passed once passes again.
func seedOf(time.Time) uint64 { return 1 }

// peers are the clients beside ours, made anew for each call.
func peers(*testing.T) map[string]client { return map[string]client{"go-tuf": goTUF{}} }

func morePublishers(*testing.T) map[string]publisher { return nil }

package bundle

import (
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// Report is what a publish did.
type Report struct {
	Rows          []Published // by library, then platform
	Removed       []Removed   // what clients will remove
	Manifest      *manifest.Manifest
	Released      bool  // false: the live release says the same already, and Manifest is that
	Wheels        int   // distinct files, each once more for every further kind of launchers
	Stored        int   // bundles that were new to the store
	StoredBytes   int64 // of those
	Existed       int   // bundles that were there already
	ExistedBytes  int64
	DownloadBytes int64 // of all wheels, whether from the network or from a cache
}

// Published is a row of the plan and the bundle that was made of it.
type Published struct {
	Row
	Bundle manifest.Bundle
	New    bool // to the store; equal bundles are one object, and every row of a new one says so
}

func newReport(plan *Plan, bundles []*built, m *manifest.Manifest, released bool) *Report {
	report := &Report{Removed: plan.Removed, Manifest: m, Released: released, Wheels: len(plan.wheels)}
	by := make(map[*planned]*built, len(bundles))
	for i, w := range plan.wheels {
		b := bundles[i]
		by[w] = b
		report.DownloadBytes += max(w.file.Size, 0)
		if b.existed {
			report.Existed++
			report.ExistedBytes += b.bundle.Size
		} else {
			report.Stored++
			report.StoredBytes += b.bundle.Size
		}
	}
	for _, row := range plan.Rows {
		b := by[row.wheel]
		report.Rows = append(report.Rows, Published{Row: row, Bundle: b.bundle, New: !b.existed})
	}
	return report
}

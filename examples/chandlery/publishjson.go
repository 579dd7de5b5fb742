package main

import (
	"github.com/chandlery-go/chandlery/bundle"
)

// reportJSON is the result of publish, planJSON that of publish --dry-run; their field names are part of the command's promise.
type reportJSON struct {
	Channel       string        `json:"channel"`
	Sequence      uint64        `json:"sequence"`
	Changed       bool          `json:"changed"` // false: nothing was released, as it would say the same
	Staged        bool          `json:"staged,omitempty"`
	Uploads       int           `json:"uploads"`
	UploadBytes   int64         `json:"upload_bytes"`
	Existed       int           `json:"existed"`
	ExistedBytes  int64         `json:"existed_bytes"`
	DownloadBytes int64         `json:"download_bytes"`
	Entries       []rowJSON     `json:"entries"`
	Removed       []removedJSON `json:"removed"`
}

type planJSON struct {
	Entries []rowJSON     `json:"entries"`
	Removed []removedJSON `json:"removed"`
}

type rowJSON struct {
	Library  string   `json:"library"`
	Platform string   `json:"platform"`
	Tags     []string `json:"tags"`
	Version  string   `json:"version"`
	Was      string   `json:"was,omitempty"`
	Changed  bool     `json:"changed"`
	Wheel    string   `json:"wheel"`
	URL      string   `json:"url,omitempty"`
	SHA256   string   `json:"sha256,omitempty"`
	Size     int64    `json:"size,omitempty"`
	New      bool     `json:"new,omitempty"` // to the store
	Listed   bool     `json:"listed,omitempty"`
	Why      []string `json:"why"`
	HeldBack string   `json:"held_back,omitempty"`
}

type removedJSON struct {
	Library  string `json:"library"`
	Platform string `json:"platform"`
	Version  string `json:"version"`
}

func newReportJSON(r *bundle.Report, staged bool) reportJSON {
	j := reportJSON{
		Channel: r.Manifest.Meta.Channel, Sequence: r.Manifest.Meta.Sequence, Changed: r.Released, Staged: staged && r.Released,
		Uploads: r.Stored, UploadBytes: r.StoredBytes, Existed: r.Existed, ExistedBytes: r.ExistedBytes, DownloadBytes: r.DownloadBytes,
		Entries: []rowJSON{}, Removed: newRemovedJSON(r.Removed),
	}
	for _, row := range r.Rows {
		e := newRowJSON(row.Row)
		e.URL, e.SHA256, e.Size, e.New = row.Bundle.URL, row.Bundle.SHA256, row.Bundle.Size, row.New
		j.Entries = append(j.Entries, e)
	}
	return j
}

func newPlanJSON(p *bundle.Plan) planJSON {
	j := planJSON{Entries: []rowJSON{}, Removed: newRemovedJSON(p.Removed)}
	for _, row := range p.Rows {
		j.Entries = append(j.Entries, newRowJSON(row))
	}
	return j
}

func newRowJSON(row bundle.Row) rowJSON {
	return rowJSON{
		Library: string(row.Library), Platform: row.Platform, Tags: row.Tags, Version: row.Version, Was: row.Was, Changed: row.Changed,
		Wheel: row.Wheel.File, Listed: row.Listed, Why: row.Why, HeldBack: row.HeldBack,
	}
}

func newRemovedJSON(removed []bundle.Removed) []removedJSON {
	all := make([]removedJSON, len(removed))
	for i, r := range removed {
		all[i] = removedJSON{string(r.Library), r.Platform, r.Version}
	}
	return all
}

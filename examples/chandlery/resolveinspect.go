package main

import (
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// inspectJSON is what was resolved for one kind of machine, in the shape of pip's installation report, version 1 (pip documentation, "Installation Report"). Its fields
// are pip's; pip_version is not there, and platform, tag and chandlery_version are ours. metadata has the fields that resolving reads, in the form of PEP 566's JSON.
type inspectJSON struct {
	Version     string            `json:"version"` // "1"
	Chandlery   string            `json:"chandlery_version"`
	Platform    string            `json:"platform"`
	Tag         string            `json:"tag"`
	Install     []inspectItem     `json:"install"`
	Environment map[string]string `json:"environment"` // marker variables; those of one machine alone, such as platform_release, are not known
}

type inspectItem struct {
	Download  inspectDownload `json:"download_info"`
	Direct    bool            `json:"is_direct"` // asked for by address
	Yanked    bool            `json:"is_yanked"`
	Requested bool            `json:"requested"` // by the request itself
	Extras    []string        `json:"requested_extras,omitempty"`
	Metadata  inspectMetadata `json:"metadata"`
}

// inspectDownload is as direct_url.json (PEP 610).
type inspectDownload struct {
	URL     string `json:"url"`
	Archive struct {
		Hash   string            `json:"hash,omitempty"` // sha256=…
		Hashes map[string]string `json:"hashes"`
	} `json:"archive_info"`
}

type inspectMetadata struct {
	Version        string   `json:"metadata_version,omitempty"`
	Name           string   `json:"name"`
	ProjectVersion string   `json:"version"`
	RequiresPython string   `json:"requires_python,omitempty"`
	RequiresDist   []string `json:"requires_dist,omitempty"`
	ProvidesExtra  []string `json:"provides_extra,omitempty"`
}

// newInspection are the reports of all kinds of machines: one alone is no list.
func newInspection(all []*resolve.Resolution) any {
	var out []inspectJSON
	for _, r := range all {
		for i := range r.Platform.Variants {
			out = append(out, newInspectJSON(r, i))
		}
	}
	if len(out) == 1 {
		return out[0]
	}
	return out
}

func newInspectJSON(r *resolve.Resolution, variant int) inspectJSON {
	v := r.Platform.Variants[variant]
	j := inspectJSON{Version: "1", Chandlery: buildVersion(), Platform: r.Platform.Name, Tag: v.Tag, Install: []inspectItem{}, Environment: map[string]string{}}
	if len(v.Environments) > 0 {
		maps.Copy(j.Environment, v.Environments[0])
	}
	for _, p := range r.Pins {
		if f := p.Files[variant]; f.File != "" {
			j.Install = append(j.Install, newInspectItem(p, f, p.Metadata[variant]))
		}
	}
	return j
}

func newInspectItem(p resolve.Pin, f dist.File, m *dist.Metadata) inspectItem {
	j := inspectItem{Yanked: f.Yanked, Extras: names(p.Extras), Metadata: inspectMetadata{Name: string(p.Name), ProjectVersion: p.Version.String()}}
	j.Download.URL, j.Download.Archive.Hashes = transport.Redact(f.URL), f.Hashes
	if sum := f.Hashes["sha256"]; sum != "" {
		j.Download.Archive.Hash = "sha256=" + sum
	}
	j.Direct = slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return r.Requirement.URL != "" })
	j.Requested = slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return r.By == "" && !r.Constraint })
	if m == nil {
		return j
	}
	j.Metadata.Version, j.Metadata.RequiresPython, j.Metadata.ProvidesExtra = m.Version, m.RequiresPython.String(), names(m.ProvidesExtra)
	for _, d := range m.RequiresDist {
		j.Metadata.RequiresDist = append(j.Metadata.RequiresDist, d.String())
	}
	return j
}

package main

import (
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// resolutionJSON is the machine-readable form of a Resolution; its field names are part of the command's promise.
type resolutionJSON struct {
	Platform string    `json:"platform"`
	Python   string    `json:"python"`
	Tags     []string  `json:"tags"`
	Pins     []pinJSON `json:"pins"`
	Wrote    []string  `json:"files,omitempty"` // with --output
}

// resolutionsJSON is the machine-readable form of the Resolutions of several platforms.
type resolutionsJSON struct {
	Platforms []resolutionJSON `json:"platforms"`
	Files     []string         `json:"files,omitempty"` // that were written
}

// newResolutionsJSON is the result of resolve: of one platform its resolution itself.
func newResolutionsJSON(all []*resolve.Resolution, files []string) any {
	j := resolutionsJSON{Files: files}
	for _, r := range all {
		j.Platforms = append(j.Platforms, newResolutionJSON(r))
	}
	if len(all) == 1 {
		one := j.Platforms[0]
		one.Wrote = files
		return one
	}
	return j
}

type pinJSON struct {
	Name       string       `json:"name"`
	Version    string       `json:"version"`
	Extras     []string     `json:"extras,omitempty"`
	Files      []fileJSON   `json:"files"`
	RequiredBy []reasonJSON `json:"required_by"`
}

type fileJSON struct {
	Tag    string `json:"tag"` // the platform tag that it serves
	File   string `json:"file"`
	URL    string `json:"url"` // without user info, query and fragment
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256,omitempty"`
	Yanked bool   `json:"yanked,omitempty"`
}

type reasonJSON struct {
	By          string `json:"by"`          // "" is the command line
	Requirement string `json:"requirement"` // an address in it is without user info, query and fragment
	Unknown     bool   `json:"unknown,omitempty"`
}

func newResolutionJSON(r *resolve.Resolution) resolutionJSON {
	j := resolutionJSON{Platform: r.Platform.Name, Python: r.Platform.Python.String(), Pins: []pinJSON{}}
	for _, v := range r.Platform.Variants {
		j.Tags = append(j.Tags, v.Tag)
	}
	for _, p := range r.Pins {
		pin := pinJSON{Name: string(p.Name), Version: p.Version.String(), Extras: names(p.Extras)}
		for i, f := range p.Files {
			if f.File != "" {
				pin.Files = append(pin.Files, fileJSON{j.Tags[i], f.File, transport.Redact(f.URL), f.Size, f.Hashes["sha256"], f.Yanked})
			}
		}
		for _, why := range p.RequiredBy {
			pin.RequiredBy = append(pin.RequiredBy, reasonJSON{string(why.By), why.Requirement.String(), why.Unknown})
		}
		j.Pins = append(j.Pins, pin)
	}
	return j
}

// distinctFiles lists the files of a pin, each once.
func distinctFiles(p resolve.Pin) []dist.File {
	var all []dist.File
	seen := map[string]bool{"": true}
	for _, f := range p.Files {
		if !seen[f.File] {
			seen[f.File] = true
			all = append(all, f)
		}
	}
	return all
}

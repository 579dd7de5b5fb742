package main

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// directURLs are the contents of direct_url.json (PEP 610), of the pins that were asked for by address.
func directURLs(r *resolve.Resolution) map[pep508.Name]string {
	out := map[pep508.Name]string{}
	for _, p := range r.Pins {
		if text := index.DirectURL(p); text != "" {
			out[p.Name] = text
		}
	}
	return out
}

// planDirect has the plan record where files came from, and replace what came from elsewhere, although its version is the wanted one.
func (i *installing) planDirect(plan *venv.Plan, set *resolve.Resolution, direct map[pep508.Name]string) {
	plan.Keep = slices.DeleteFunc(plan.Keep, func(in wheel.Installed) bool {
		p := set.Pin(in.Name)
		if p == nil || !moved(i.held[in.Name].direct, direct[in.Name]) {
			return false
		}
		plan.Remove = append(plan.Remove, in)
		plan.Install = append(plan.Install, venv.Install{Name: p.Name, Version: p.Version.String(), File: p.Files[0], Requested: true})
		return true
	})
	slices.SortFunc(plan.Install, func(a, b venv.Install) int { return strings.Compare(string(a.Name), string(b.Name)) })
	slices.SortFunc(plan.Remove, func(a, b wheel.Installed) int { return strings.Compare(string(a.Name), string(b.Name)) })
	for n, in := range plan.Install {
		plan.Install[n].Direct = direct[in.Name]
	}
}

// moved reports whether what is wanted by address is another file than what is installed: by their direct_url.json, "" where there is none.
func moved(installed, wanted string) bool {
	if wanted == "" || installed == wanted {
		return false
	}
	type origin struct {
		URL     string `json:"url"`
		Archive struct {
			Hashes map[string]string `json:"hashes"`
		} `json:"archive_info"`
	}
	var old, now origin
	if json.Unmarshal([]byte(installed), &old) != nil || json.Unmarshal([]byte(wanted), &now) != nil {
		return true
	}
	return old.URL != now.URL || old.Archive.Hashes["sha256"] != now.Archive.Hashes["sha256"]
}

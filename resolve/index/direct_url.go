package index

import (
	"encoding/json"
	"slices"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
)

// DirectURL is what direct_url.json has of a pin whose file was named by address (PEP 610; PyPA "Recording the Direct URL Origin of installed distributions"): a pin that
// one of its Reasons has a URL of, on a platform of one variant. It is "" for all others. Take it of a Resolution before venv/build makes wheels of sdists.
func DirectURL(p resolve.Pin) string {
	asked := slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return r.Requirement.URL != "" })
	if !asked || len(p.Files) != 1 {
		return ""
	}
	f := p.Files[0]
	address := f.URL
	if _, local, err := localPath(address); !local || err != nil {
		address = transport.Redact(address)
	}
	type archive struct {
		Hashes map[string]string `json:"hashes"`
	}
	b, err := json.Marshal(struct {
		Archive archive `json:"archive_info"`
		URL     string  `json:"url"`
	}{archive{map[string]string{"sha256": f.Hashes["sha256"]}}, address})
	if err != nil { // never: text alone
		return ""
	}
	return string(b)
}

package driver

import (
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// Distribution is one that a driver imports.
type Distribution struct {
	Name    pep508.Name `json:"name"`   // by the releases' requirements, else by the module's name
	Module  string      `json:"module"` // as imported
	Where   []Where     `json:"where"`
	Guarded bool        `json:"guarded,omitempty"` // every import of it is in a try: the driver's module loads without it, and says later what is missing

	Present    bool   `json:"present,omitempty"`     // Question.Have names it
	WithDriver bool   `json:"with_driver,omitempty"` // the driver's own metadata require it
	Extra      string `json:"extra,omitempty"`       // the Requires-Dist with an extra by which the newest release names it; "" where none does
	// Required is where releases require it themselves or by their libraries, as runs of neighbours.
	Required []Interval `json:"required,omitempty"`

	lacking []bool // by release
}

// distributions fill in what the driver imports of others.
func (j *judge) distributions(in *Inference) {
	for n, need := range j.others {
		d := Distribution{Module: need.Symbol, Where: need.where, Guarded: need.Guarded, lacking: make([]bool, len(j.releases))}
		required := make([]bool, len(j.releases))
		for i := range j.releases {
			v := j.supplies[i][n]
			if v.Distribution != "" {
				d.Name = v.Distribution
			}
			required[i] = v.Supply == api.Required
			d.lacking[i] = v.Supply == api.NoSupply || v.Supply == api.ByExtra
			d.WithDriver = d.WithDriver || v.Supply == api.WithDriver
			if v.Supply == api.ByExtra {
				d.Extra = v.Requirement
			}
		}
		if d.Name == "" {
			d.Name = pep508.NormalizeName(top(need.Symbol))
		}
		d.Required, d.Present = j.runs(required), d.among(j.q.Have)
		in.add(d)
	}
}

// add puts a distribution to those of the inference; modules of one distribution are one.
func (in *Inference) add(d Distribution) {
	at := slices.IndexFunc(in.Distributions, func(other Distribution) bool { return other.Name == d.Name })
	if at < 0 {
		in.Distributions = append(in.Distributions, d)
		return
	}
	same := &in.Distributions[at]
	same.Where = append(same.Where, d.Where...)
	same.Guarded = same.Guarded && d.Guarded
	for i, lacks := range d.lacking {
		same.lacking[i] = same.lacking[i] || lacks
	}
}

// among reports whether one of the names is the distribution or its module.
func (d *Distribution) among(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		return name == d.Module || name == top(d.Module) || pep508.NormalizeName(name) == d.Name
	})
}

// SDKs lists the distributions that the driver imports, that are not present and that installing a release does not bring.
func (in *Inference) SDKs(v pep440.Version) (some []Distribution) {
	at := slices.IndexFunc(in.Judged, func(j Judgement) bool { return j.Version.Equal(v) })
	for _, d := range in.Distributions {
		if at >= 0 && d.lacking[at] && !d.Present {
			some = append(some, d)
		}
	}
	return some
}

// MissingSDK is a *MissingSDKError where a release does not bring all that the driver imports, leaving out what have already counts as installed; else nil.
func (in *Inference) MissingSDK(v pep440.Version, have ...pep508.Name) error {
	missing := slices.DeleteFunc(in.SDKs(v), func(d Distribution) bool { return slices.Contains(have, d.Name) })
	if len(missing) == 0 {
		return nil
	}
	return &MissingSDKError{missing}
}

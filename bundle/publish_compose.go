package bundle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// compose writes down what each platform's clients must hold. Sequence and time of issue follow the live release.
func (r *publishing) compose(plan *Plan, bundles []*built) (*manifest.Manifest, error) {
	r.steps.start(StepCompose, len(plan.Resolutions), 0)
	by := make(map[*planned]*built, len(bundles))
	for i, w := range plan.wheels {
		by[w] = bundles[i]
	}
	m := &manifest.Manifest{Libraries: map[pep508.Name]map[string]manifest.Leaf{}, Meta: manifest.Meta{
		Schema:    manifest.Schema,
		Channel:   r.channel(),
		Sequence:  1,
		Issued:    r.now().UTC().Truncate(time.Second),
		MinClient: r.MinClient,
		Platforms: map[string]manifest.Platform{},
	}}
	if plan.Current != nil {
		m.Meta.Sequence = plan.Current.Meta.Sequence + 1
	}
	for _, resolution := range plan.Resolutions {
		m.Meta.Platforms[resolution.Platform.Name] = described(resolution.Platform)
		requires := requirements(resolution)
		for _, pin := range resolution.Pins {
			leaves := m.Libraries[pin.Name]
			if leaves == nil {
				leaves = map[string]manifest.Leaf{}
				m.Libraries[pin.Name] = leaves
			}
			leaves[resolution.Platform.Name] = plan.leaf(pin, resolution.Platform, by, requires[pin.Name])
		}
	}
	m.Meta.Rollout = r.rollout(m, plan.Current)
	err := join(plan.overlaps(by)...)
	if err == nil {
		if _, e := m.Encode(); e != nil {
			err = &Error{Step: StepCompose, Kind: KindInternal, Err: e}
		}
	}
	return m, r.steps.finish(StepCompose, err)
}

// rollout is the roll-out of m, with a salt: where m has what the live release has, the same clients shall be the first.
func (r *publishing) rollout(m, live *manifest.Manifest) *manifest.Rollout {
	if r.Rollout == nil {
		return nil
	}
	staged := *r.Rollout
	if staged.Salt == "" {
		staged.Salt = strconv.FormatUint(m.Meta.Sequence, 10)
		if live != nil && live.Meta.Rollout != nil {
			same := *m
			same.Meta.Rollout = live.Meta.Rollout
			if same.SameContent(live) {
				staged.Salt = live.Meta.Rollout.Salt
			}
		}
	}
	return &staged
}

func described(p resolve.Platform) manifest.Platform {
	d := manifest.Platform{Python: p.Python.String()}
	for _, v := range p.Variants {
		d.Tags = append(d.Tags, v.Tag)
	}
	return d
}

// requirements are the libraries that each library brought in on a platform, sorted.
func requirements(resolution *resolve.Resolution) map[pep508.Name][]string {
	by := map[pep508.Name][]string{}
	for _, pin := range resolution.Pins {
		for _, reason := range pin.RequiredBy {
			if reason.By != "" && reason.By != pin.Name && !reason.Constraint {
				by[reason.By] = append(by[reason.By], string(pin.Name))
			}
		}
	}
	for name, all := range by {
		slices.Sort(all)
		by[name] = slices.Compact(all)
	}
	return by
}

// leaf is one library on one platform: one bundle where one wheel serves every machine, else variants that say which they serve.
func (p *Plan) leaf(pin resolve.Pin, platform resolve.Platform, by map[*planned]*built, requires []string) manifest.Leaf {
	leaf := manifest.Leaf{Version: pin.Version.String(), Requires: requires}
	for _, row := range p.on[candidateKey{pin.Name, platform.Name}] {
		b := by[row.wheel].bundle
		if len(row.Tags) == len(platform.Variants) {
			leaf.Bundle = b
			return leaf
		}
		b.Serves = slices.Clone(row.Tags)
		leaf.Variants = append(leaf.Variants, b)
	}
	return leaf
}

// overlaps reports files that two libraries would both install with different content on one machine: which of them wins would be chance, and
// neither's RECORD could be true for long.
func (p *Plan) overlaps(by map[*planned]*built) []error {
	var problems []error
	for _, resolution := range p.Resolutions {
		for _, v := range resolution.Platform.Variants {
			owners := map[string]owned{}
			for _, row := range p.Rows {
				if row.Platform == resolution.Platform.Name && slices.Contains(row.Tags, v.Tag) {
					problems = append(problems, row.overlaps(owners, by[row.wheel].record)...)
				}
			}
		}
	}
	slices.SortStableFunc(problems, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return slices.CompactFunc(problems, func(a, b error) bool { return a.Error() == b.Error() })
}

// owned is a path of a library.
type owned struct {
	by   pep508.Name
	hash string
}

func (row Row) overlaps(owners map[string]owned, record []wheel.RecordEntry) (problems []error) {
	for _, entry := range record {
		first, taken := owners[entry.Path]
		switch {
		case !taken:
			owners[entry.Path] = owned{row.Library, entry.Hash}
		case first.hash != entry.Hash:
			problems = append(problems, &Error{Library: string(row.Library), Platform: row.Platform, Step: StepCompose, Kind: KindConflict,
				Err:    fmt.Errorf("%s is installed by %s too, with other content", entry.Path, first.by),
				Advice: "choose versions that do not overlap"})
		}
	}
	return problems
}

// release publishes m, last of all.
func (r *publishing) release(ctx context.Context, m *manifest.Manifest) error {
	r.steps.start(StepRelease, 1, 0)
	err := r.Sink.Release(ctx, m)
	if err == nil {
		r.steps.done(Event{Step: StepRelease, Message: fmt.Sprintf("%s %d", m.Meta.Channel, m.Meta.Sequence)}, 0)
		return r.steps.finish(StepRelease, nil)
	}
	where := Error{Step: StepRelease}
	if errors.Is(err, ErrConflict) {
		where.Advice = "nothing was released: publish again"
	}
	return r.steps.finish(StepRelease, wrap(err, where))
}

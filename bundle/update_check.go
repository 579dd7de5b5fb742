package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// wanted is one library as the update configuration has it for this client.
type wanted struct {
	name     pep508.Name
	version  pep440.Version
	bundle   manifest.Bundle
	packager Packager
}

// latest reads the update configuration and refuses one that is older than one seen.
func (r *updating) latest(ctx context.Context, state folderState) (*manifest.Manifest, error) {
	m, err := r.Source.Latest(ctx)
	if err != nil {
		return nil, err
	}
	return m, checkSequence(m.Meta, state)
}

// checkSequence refuses a release older than one seen of its channel. The plain form says of no release how new it is, so it cannot follow one that did.
func checkSequence(meta manifest.Meta, state folderState) error {
	seen := state.Sequences[meta.Channel]
	switch {
	case meta.Schema == 0 && len(state.Sequences) > 0:
		return fmt.Errorf("the update configuration is of the plain form and may be %w", ErrRollback)
	case meta.Sequence < seen:
		return fmt.Errorf("release %d of channel %q is %w, %d", meta.Sequence, meta.Channel, ErrRollback, seen)
	}
	return nil
}

// checkClient compares the host application's version with min_client, by semantic versioning.
func checkClient(need, have string) error {
	if need == "" {
		return nil
	}
	least, err := semver.StrictNewVersion(need)
	if err != nil {
		return &Error{Step: StepSource, Kind: KindConfig, Err: fmt.Errorf("min_client %q is no semantic version", need)}
	}
	if have == "" {
		return &ClientTooOldError{Need: need}
	}
	own, err := semver.StrictNewVersion(have)
	if err != nil {
		return &Error{Step: StepSource, Kind: KindUsage, Err: fmt.Errorf("ClientVersion %q is no semantic version", have), Advice: "write it like 1.2.0"}
	}
	if own.LessThan(least) {
		return &ClientTooOldError{Need: need, Have: have}
	}
	return nil
}

// wanted is what the update configuration has for this client, sorted by name. All problems come at once.
func (r *updating) wanted(m *manifest.Manifest) ([]wanted, error) {
	if err := checkClient(m.Meta.MinClient, r.ClientVersion); err != nil {
		return nil, err
	}
	tag, err := r.tag(m)
	if err != nil {
		return nil, err
	}
	var all []wanted
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(m.Libraries)) {
		leaf, ok := m.Libraries[name][r.Platform]
		if !ok {
			continue
		}
		b, ok := leaf.For(tag)
		if !ok {
			continue
		}
		w, err := r.want(name, leaf.Version, b)
		problems = append(problems, libraryError(StepSource, name, r.Platform, err))
		all = append(all, w)
	}
	return all, join(problems...)
}

func (r *updating) want(name pep508.Name, version string, b manifest.Bundle) (wanted, error) {
	v, err := pep440.Parse(version)
	if err != nil {
		return wanted{}, &Error{Library: string(name), Platform: r.Platform, Step: StepSource, Kind: KindConfig, Err: err}
	}
	format := b.Format
	if format == "" {
		format = Zip{}.Format()
	}
	i := slices.IndexFunc(r.packagers, func(p Packager) bool { return p.Format() == format })
	if i < 0 {
		return wanted{}, &Error{Library: string(name), Platform: r.Platform, Step: StepSource, Kind: KindConfig,
			Err: fmt.Errorf("format %q is unknown to this client", format), Advice: "update the client, or give the Updater a Packager of it"}
	}
	return wanted{name: name, version: v, bundle: b, packager: r.packagers[i]}, nil
}

// tag is the platform tag of this machine, among those that the platform has.
func (r *updating) tag(m *manifest.Manifest) (string, error) {
	platforms := platformsOf(m)
	tags, known := platforms[r.Platform]
	switch {
	case !known:
		return "", r.usage(fmt.Errorf("the update configuration has no platform %q", r.Platform), "use one of "+strings.Join(slices.Sorted(maps.Keys(platforms)), ", "))
	case r.Tag == "" && len(tags) > 1:
		return "", r.usage(&MissingFieldError{Type: "bundle.Updater", Field: "Tag"}, "the platform has "+strings.Join(tags, ", "))
	case r.Tag == "" && len(tags) == 1:
		return tags[0], nil
	case r.Tag != "" && len(tags) > 0 && !slices.Contains(tags, r.Tag):
		return "", r.usage(fmt.Errorf("the platform has no tag %q", r.Tag), "it has "+strings.Join(tags, ", "))
	}
	return r.Tag, nil
}

func (r *updating) usage(err error, advice string) error {
	return &Error{Platform: r.Platform, Step: StepSource, Kind: KindUsage, Err: err, Advice: advice}
}

// platformsOf gives each platform's tags; those of the plain form are what its libraries name, and have none.
func platformsOf(m *manifest.Manifest) map[string][]string {
	platforms := map[string][]string{}
	for name, p := range m.Meta.Platforms {
		platforms[name] = p.Tags
	}
	if m.Meta.Schema > 0 {
		return platforms
	}
	for _, leaves := range m.Libraries {
		for name := range leaves {
			platforms[name] = nil
		}
	}
	return platforms
}

// source is StepSource: what this client shall hold, or why it keeps what it has.
func (r *updating) source(ctx context.Context, f *folder, state folderState) (*UpdatePlan, []wanted, error) {
	r.steps.start(StepSource, 0, 0)
	p, all, err := r.read(ctx, f, state)
	if err != nil && ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		err = ctx.Err()
	}
	return p, all, r.steps.finish(StepSource, libraryError(StepSource, "", r.Platform, err))
}

func (r *updating) read(ctx context.Context, f *folder, state folderState) (*UpdatePlan, []wanted, error) {
	m, err := r.latest(ctx, state)
	if err != nil {
		return nil, nil, err
	}
	p := &UpdatePlan{Channel: m.Meta.Channel, Sequence: m.Meta.Sequence, Platform: r.Platform}
	all, err := r.wanted(m)
	p.release = heldRelease{Channel: p.Channel, Sequence: p.Sequence}
	if err == nil {
		p.release.Set = fingerprint(all)
	}
	if r.hold(f, state, p, m.Meta.Rollout); p.Hold != "" {
		return p, nil, nil // what is wrong with a release that is not taken is not this client's concern yet
	}
	return p, all, err
}

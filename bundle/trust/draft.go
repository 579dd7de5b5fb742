package trust

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

const (
	// MaxDraft bounds the file of a draft, in bytes.
	MaxDraft = 4 * metadata.MaxTargets

	draftSchema = 1
)

// Draft is a new version of root, targets or both, which its people sign one after the other, each where the key is. It travels as a file. A root must be signed by
// enough keys of the root before and of itself, targets by enough of the root that goes with them.
type Draft struct {
	base, baseTargets *metadata.Envelope // what it follows; nil: nothing
	root, targets     *metadata.Envelope // what is new; nil: stays

	before, after          *metadata.Root // base and root, read; after is before where the root stays
	oldTargets, newTargets *metadata.Targets
}

// MissingSignatures says whose signatures a draft still needs.
type MissingSignatures struct {
	Role string   // "root" or "targets"
	By   string   // whose keys: "root 3"
	Have int      // signed
	Need int      // the threshold
	Keys []string // ids of those that have not signed
}

// newDraft checks what belongs together. Nothing is verified.
func newDraft(base, baseTargets, root, targets *metadata.Envelope) (d *Draft, err error) {
	d = &Draft{base: base, baseTargets: baseTargets, root: root, targets: targets}
	if base != nil {
		if d.before, err = base.Root(); err != nil {
			return nil, err
		}
	}
	if d.after = d.before; root != nil {
		if d.after, err = root.Root(); err != nil {
			return nil, err
		}
	}
	if baseTargets != nil {
		if d.oldTargets, err = baseTargets.Targets(); err != nil {
			return nil, err
		}
	}
	if targets != nil {
		if d.newTargets, err = targets.Targets(); err != nil {
			return nil, err
		}
	}
	return d, d.check()
}

func (d *Draft) check() error {
	switch {
	case d.root == nil && d.targets == nil:
		return fmt.Errorf("%w: the draft changes nothing", ErrFormat)
	case d.after == nil:
		return fmt.Errorf("%w: the draft has no root", ErrFormat)
	case d.before == nil && (d.after.Version != 1 || d.targets == nil || d.baseTargets != nil):
		return fmt.Errorf("%w: a draft that follows nothing must have root 1 and targets", ErrFormat)
	case d.before != nil && d.root != nil && d.after.Version != d.before.Version+1:
		return fmt.Errorf("%w: root %d cannot follow root %d", ErrFormat, d.after.Version, d.before.Version)
	case d.oldTargets != nil && d.newTargets != nil && d.newTargets.Version <= d.oldTargets.Version:
		return fmt.Errorf("%w: targets %d cannot follow targets %d", ErrFormat, d.newTargets.Version, d.oldTargets.Version)
	case !d.after.ConsistentSnapshot:
		return fmt.Errorf("%w: its root has no consistent snapshots", ErrFormat)
	}
	return nil
}

// draftFile is how a draft is written. Its parts are metadata files.
type draftFile struct {
	Schema  int        `json:"schema"`
	Base    *draftBase `json:"base,omitempty"`
	Root    *draftPart `json:"root,omitempty"`
	Targets *draftPart `json:"targets,omitempty"`
}

type draftBase struct {
	Root    *draftPart `json:"root"`
	Targets *draftPart `json:"targets,omitempty"`
}

// draftPart is a metadata file in a draft.
type draftPart struct{ *metadata.Envelope }

func (p draftPart) MarshalJSON() ([]byte, error) { return p.Encode() }

func (p *draftPart) UnmarshalJSON(b []byte) (err error) {
	p.Envelope, err = metadata.Open(b)
	return err
}

func part(e *metadata.Envelope) *draftPart {
	if e == nil {
		return nil
	}
	return &draftPart{e}
}

func (p *draftPart) envelope() *metadata.Envelope {
	if p == nil {
		return nil
	}
	return p.Envelope
}

// Encode writes the draft as a file, signatures and all.
func (d *Draft) Encode() ([]byte, error) {
	f := draftFile{Schema: draftSchema, Root: part(d.root), Targets: part(d.targets)}
	if d.base != nil {
		f.Base = &draftBase{part(d.base), part(d.baseTargets)}
	}
	b, err := json.MarshalIndent(f, "", " ")
	return append(b, '\n'), err
}

// ReadDraft reads what Encode wrote. Nothing is verified: Changes tells what it would do. The error is ErrFormat.
func ReadDraft(b []byte) (*Draft, error) {
	if len(b) > MaxDraft {
		return nil, fmt.Errorf("%w: the draft has more than %d bytes", ErrFormat, MaxDraft)
	}
	var f draftFile
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		if errors.Is(err, ErrFormat) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: it is no draft: %v", ErrFormat, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) || f.Schema != draftSchema {
		return nil, fmt.Errorf("%w: it is no draft of schema %d", ErrFormat, draftSchema)
	}
	if f.Base == nil {
		f.Base = &draftBase{}
	}
	return newDraft(f.Base.Root.envelope(), f.Base.Targets.envelope(), f.Root.envelope(), f.Targets.envelope())
}

// asked is a role that must sign a draft, and may: also is who need not.
type asked struct {
	role string
	e    *metadata.Envelope
	by   int64 // the root's version
	grant
	also []grant
}

func (d *Draft) asked() (all []asked) {
	if d.root != nil {
		next := topGrant(d.after, metadata.RootRole)
		if d.before != nil {
			all = append(all, asked{metadata.RootRole, d.root, d.before.Version, topGrant(d.before, metadata.RootRole), nil})
		}
		if d.before == nil || !sameGrant(all[0].grant, next) {
			all = append(all, asked{metadata.RootRole, d.root, d.after.Version, next, nil})
		}
	}
	if d.targets != nil {
		a := asked{metadata.TargetsRole, d.targets, d.after.Version, topGrant(d.after, metadata.TargetsRole), nil}
		if d.before != nil { // so that clients take it before they have the root
			a.also = []grant{topGrant(d.before, metadata.TargetsRole)}
		}
		all = append(all, a)
	}
	return all
}

// Sign adds signatures of those signers that have a key which the draft asks for. Replaced keys of the targets may sign too: where enough do, clients pass over to the new
// ones without a gap. That none of the signers has such a key is an ErrSigners.
func (d *Draft) Sign(signers ...crypto.Signer) error {
	signed := 0
	for _, a := range d.asked() {
		n, err := signAll(a.e, signers, append([]grant{a.grant}, a.also...)...)
		if err != nil {
			return err
		}
		signed += n
	}
	if signed == 0 {
		return fmt.Errorf("%w: none has a key that the draft asks for", ErrSigners)
	}
	return nil
}

// Missing tells whose signatures are missing; none: the draft can be published.
func (d *Draft) Missing() (all []MissingSignatures) {
	for _, a := range d.asked() {
		signed := a.e.Signers(a.keys, a.grant.role)
		if len(signed) >= a.grant.role.Threshold {
			continue
		}
		m := MissingSignatures{Role: a.role, By: fmt.Sprintf("root %d", a.by), Have: len(signed), Need: a.grant.role.Threshold}
		for _, id := range a.grant.role.KeyIDs {
			if !slices.Contains(signed, id) {
				m.Keys = append(m.Keys, id)
			}
		}
		all = append(all, m)
	}
	return all
}

package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// UpdatePlan is what an update does to a python folder.
type UpdatePlan struct {
	Channel  string
	Sequence uint64
	Platform string
	Hold     Hold           // why the folder stays as it is, whatever the release says; "" where it is compared
	Why      string         // the same for people
	Actions  []UpdateAction // sorted by library; none under a Hold
	Download int64          // bytes of the bundles to transfer
	Unpacked int64          // bytes of the files in them

	release   heldRelease
	out, stay []wheel.Installed // of what the folder holds
}

// UpdateAction is what an update does with one library.
type UpdateAction struct {
	Library pep508.Name `json:"library"`
	Do      Do          `json:"do"`
	From    []string    `json:"from,omitempty"` // the versions that the folder holds: one, but in a damaged folder
	To      string      `json:"to,omitempty"`   // "" where it is removed
	Bytes   int64       `json:"bytes"`          // to transfer
	Why     string      `json:"why"`

	want wanted
}

// Do is one kind of UpdateAction.
type Do string

const (
	Install Do = "install" // it is absent
	Replace Do = "replace" // it differs
	Remove  Do = "remove"  // it was dropped
	Keep    Do = "keep"
)

// Changes reports whether there is anything to do.
func (p *UpdatePlan) Changes() bool {
	return slices.ContainsFunc(p.Actions, func(a UpdateAction) bool { return a.Do != Keep })
}

// incoming are the actions that bring a bundle.
func (p *UpdatePlan) incoming() []UpdateAction {
	return slices.DeleteFunc(slices.Clone(p.Actions), func(a UpdateAction) bool { return a.Do != Install && a.Do != Replace })
}

func (p *UpdatePlan) changed() []pep508.Name {
	var names []pep508.Name
	for _, a := range p.Actions {
		if a.Do != Keep {
			names = append(names, a.Library)
		}
	}
	return names
}

// plan compares what the folder holds with what the update configuration says. f is nil where there is no folder yet.
func (r *updating) plan(ctx context.Context, f *folder, state folderState) (*UpdatePlan, error) {
	p, wants, err := r.source(ctx, f, state)
	if err != nil {
		return nil, err
	}
	if p.Hold != "" {
		r.tellHold(p)
		return p, nil
	}
	held := r.inspect(f)
	r.steps.start(StepPlan, len(wants), 0)
	var problems []error
	for _, w := range wants {
		a, err := r.compare(ctx, f, w, held[w.name])
		problems = append(problems, libraryError(StepPlan, w.name, r.Platform, err))
		p.add(a, held[w.name])
		delete(held, w.name)
	}
	for name, in := range held {
		p.add(drop(name, in), in)
	}
	slices.SortFunc(p.Actions, func(a, b UpdateAction) int { return strings.Compare(string(a.Library), string(b.Library)) })
	for _, a := range p.Actions {
		r.tell(a)
	}
	return p, r.steps.finish(StepPlan, join(problems...))
}

func (r *updating) tellHold(p *UpdatePlan) {
	r.log.Info("hold", "reason", p.Hold, "channel", p.Channel, "sequence", p.Sequence, "why", p.Why)
	r.steps.start(StepPlan, 1, 0)
	r.steps.done(Event{Type: ItemKept, Step: StepPlan, Platform: r.Platform, Message: p.Why}, 0)
	r.steps.finish(StepPlan, nil)
}

func (r *updating) tell(a UpdateAction) {
	r.log.Info(string(a.Do), "library", a.Library, "from", a.From, "to", a.To, "why", a.Why)
	e := Event{Type: ItemDone, Step: StepPlan, Library: string(a.Library), Platform: r.Platform, Version: a.To, Message: string(a.Do) + ": " + a.Why}
	if a.Do == Keep {
		e.Type = ItemKept
	}
	r.steps.done(e, 0)
}

// add takes an action in; one without library leaves the distributions alone.
func (p *UpdatePlan) add(a UpdateAction, in []wheel.Installed) {
	if a.Do == Replace || a.Do == Remove {
		p.out = append(p.out, in...)
	} else {
		p.stay = append(p.stay, in...)
	}
	if a.Library == "" {
		return
	}
	p.Actions = append(p.Actions, a)
	p.Download += a.Bytes
	if a.Bytes > 0 {
		p.Unpacked += a.want.bundle.UnpackedSize
	}
}

// inspect is StepInspect: the distributions that the folder holds, by name.
func (r *updating) inspect(f *folder) map[pep508.Name][]wheel.Installed {
	r.steps.start(StepInspect, 0, 0)
	held := map[pep508.Name][]wheel.Installed{}
	if f != nil {
		all, faults := wheel.Scan(f.fs())
		for _, err := range faults {
			r.warner(StepInspect)(err)
		}
		for _, in := range all {
			if f.remnant(in) {
				r.warner(StepInspect)(fmt.Errorf("%s holds neither RECORD nor METADATA and is passed over", in.DistInfo))
				continue
			}
			held[in.Name] = append(held[in.Name], in)
		}
	}
	r.steps.finish(StepInspect, nil)
	return held
}

// remnant tells a .dist-info in which only files are left that belong to no RECORD, so that no update could remove it.
func (f *folder) remnant(in wheel.Installed) bool {
	if in.Record != nil {
		return false
	}
	_, err := f.Root.Lstat(path.Join(in.DistInfo, "METADATA"))
	return errors.Is(err, fs.ErrNotExist)
}

// compare decides about a library that the update configuration lists.
func (r *updating) compare(ctx context.Context, f *folder, w wanted, held []wheel.Installed) (UpdateAction, error) {
	a := UpdateAction{Library: w.name, From: versions(held), To: w.version.String(), want: w}
	if len(held) == 0 {
		a.Do, a.Why, a.Bytes = Install, "it is not installed", w.bundle.Size
		return a, nil
	}
	why := r.difference(ctx, f, w, held)
	if err := ctx.Err(); err != nil {
		return a, err
	}
	if why == "" {
		a.Do, a.Why = Keep, "it is as the update configuration says"
		return a, nil
	}
	a.Do, a.Why, a.Bytes = Replace, why, w.bundle.Size
	for _, in := range held {
		if len(in.Record) == 0 {
			return a, &NoRecordError{DistInfo: in.DistInfo}
		}
	}
	return a, nil
}

// difference says in what an installed library differs from what is wanted; "" where in nothing.
func (r *updating) difference(ctx context.Context, f *folder, w wanted, held []wheel.Installed) string {
	in := held[0]
	switch order := w.version.Compare(in.Version); {
	case len(held) > 1:
		return "it is installed several times"
	case order > 0:
		return "there is a newer version"
	case order < 0:
		return "the update configuration has an older version"
	case in.RecordSHA256 != w.bundle.RecordSHA256 && in.Installer != Installer:
		return "it was installed by " + installerName(in)
	case in.RecordSHA256 != w.bundle.RecordSHA256:
		return "it is another build of the version"
	}
	if fault := damage(f.fs(), in); fault != "" {
		return fault
	}
	if !r.Verify {
		return ""
	}
	if faults := in.Check(ctx, f.fs()); len(faults) > 0 {
		return fmt.Sprintf("it is damaged: %v", faults[0])
	}
	return ""
}

func installerName(in wheel.Installed) string {
	if in.Installer == "" {
		return "something unknown"
	}
	return in.Installer
}

// damage finds a file of a distribution that is missing, or has another size than its RECORD says; "" where none is. It reads no file.
func damage(root fs.FS, in wheel.Installed) string {
	for _, e := range in.Record {
		fi, err := fs.Lstat(root, path.Clean(e.Path))
		switch {
		case err != nil:
			return e.Path + " is missing"
		case !fi.Mode().IsRegular():
			return e.Path + " is no regular file"
		case e.Size >= 0 && fi.Size() != e.Size:
			return e.Path + " was changed"
		}
	}
	return ""
}

// drop decides about what the update configuration does not list: only what Chandlery installed goes.
func drop(name pep508.Name, held []wheel.Installed) UpdateAction {
	for _, in := range held {
		if in.Installer != Installer || len(in.Record) == 0 {
			return UpdateAction{}
		}
	}
	return UpdateAction{Library: name, Do: Remove, From: versions(held), Why: "the update configuration lists it no more"}
}

func versions(held []wheel.Installed) []string {
	var all []string
	for _, in := range held {
		all = append(all, in.Version.String())
	}
	return all
}

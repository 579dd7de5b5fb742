package driver

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// Picker is an upgrade.TargetPicker that goes by a vendor's driver: a release that lacks something of what the driver asks for is refused, with the symbol and its place as the reason, and Policy decides among the rest.
// Query.Refused counts besides: what a trial has shown to be missing is looked up in the releases (Learn), and every release that lacks it is refused too. With Query.Try, what Policy takes is tried first.
//
// One error alone leaves the choice to another picker of upgrade.FirstOf: that what was given is no driver (*NotDriverError) wraps upgrade.ErrNoTarget. That Policy takes none of the releases that have all that is asked
// wraps upgrade.ErrNoneFits, as whatever another picker takes then lacks something. An *UnsatisfiableError, a *BelowError, a *MissingSDKError, a *Python2Error and an *OpenError are for the operator; they end the asking too.
//
// It is safe for concurrent use, its fields being left as they are. A driver is judged anew when its files have changed; what is installed is read once.
type Picker struct {
	Source  Source               // required: Path or Class. Its Index is the Picker's, and so are its Sites where it has none
	Reader  Reader               // required
	Policy  upgrade.TargetPicker // required
	Index   *api.Index           // nil: the one that comes along for the component
	Current []string             // library folders of what is installed, which is judged by its files; none: by its version alone

	Modules map[string]pep508.Name // distributions of modules by another name, as upgrade.Upgrader.Modules
	Have    []string               // modules and distributions that the environment has besides what a release requires: the host's bindings, the deployment's requirements

	mu        sync.Mutex
	known     map[[sha256.Size]byte]*known // by component and files
	installed *Question                    // of which Current and Libraries count
	embedded  *api.Index                   // where Index is nil
}

var _ upgrade.TargetPicker = (*Picker)(nil)

// MissingFieldError names a required field that was not set.
type MissingFieldError struct{ Field string } // "Picker.Policy"

func (e *MissingFieldError) Error() string { return "driver." + e.Field + " is missing" }

// BelowError says that a driver is for releases below the one that runs, and for none above it.
type BelowError struct {
	Component pep508.Name
	Current   pep440.Version
	Inference *Inference
}

func (e *BelowError) Error() string {
	text := fmt.Sprintf("the driver is for %s of %s, and %s runs: no release above it has all that the driver asks for", spans(e.Inference.Feasible), e.Component, e.Current)
	if c := e.Inference.Ceiling; c != nil && len(c.Witnesses) > 0 {
		text += fmt.Sprintf(": from %s on there is no %s", c.Version, c.Witnesses[0])
	}
	return text + ": ask the vendor for a newer driver"
}

// PickTarget answers by the driver's text, by what the releases offer, and by what trials have shown.
func (p *Picker) PickTarget(ctx context.Context, q upgrade.Query) (upgrade.Target, error) {
	if p.Policy == nil {
		return upgrade.Target{}, &MissingFieldError{"Picker.Policy"}
	}
	k, err := p.judge(ctx, q.Component.Distribution)
	var none *NotDriverError
	if errors.As(err, &none) {
		return upgrade.Target{}, fmt.Errorf("%w by the driver: %w", upgrade.ErrNoTarget, err)
	}
	if err == nil {
		err = k.Err()
	}
	if err != nil {
		return upgrade.Target{}, err
	}
	q.Refused = slices.Clone(q.Refused)
	return (&chooser{known: k, p: p, q: q}).pick(ctx)
}

// Infer judges the releases of a component, and chooses none.
func (p *Picker) Infer(ctx context.Context, component pep508.Name) (*Inference, error) {
	k, err := p.judge(ctx, component)
	if err != nil {
		return nil, err
	}
	return k.Inference, nil
}

// Learn says what the evidence of a log that a version of the component wrote, with the driver in it, says about the version.
func (p *Picker) Learn(ctx context.Context, component pep508.Name, ran pep440.Version, evidence []upgrade.Evidence) ([]Lesson, error) {
	k, err := p.judge(ctx, component)
	if err != nil {
		return nil, err
	}
	return Learn(k.question, ran, evidence), nil
}

// Open reads the driver's files, as they are to be installed.
func (p *Picker) Open(ctx context.Context, component pep508.Name) (*Tree, error) {
	src := p.Source
	if len(src.Sites) == 0 {
		src.Sites = p.Current
	}
	var err error
	if src.Index, err = p.offers(component); err != nil {
		return nil, err
	}
	return Open(ctx, src)
}

// known is a driver, and what became of it.
type known struct {
	*Inference
	tree     *Tree
	question Question
}

// judge reads the driver and judges it, unless that was done.
func (p *Picker) judge(ctx context.Context, component pep508.Name) (*known, error) {
	if p.Reader == nil {
		return nil, &MissingFieldError{"Picker.Reader"}
	}
	tree, err := p.Open(ctx, component)
	if err != nil {
		return nil, err
	}
	index, err := p.offers(component)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	id := tree.id(component)
	if k := p.known[id]; k != nil {
		return k, nil
	}
	k := &known{tree: tree}
	if k.question, err = p.ask(ctx, index, tree); err != nil {
		return nil, err
	}
	if k.Inference, err = Infer(ctx, k.question); err != nil {
		return nil, err
	}
	if p.known == nil {
		p.known = map[[sha256.Size]byte]*known{}
	}
	p.known[id] = k
	return k, nil
}

// id is the same for the same files of a component.
func (t *Tree) id(component pep508.Name) (id [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q\n", component, t.Class, t.Requires)
	for _, f := range t.Files {
		fmt.Fprintf(h, "%q %q %t %d\n", f.Name, f.Path, f.Package, len(f.Text))
		h.Write(f.Text)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

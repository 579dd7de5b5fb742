package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

const (
	DefaultStep    = 3 * time.Minute // for one operation
	DefaultContent = 4 << 20         // bytes
)

// VolumeOperations judges level L3: what cinder requires of every driver (its support matrix, "Required Driver Functions"), one Check an
// operation. A volume is made of an image of random content and an image of that volume, and the contents are compared, as these two
// operations call most of what a driver and a component must agree on.
//
// An operation that fails is Fail, with Evidence from the logs of the services that Runner attaches to; one that hangs while no log says why
// is of the class Unreachable. It is Unknown where it needs an
// earlier one, where only a neighbour (the Image API) is at fault, or where the scheduler knows no backend yet: use Pools before it.
// One that the busy database turned away is tried again, and the pass says so; Unknown where the database stays busy.
// Everything that was made has a name beginning with "chandlery-verify-" and is removed; the last check names what could not be.
type VolumeOperations struct {
	API       API
	Runner    upgrade.Runner // for evidence; nil: only what the API tells
	Type      string         // volume type; give one where the scheduler could choose another host's backend
	Size      int            // GiB of a volume; 0: 1
	Content   int64          // bytes; 0: DefaultContent; less than Size
	Connector map[string]any // of the attachment; nil: one of a host without hardware of its own
	Step      time.Duration  // limit of one operation; 0: DefaultStep
}

// Verify runs the operations one after another; all are tried that do not need one that failed.
func (v VolumeOperations) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if r, ok := v.API.applies(s, "L3", "volume operations"); !ok {
		return r, nil
	}
	v.Size, v.Step = max(v.Size, 1), cmp.Or(v.Step, DefaultStep)
	if v.Content == 0 {
		v.Content = DefaultContent
	}
	if v.Content > int64(v.Size)<<30 {
		return upgrade.Report{}, fmt.Errorf("probe.VolumeOperations: Content of %d bytes does not fit into %d GiB", v.Content, v.Size)
	}
	o := &operations{VolumeOperations: v, workshop: newWorkshop(v.API), journal: newJournal(ctx, v.Runner, s), host: s.Config.Host}
	o.run(ctx)
	o.cleanUp(ctx)
	o.overheard(ctx)
	return report(o.checks...), errors.Join(o.err, ctx.Err())
}

// operations is one run. The fields of strings are ids; "": not made.
type operations struct {
	VolumeOperations
	*workshop
	journal *journal
	host    string
	checks  []upgrade.Check
	err     error // nothing more can be judged

	empty, snap, fromSnapshot, cloned, fromImage string
	content                                      mark
}

func (o *operations) run(ctx context.Context) {
	o.step(ctx, "create a volume", o.create)
	o.step(ctx, "create a snapshot", func(ctx context.Context) (_ string, err error) {
		o.snap, err = made(o.snapshot(ctx, o.empty))
		return "", err
	}, &o.empty)
	o.step(ctx, "create a volume from a snapshot", func(ctx context.Context) (_ string, err error) {
		o.fromSnapshot, err = o.make(ctx, api.NewVolume{Snapshot: o.snap})
		return "", err
	}, &o.snap)
	o.step(ctx, "clone a volume", func(ctx context.Context) (_ string, err error) {
		o.cloned, err = o.make(ctx, api.NewVolume{Source: o.empty})
		return "", err
	}, &o.empty)
	o.step(ctx, "extend a volume", o.extend, &o.cloned)
	o.drop(ctx, &o.cloned)
	o.step(ctx, "attach and detach a volume", o.attach, &o.cloned)
	o.free(ctx, o.cloned) // for its deletion to be judged by itself
	o.step(ctx, "create a volume from an image", o.createFromImage)
	o.step(ctx, "upload a volume to an image", o.uploadToImage, &o.empty)
	o.step(ctx, "delete volumes", func(ctx context.Context) (string, error) {
		return "", o.deleteAll(ctx, "volumes", o.fromSnapshot, o.cloned, o.fromImage)
	}, &o.empty)
	o.step(ctx, "delete a snapshot", func(ctx context.Context) (string, error) { return "", o.deleteAll(ctx, "snapshots", o.snap) }, &o.snap)
	o.step(ctx, "delete a volume that had a snapshot", func(ctx context.Context) (string, error) { return "", o.deleteAll(ctx, "volumes", o.empty) }, &o.snap)
}

// step runs one operation, if what it needs was made, and judges it.
func (o *operations) step(ctx context.Context, name string, f func(context.Context) (string, error), needs ...*string) {
	if o.err != nil || ctx.Err() != nil {
		return
	}
	c := upgrade.Check{Level: "L3", Name: name}
	for _, id := range needs {
		if *id == "" {
			c.Detail = "needs what an operation before it did not make"
			o.checks = append(o.checks, c)
			return
		}
	}
	o.checks = append(o.checks, o.tries(ctx, c, f))
}

// try runs an operation once.
func (o *operations) try(ctx context.Context, c upgrade.Check, f func(context.Context) (string, error)) upgrade.Check {
	began := time.Now()
	limited, cancel := context.WithTimeout(ctx, o.Step)
	detail, err := f(limited)
	cancel()
	c.Took = time.Since(began)
	c.Verdict, c.Detail = upgrade.Pass, detail
	if err != nil {
		c.Verdict, c.Detail = upgrade.Fail, err.Error()
		o.judge(ctx, &c, err)
	}
	return c
}

// judge says what an operation's error means.
func (o *operations) judge(ctx context.Context, c *upgrade.Check, err error) {
	var n *notPossible
	switch {
	case errors.As(err, &n):
		c.Verdict = upgrade.NotApplicable
		return
	case ctx.Err() != nil:
		c.Verdict = upgrade.Unknown
		return
	case isOf(err, o.images.Service):
		c.Verdict, c.Evidence = upgrade.Unknown, []upgrade.Evidence{{Class: upgrade.Neighbour, Symbol: "glance", Text: err.Error(), Source: "image API"}}
		return
	case isUnreachable(err) || refused(err):
		c.Verdict, o.err = upgrade.Unknown, cannotJudge(err)
		return
	}
	c.Evidence = o.journal.cause(ctx)
	var state *stateError
	if hung := errors.As(err, &state) && state.hung; hung && !classified(c.Evidence) {
		why := fmt.Sprintf("%v after %v, and no log says why: the backend or the message queue does not answer", err, o.Step)
		c.Evidence = append([]upgrade.Evidence{{Class: upgrade.Unreachable, Text: why, Source: o.volumes.Service + " API"}}, c.Evidence...)
	}
	if len(c.Evidence) == 0 {
		c.Evidence = []upgrade.Evidence{{Class: upgrade.Unclassified, Text: err.Error(), Source: o.volumes.Service + " API"}}
	}
	if onlyOf(c.Evidence, upgrade.Unready, upgrade.Neighbour, upgrade.Contention) {
		c.Verdict = upgrade.Unknown
	}
}

// isOf tells whether an error is an answer of a service, or that none came.
func isOf(err error, service string) bool {
	var down *api.UnreachableError
	var answer *api.StatusError
	return errors.As(err, &down) && down.Service == service || errors.As(err, &answer) && answer.Service == service
}

// onlyOf tells whether evidence has a class of these and, what has no class apart, no other.
func onlyOf(evidence []upgrade.Evidence, classes ...upgrade.Class) bool {
	found := false
	for _, e := range evidence {
		of := false
		for _, c := range classes {
			of = of || e.Class == c
		}
		if !of && e.Class != upgrade.Unclassified {
			return false
		}
		found = found || of
	}
	return found
}

// notPossible is an operation that this deployment does not have.
type notPossible struct{ why string }

func (e *notPossible) Error() string { return e.why }

// made drops the id of what did not become what it should: nothing is built on it.
func made(id string, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return id, nil
}

func (o *operations) make(ctx context.Context, v api.NewVolume) (string, error) {
	v.Size, v.Type = o.Size, o.Type
	got, err := o.volume(ctx, v)
	return made(got.ID, err)
}

func (o *operations) create(ctx context.Context) (string, error) {
	v, err := o.volume(ctx, api.NewVolume{Size: o.Size, Type: o.Type})
	if err != nil {
		return "", err
	}
	if v.Host != "" && !ofHost(v.Host, o.host) {
		o.err = fmt.Errorf("the volume was made on %s, not on host %s: give probe.VolumeOperations a Type that only this host serves", v.Host, o.host)
		return "", o.err
	}
	o.empty = v.ID
	return v.Host, nil
}

// extend asks for one GiB more than there is, so that it can be asked for again.
func (o *operations) extend(ctx context.Context) (string, error) {
	before, err := o.volumes.Get(ctx, o.cloned)
	if err != nil {
		return "", err
	}
	if err := o.volumes.Extend(ctx, o.cloned, before.Size+1); err != nil {
		return "", err
	}
	v, err := o.waitVolume(ctx, o.cloned)
	if err == nil && v.Size != before.Size+1 {
		err = fmt.Errorf("its size is %d GiB, not %d", v.Size, before.Size+1)
	}
	return "", err
}

// drop forgets a volume that its last operation left unusable: what needs it is not tried.
func (o *operations) drop(ctx context.Context, id *string) {
	if *id == "" {
		return
	}
	if status, err := o.status(ctx, "volumes", *id); err != nil || status != "available" {
		*id = ""
	}
}

func (o *operations) attach(ctx context.Context) (string, error) {
	connector := o.Connector
	if connector == nil {
		connector = map[string]any{
			"host": namePrefix + "host", "platform": "x86_64", "os_type": "linux", "ip": "127.0.0.1", "multipath": false, "initiator": "iqn.2004-10.example:chandlery",
		}
	}
	a, err := o.volumes.Attach(ctx, o.cloned, connector)
	var s *api.StatusError
	if errors.As(err, &s) && (s.Code == http.StatusNotFound || s.Code == http.StatusNotAcceptable) {
		return "", &notPossible{"the API has no attachments: " + err.Error()}
	}
	if err != nil {
		return "", err
	}
	err = o.volumes.Detach(ctx, a.ID)
	if err == nil {
		err = o.wait(ctx, "volumes", o.cloned, "available")
	}
	if err == nil && len(a.Connection) == 0 {
		err = errors.New("the driver gave no connection")
	}
	return fmt.Sprint(a.Connection["driver_volume_type"]), err
}

func (o *operations) createFromImage(ctx context.Context) (string, error) {
	if o.API.Image == "" {
		return "", &notPossible{"no Image API is given"}
	}
	image, content, err := o.image(ctx, o.Content)
	if err != nil {
		return "", err
	}
	o.fromImage, err = o.make(ctx, api.NewVolume{Image: image})
	if err != nil {
		return "", err
	}
	o.content = content
	return "", o.delete(ctx, "images", image)
}

// uploadToImage takes the volume with content, if there is one: an empty one calls the same of the driver, but shows nothing of its content.
func (o *operations) uploadToImage(ctx context.Context) (string, error) {
	if o.API.Image == "" {
		return "", &notPossible{"no Image API is given"}
	}
	source, detail := o.fromImage, "the content is equal"
	if source == "" {
		source, detail = o.empty, "of an empty volume: no content was compared"
	}
	image, err := o.upload(ctx, source)
	if err != nil {
		return "", err
	}
	if o.fromImage != "" {
		if err := o.content.compare(ctx, o.images, image); err != nil {
			return "", err
		}
	}
	return detail, o.delete(ctx, "images", image)
}

func (o *operations) deleteAll(ctx context.Context, kind string, ids ...string) error {
	for _, id := range ids {
		if id != "" {
			if err := o.delete(ctx, kind, id); err != nil {
				return err
			}
		}
	}
	return nil
}

// cleanUp removes what the operations left, and says what it could not.
func (o *operations) cleanUp(ctx context.Context) {
	if len(o.made) == 0 {
		return
	}
	began := time.Now()
	removed, left := o.clean(ctx)
	c := upgrade.Check{Level: "L3", Name: "clean up", Verdict: upgrade.Pass, Detail: fmt.Sprintf("%d removed", removed), Took: time.Since(began)}
	if len(left) > 0 {
		c.Verdict, c.Detail = upgrade.PassWithFindings, "left behind, remove by hand: "+strings.Join(left, ", ")
	}
	o.checks = append(o.checks, c)
}

// overheard adds what the logs say that no failed operation explains.
func (o *operations) overheard(ctx context.Context) {
	if news := o.journal.news(ctx); len(news) > 0 {
		o.checks = append(o.checks, upgrade.Check{
			Level: "L3", Name: "logs", Verdict: upgrade.PassWithFindings, Detail: "errors were logged meanwhile that no operation failed by", Evidence: news,
		})
	}
}

package probe

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

// namePrefix begins the name of everything that is made here, so that an operator knows it.
const namePrefix = "chandlery-verify-"

// cleanLimit is how long what was made is being removed.
const cleanLimit = 2 * time.Minute

// workshop makes volumes, snapshots and images, and remembers them until they are gone.
type workshop struct {
	volumes *api.Volumes
	images  *api.Images
	name    string
	made    []thing
}

type thing struct{ kind, id string }

func newWorkshop(a API) *workshop {
	return &workshop{volumes: a.volumes(), images: a.images(), name: namePrefix + strings.ToLower(rand.Text()[:8])}
}

func (w *workshop) remember(kind, id string) {
	if id != "" {
		w.made = append(w.made, thing{kind, id})
	}
}

func (w *workshop) forget(id string) {
	w.made = slices.DeleteFunc(w.made, func(t thing) bool { return t.id == id })
}

// volume makes one and waits until it is available.
func (w *workshop) volume(ctx context.Context, v api.NewVolume) (api.Volume, error) {
	v.Name = w.name
	made, err := w.volumes.Create(ctx, v)
	if err != nil {
		return made, err
	}
	w.remember("volumes", made.ID)
	return w.waitVolume(ctx, made.ID)
}

func (w *workshop) snapshot(ctx context.Context, volume string) (string, error) {
	made, err := w.volumes.Snapshot(ctx, volume, w.name)
	if err != nil {
		return "", err
	}
	w.remember("snapshots", made.ID)
	return made.ID, w.wait(ctx, "snapshots", made.ID, "available")
}

// image makes one of random content.
func (w *workshop) image(ctx context.Context, size int64) (string, mark, error) {
	id, m, err := putContent(ctx, w.images, w.name, size)
	w.remember("images", id)
	if err == nil {
		err = waitActive(ctx, w.images, id)
	}
	return id, m, err
}

// upload makes an image of a volume and waits until both are ready.
func (w *workshop) upload(ctx context.Context, volume string) (string, error) {
	id, err := w.volumes.Upload(ctx, volume, w.name)
	if err != nil {
		return "", err
	}
	w.remember("images", id)
	if err := w.wait(ctx, "volumes", volume, "available"); err != nil {
		return "", err
	}
	return id, waitActive(ctx, w.images, id)
}

func (w *workshop) waitVolume(ctx context.Context, id string) (api.Volume, error) {
	if err := w.wait(ctx, "volumes", id, "available"); err != nil {
		return api.Volume{ID: id}, err
	}
	return w.volumes.Get(ctx, id)
}

// statusGone is the status of what is not found any more.
const statusGone = "gone"

func (w *workshop) status(ctx context.Context, kind, id string) (status string, err error) {
	switch kind {
	case "volumes":
		var v api.Volume
		v, err = w.volumes.Get(ctx, id)
		status = v.Status
	case "snapshots":
		var s api.Snapshot
		s, err = w.volumes.GetSnapshot(ctx, id)
		status = s.Status
	default:
		_, err = w.images.Get(ctx, id)
		status = "available"
	}
	if errors.Is(err, api.ErrNotFound) {
		return statusGone, nil
	}
	return status, err
}

// wait waits for a status. One of error ends it, with what the API tells its users; an API that does not answer is asked again while ctx lasts.
func (w *workshop) wait(ctx context.Context, kind, id, want string) error {
	one, last := strings.TrimSuffix(kind, "s"), ""
	for {
		status, err := w.status(ctx, kind, id)
		switch {
		case err != nil && ctx.Err() != nil && last != "":
			return &stateError{kind: one, id: id, status: last, want: want, hung: true}
		case err != nil && (ctx.Err() != nil || !isUnreachable(err)):
			return err
		case err != nil:
		case status == want:
			return nil
		case status == statusGone || strings.Contains(status, "error"):
			told, _ := w.volumes.Messages(ctx, id)
			return &stateError{kind: one, id: id, status: status, want: want, told: strings.Join(told, "; ")}
		default:
			last = status
		}
		if e := sleep(ctx, pollEvery); e != nil {
			if err != nil {
				return err
			}
			return &stateError{kind: one, id: id, status: status, want: want, hung: true}
		}
	}
}

// stateError is a resource that did not become what it should, or, if hung, not in time.
type stateError struct {
	kind, id, status, want string
	told                   string // by the API to its users
	hung                   bool
}

func (e *stateError) Error() string {
	s := fmt.Sprintf("%s %s is %s, not %s", e.kind, e.id, e.status, e.want)
	if e.hung {
		s = fmt.Sprintf("%s %s is still %s, not %s", e.kind, e.id, e.status, e.want)
	}
	if e.told != "" {
		s += ": " + e.told
	}
	return s
}

// delete removes a thing and waits until it is gone.
func (w *workshop) delete(ctx context.Context, kind, id string) error {
	var err error
	switch kind {
	case "volumes":
		err = w.volumes.Delete(ctx, id)
	case "snapshots":
		err = w.volumes.DeleteSnapshot(ctx, id)
	default:
		err = w.images.Delete(ctx, id)
	}
	if err != nil && !errors.Is(err, api.ErrNotFound) {
		return err
	}
	if kind != "images" {
		if err := w.wait(ctx, kind, id, statusGone); err != nil {
			return err
		}
	}
	w.forget(id)
	return nil
}

// clean removes what is left, the newest first, whatever state it is in and also when ctx has ended. It names what it could not remove.
func (w *workshop) clean(ctx context.Context) (removed int, left []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanLimit)
	defer cancel()
	for _, t := range slices.Backward(slices.Clone(w.made)) {
		if err := w.remove(ctx, t); err != nil {
			left = append(left, fmt.Sprintf("%s %s (%v)", strings.TrimSuffix(t.kind, "s"), t.id, err))
			continue
		}
		removed++
	}
	return removed, left
}

// remove makes an end of a thing, whatever state it is in.
func (w *workshop) remove(ctx context.Context, t thing) error {
	status, err := w.status(ctx, t.kind, t.id)
	if err == nil && status != statusGone {
		err = w.force(ctx, t, status)
	}
	if err == nil {
		w.forget(t.id)
	}
	return err
}

// release makes a volume available again that an operation left marked, attached or not.
func (w *workshop) release(ctx context.Context, id string) error {
	ready := func() (bool, error) {
		status, err := w.status(ctx, "volumes", id)
		return status == "available" || status == statusGone, err
	}
	if ok, err := ready(); ok || err != nil {
		return err
	}
	attached, err := w.volumes.Attachments(ctx, id)
	for _, a := range attached {
		err = errors.Join(err, w.volumes.Detach(ctx, a.ID))
	}
	if ok, e := ready(); ok || err != nil || e != nil {
		return errors.Join(err, e)
	}
	return w.volumes.Reset(ctx, "volumes", id, "available")
}

func (w *workshop) force(ctx context.Context, t thing, status string) error {
	if status != "available" && status != "error" {
		if err := w.volumes.Reset(ctx, t.kind, t.id, "error"); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, cleanLimit/4)
	defer cancel()
	return w.delete(ctx, t.kind, t.id)
}

// refused tells answers that say nothing of the driver: credentials, quota, an address that is not the API's.
func refused(err error) bool {
	var s *api.StatusError
	if !errors.As(err, &s) {
		return false
	}
	switch s.Code {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests:
		return true
	case http.StatusNotFound:
		return s.Method == http.MethodPost && strings.HasSuffix(s.Path, "/volumes")
	}
	return false
}

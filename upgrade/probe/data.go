package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

// Data judges level L4: what was written under the old generation reads back under the new one. Prepare makes a volume of an image of
// random content; Verify makes an image of that volume and compares. The volume stays for a later Verify, after a rollback for one, until
// Remove. An External complements it where data lies in a backend that images cannot reach.
//
// Where the old generation's driver cannot make a volume of an image, which may be why it is upgraded, there is nothing to read back:
// Verify says NotApplicable and why. A backend that is not ready or not reached is an error of Prepare.
type Data struct {
	API     API
	Runner  upgrade.Runner // for evidence; nil: only what the API tells
	File    string         // keeps what Prepare wrote for a Verify of another process; "": it is kept in memory
	Type    string         // volume type
	Size    int            // GiB of the volume; 0: 1
	Content int64          // bytes; 0: DefaultContent
	Step    time.Duration  // limit of one operation; 0: DefaultStep

	mu   sync.Mutex
	kept *written
}

// written is what Prepare leaves.
type written struct {
	Volume  string `json:"volume,omitempty"`
	Content mark   `json:"content"`
	Reason  string `json:"reason,omitempty"` // why there is no volume
}

var (
	_ upgrade.Preparer = (*Data)(nil)
	_ upgrade.Remover  = (*Data)(nil)
)

const dataSchema = 1

// Prepare writes, if nothing that was written earlier is still there.
func (v *Data) Prepare(ctx context.Context, s upgrade.Subject) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, ok := v.API.applies(s, "L4", "data"); !ok || v.API.Image == "" {
		return nil
	}
	known, err := v.load()
	if err != nil {
		return err
	}
	if known != nil && known.Volume != "" {
		_, err := v.API.volumes().Get(ctx, known.Volume)
		if !errors.Is(err, api.ErrNotFound) {
			return cannotJudge(err)
		}
	}
	w, err := v.write(ctx, s)
	for n := 1; n < MaxTries && errors.Is(err, errBusy) && sleep(ctx, contentionPause) == nil; n++ {
		w, err = v.write(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("writing data to be read after the upgrade: %w", cannotJudge(err))
	}
	return v.save(w)
}

func (v *Data) write(ctx context.Context, s upgrade.Subject) (written, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*cmp.Or(v.Step, DefaultStep))
	defer cancel()
	w, j := newWorkshop(v.API), newJournal(ctx, v.Runner, s)
	content := v.Content
	if content == 0 {
		content = DefaultContent
	}
	image, m, err := w.image(ctx, content)
	var vol api.Volume
	if err == nil {
		vol, err = w.volume(ctx, api.NewVolume{Size: max(v.Size, 1), Type: v.Type, Image: image})
	}
	if err == nil {
		w.forget(vol.ID)
	}
	var state *stateError
	var cause []upgrade.Evidence
	var answer *api.StatusError
	failed := errors.As(err, &state)
	if failed && !state.hung || errors.As(err, &answer) {
		cause = j.cause(ctx)
	}
	refuses := failed && !state.hung && !onlyOf(cause, upgrade.Unready, upgrade.Neighbour, upgrade.Unreachable, upgrade.Contention)
	silent := failed && state.hung || slices.ContainsFunc(cause, func(e upgrade.Evidence) bool { return e.Class == upgrade.Unreachable })
	_, left := w.clean(ctx)
	switch {
	case refuses && ctx.Err() == nil:
		return written{Reason: fmt.Sprintf("the old generation makes no volume of an image: %v%s", err, leftBehind(left))}, nil
	case silent && !errors.Is(ctx.Err(), context.Canceled):
		return written{}, fmt.Errorf("%w: %w%s", ErrUnreachable, err, leftBehind(left))
	case err != nil && onlyOf(cause, upgrade.Contention):
		return written{}, fmt.Errorf("%w: %w%s", errBusy, err, leftBehind(left))
	case err != nil:
		return written{}, fmt.Errorf("%w%s", err, leftBehind(left))
	}
	return written{Volume: vol.ID, Content: m}, nil
}

func leftBehind(left []string) string {
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("; left behind, remove by hand: %v", left)
}

// Verify reads back. Without a Prepare before it nothing can be judged.
func (v *Data) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r, ok := v.API.applies(s, "L4", "data"); !ok {
		return r, nil
	}
	if v.API.Image == "" {
		return notApplicable("L4", "data", "no Image API is given"), nil
	}
	known, err := v.load()
	switch {
	case err != nil:
		return upgrade.Report{}, err
	case known == nil:
		return upgrade.Report{}, errors.New("probe.Data: nothing was written before: call Prepare under the old generation")
	case known.Volume == "":
		return notApplicable("L4", "data", known.Reason), nil
	}
	c, err := v.read(ctx, s, *known)
	return report(c), err
}

// read is an operation of its own, judged as those of VolumeOperations are.
func (v *Data) read(ctx context.Context, s upgrade.Subject, known written) (upgrade.Check, error) {
	o := &operations{
		VolumeOperations: VolumeOperations{API: v.API, Step: 2 * cmp.Or(v.Step, DefaultStep)}, workshop: newWorkshop(v.API), journal: newJournal(ctx, v.Runner, s),
		fromImage: known.Volume, empty: known.Volume, content: known.Content,
	}
	o.step(ctx, "data written before", func(ctx context.Context) (string, error) {
		if status, err := o.status(ctx, "volumes", known.Volume); err != nil || status != "available" {
			return "", errors.Join(err, fmt.Errorf("volume %s, which was written to before, is %s", known.Volume, orUnknown(status)))
		}
		return o.uploadToImage(ctx)
	})
	_, left := o.clean(ctx)
	if len(o.checks) == 0 {
		return upgrade.Check{Level: "L4", Name: "data written before"}, errors.Join(o.err, ctx.Err())
	}
	c := o.checks[0]
	c.Level, c.Detail = "L4", c.Detail+leftBehind(left)
	if len(left) > 0 && c.Verdict == upgrade.Pass {
		c.Verdict = upgrade.PassWithFindings
	}
	return c, errors.Join(o.err, ctx.Err())
}

// Remove deletes what Prepare wrote. It does nothing where that is gone.
func (v *Data) Remove(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	known, err := v.load()
	if err != nil || known == nil {
		return err
	}
	if known.Volume != "" {
		w := newWorkshop(v.API)
		w.remember("volumes", known.Volume)
		if _, left := w.clean(ctx); len(left) > 0 {
			return fmt.Errorf("remove by hand: %s", left[0])
		}
	}
	v.kept = nil
	if v.File == "" {
		return nil
	}
	return durable.RemovePath(v.File)
}

func (v *Data) load() (*written, error) {
	if v.File == "" || v.kept != nil {
		return v.kept, nil
	}
	var w written
	ok, err := loadRecord(v.File, dataSchema, &w)
	if !ok || err != nil {
		return nil, err
	}
	v.kept = &w
	return v.kept, nil
}

func (v *Data) save(w written) error {
	v.kept = &w
	if v.File == "" {
		return nil
	}
	return saveRecord(v.File, dataSchema, w)
}

// MaxRecord is the longest file that is read as what an earlier Prepare kept.
const MaxRecord = 512 << 20 // bytes

// loadRecord tells whether there was a record.
func loadRecord(name string, schema int, v any) (bool, error) {
	st, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil && st.Size() > MaxRecord {
		err = fmt.Errorf("it has more than %d bytes", MaxRecord)
	}
	var b []byte
	if err == nil {
		b, err = os.ReadFile(name)
	}
	if err == nil {
		err = durable.UnmarshalRecord(b, schema, v)
	}
	if err != nil {
		return false, fmt.Errorf("what was prepared, %s: %w", name, err)
	}
	return true, nil
}

func saveRecord(name string, schema int, v any) error {
	b, err := durable.MarshalRecord(schema, v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return err
	}
	return durable.WritePath(name, b, 0o600)
}

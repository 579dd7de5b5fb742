package bundle

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// built is a wheel's bundle in the store.
type built struct {
	bundle  manifest.Bundle // all but Serves
	record  []wheel.RecordEntry
	existed bool
}

// buildSteps are those that each wheel goes through, in their order.
var buildSteps = []Step{StepFetch, StepVerify, StepPack, StepStore}

// startBuilding makes the work folder, where bundles need one, and opens the steps.
func (r *publishing) startBuilding(plan *Plan) (err error) {
	if !r.packsTwice() {
		if r.work, err = os.MkdirTemp(r.WorkDir, "chandlery-publish-"); err != nil {
			return &Error{Step: StepPack, Err: err, Advice: "name another work folder"}
		}
	}
	var bytes int64
	for _, w := range plan.wheels {
		bytes += max(w.file.Size, 0)
	}
	for _, step := range buildSteps {
		r.steps.start(step, len(plan.wheels), map[Step]int64{StepFetch: bytes}[step])
	}
	return nil
}

// finishBuilding closes the steps; each is told the errors that are its own.
func (r *publishing) finishBuilding(err error) error {
	for _, step := range buildSteps {
		r.steps.finish(step, inStep(err, step))
	}
	return err
}

// inStep is err where it, or the first of several, happened in the step; nil else.
func inStep(err error, step Step) error {
	problems, ok := err.(Errors)
	if !ok {
		problems = Errors{err}
	}
	for _, problem := range problems {
		if e, ok := problem.(*Error); ok && e.Step == step {
			return problem
		}
	}
	return nil
}

// fault wraps what went wrong with a wheel.
func (w *planned) fault(step Step, err error, advice string) error {
	if err == nil {
		return nil
	}
	return wrap(err, Error{Library: string(w.file.Name) + " " + w.file.Version.String(), Platform: strings.Join(w.platforms, ", "), Step: step, Advice: advice})
}

// event is one of a wheel's.
func (w *planned) event(step Step) Event {
	e := Event{Step: step, Library: string(w.file.Name), Version: w.file.Version.String(), File: w.file.File}
	if len(w.platforms) == 1 {
		e.Platform = w.platforms[0]
	}
	return e
}

// fetch brings a wheel whose size and hashes are those that the index told.
func (r *publishing) fetch(ctx context.Context, w *planned) (dist.Blob, error) {
	blob, err := r.Fetcher.Fetch(ctx, w.file.Artifact)
	if err != nil {
		return nil, w.fault(StepFetch, &Error{Kind: orNetwork(err), Err: err}, "")
	}
	r.steps.done(w.event(StepFetch), blob.Size())
	return blob, nil
}

// opened is a wheel that keeps all rules, and the sha256 of its file.
type opened struct {
	*wheel.Wheel
	sha256 string
}

// verify checks a wheel's structure and hashes each of its files against RECORD, the latter once for each sha256 while the verdict is kept. The
// metadata that the resolution was made with may come from elsewhere in the index, so it must be the wheel's own.
func (r *publishing) verify(ctx context.Context, w *planned, blob dist.Blob) (*opened, error) {
	sum, err := blobSHA256(w.file, blob)
	if err != nil {
		return nil, w.fault(StepVerify, err, "")
	}
	whl, err := wheel.Open(blob, blob.Size(), w.file.File)
	if err != nil {
		return nil, w.fault(StepVerify, err, "")
	}
	if w.metadata != nil && !reflect.DeepEqual(w.metadata, whl.Metadata()) {
		err := errors.New("the index gave other metadata for this wheel than the wheel has")
		return nil, w.fault(StepVerify, &Error{Kind: KindHash, Err: err}, "clear the cache and publish again; if it stays so, do not trust the index")
	}
	e := w.event(StepVerify)
	if r.Verdicts != nil && r.Verdicts.Verified(sum) {
		e.Type = ItemKept
	} else if err := r.judge(ctx, whl, sum); err != nil {
		return nil, w.fault(StepVerify, err, "")
	}
	r.steps.done(e, 0)
	return &opened{whl, sum}, nil
}

func (r *publishing) judge(ctx context.Context, whl *wheel.Wheel, sum string) error {
	if err := whl.Verify(ctx); err != nil || r.Verdicts == nil {
		return err
	}
	if err := r.Verdicts.Keep(sum); err != nil { // the wheel is good all the same; the next run verifies it once more
		r.log.Warn("a verdict was not kept", "sha256", sum, "err", err)
	}
	return nil
}

// blobSHA256 is what the fetcher verified, or for an index without sha256 what the bytes hash to.
func blobSHA256(f dist.File, blob dist.Blob) (string, error) {
	if sum := f.Hashes["sha256"]; sum != "" {
		return strings.ToLower(sum), nil
	}
	sum := newSum()
	if _, err := io.Copy(sum, io.NewSectionReader(blob, 0, blob.Size())); err != nil {
		return "", err
	}
	return sum.SHA256(), nil
}

// packed is a wheel's bundle before it is stored: all that is said of it, and how to have its bytes.
type packed struct {
	bundle manifest.Bundle // all but URL and Serves
	record []wheel.RecordEntry
	open   func() (io.ReadCloser, error)
	path   string // of the file that has them; "" where there is none
}

// remove removes the file. What stays goes with the work folder.
func (p *packed) remove() {
	if p.path != "" {
		os.Remove(p.path)
	}
}

// pack lays a wheel out and packs it.
func (r *publishing) pack(ctx context.Context, w *planned, o *opened) (*packed, error) {
	tree, err := r.layOut(w, o)
	if err != nil {
		return nil, w.fault(StepPack, err, "")
	}
	record, err := wheel.ParseRecord(tree.Record())
	if err != nil {
		return nil, w.fault(StepPack, err, "")
	}
	sum := sha256.Sum256(tree.Record())
	p := &packed{record: record, bundle: manifest.Bundle{
		Format:       r.packager.Format(),
		UnpackedSize: tree.Size(),
		Files:        len(tree.Files()),
		RecordSHA256: hex.EncodeToString(sum[:]),
		Tag:          wheelTag(w.file.File),
		Source:       &manifest.Origin{Wheel: w.file.File, SHA256: o.sha256},
	}}
	if r.packsTwice() {
		err = r.packTwice(ctx, p, tree)
	} else {
		err = r.packFile(ctx, p, tree)
	}
	if err != nil {
		return nil, w.fault(StepPack, err, "")
	}
	r.steps.done(w.event(StepPack), p.bundle.Size)
	return p, nil
}

// packsTwice says that packing again costs less than to write a bundle down and read it: Zip copies what a wheel has compressed already.
func (r *publishing) packsTwice() bool {
	_, is := r.packager.(Zip)
	return is
}

// packTwice packs for size and sha256 alone. The store gets what packing again gives, and checks that it is the same.
func (r *publishing) packTwice(ctx context.Context, p *packed, tree *wheel.Tree) error {
	sum := newSum()
	if err := r.packager.Pack(ctx, sum, tree); err != nil {
		return err
	}
	p.bundle.Size, p.bundle.SHA256 = sum.Size(), sum.SHA256()
	p.open = func() (io.ReadCloser, error) {
		return written(func(w io.Writer) error { return r.packager.Pack(ctx, w, tree) }), nil
	}
	return nil
}

// packFile packs into a temporary file, as a bundle can have gigabytes.
func (r *publishing) packFile(ctx context.Context, p *packed, tree *wheel.Tree) error {
	f, err := os.CreateTemp(r.work, "bundle-")
	if err != nil {
		return err
	}
	p.path = f.Name()
	p.open = func() (io.ReadCloser, error) { return os.Open(p.path) }
	sum := newSum()
	err = r.packager.Pack(ctx, io.MultiWriter(f, sum), tree)
	if err = errors.Join(err, f.Close()); err != nil {
		p.remove()
		return err
	}
	p.bundle.Size, p.bundle.SHA256 = sum.Size(), sum.SHA256()
	return nil
}

// newSum counts and hashes what is written to it, of which nothing is known before.
func newSum() *dist.Verifier { return dist.NewVerifier(dist.Artifact{Size: -1}) }

// put stores a bundle under the hash of its bytes, so that equal bundles are one object.
func (r *publishing) put(ctx context.Context, w *planned, p *packed) (*built, error) {
	key := "sha256/" + p.bundle.SHA256[:2] + "/" + p.bundle.SHA256 + "." + p.bundle.Format
	placed, err := r.Store.Put(ctx, key, Object{
		Open:        p.open,
		Size:        p.bundle.Size,
		SHA256:      p.bundle.SHA256,
		ContentType: contentType(p.bundle.Format),
	})
	if err != nil {
		return nil, w.fault(StepStore, err, "")
	}
	b := &built{bundle: p.bundle, record: p.record, existed: placed.Existed}
	b.bundle.URL = placed.URL
	if !strings.Contains(placed.URL, "://") {
		b.bundle.URL = "../" + placed.URL // from the channel's folder to the store's root
	}
	e, bytes := w.event(StepStore), p.bundle.Size
	if placed.Existed {
		e.Type, bytes = ItemKept, 0
	}
	e.File = filepath.Base(key)
	r.steps.done(e, bytes)
	return b, nil
}

func contentType(format string) string {
	if format == "zip" {
		return "application/zip"
	}
	return "application/octet-stream"
}

// wheelTag is the compatibility tag of a wheel's file name as it stands there: its last three parts.
func wheelTag(file string) string {
	parts := strings.Split(strings.TrimSuffix(file, ".whl"), "-")
	return strings.Join(parts[max(0, len(parts)-3):], "-")
}

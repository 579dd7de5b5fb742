package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// reserve refuses an update that the volume has no room for: the new files, and a tenth more.
func (r *updating) reserve(f *folder, p *UpdatePlan) error {
	free := r.seams.freeSpace
	if free == nil {
		free = durable.FreeSpace
	}
	have, err := free(f.dir)
	if err != nil {
		return stepError(StepStage, err)
	}
	if need := uint64(p.Unpacked) + uint64(p.Unpacked)/10; need > have {
		return stepError(StepStage, &SpaceError{Dir: f.dir, Need: need, Have: have})
	}
	return nil
}

// stagedLibrary is a library that was unpacked and verified.
type stagedLibrary struct {
	name pep508.Name
	dir  string // slash path below the python folder
	wheel.Installed
}

// stage fetches, unpacks and verifies every bundle of the plan, several at a time, and lays their files out as one tree.
func (r *updating) stage(ctx context.Context, f *folder, t *txn.Txn, p *UpdatePlan) (arrivals, error) {
	actions := p.incoming()
	r.steps.start(StepFetch, len(actions), p.Download)
	r.steps.start(StepStage, len(actions), p.Unpacked)
	places := make([]placedAction, len(actions))
	for i, a := range actions {
		places[i] = placedAction{a, path.Join(t.Stage(), "lib", strconv.Itoa(i))}
	}
	staged, err := forEach(ctx, r.concurrency(), places, func(ctx context.Context, p placedAction) (stagedLibrary, error) {
		blob, err := r.fetch(ctx, p.want)
		if err != nil {
			return stagedLibrary{}, libraryError(StepFetch, p.Library, r.Platform, err)
		}
		lib, err := r.unpack(ctx, f, p, blob)
		return lib, libraryError(StepStage, p.Library, r.Platform, errors.Join(err, blob.Close()))
	})
	r.steps.finish(StepFetch, err)
	var all arrivals
	if err == nil {
		all, err = f.merge(t, staged)
	}
	return all, r.steps.finish(StepStage, stepError(StepStage, err))
}

type placedAction struct {
	UpdateAction
	dir string
}

func (r *updating) concurrency() int {
	if r.Concurrency > 0 {
		return r.Concurrency
	}
	return DefaultConcurrency
}

// fetch brings a bundle; the Fetcher checks size and sha256.
func (r *updating) fetch(ctx context.Context, w wanted) (dist.Blob, error) {
	blob, err := r.Fetcher.Fetch(ctx, dist.Artifact{File: fileName(w.bundle.URL), URL: w.bundle.URL, Size: w.bundle.Size,
		Hashes: map[string]string{"sha256": w.bundle.SHA256}})
	if err == nil {
		r.steps.done(Event{Step: StepFetch, Library: string(w.name), Platform: r.Platform, Version: w.version.String()}, w.bundle.Size)
	}
	return blob, err
}

func fileName(address string) string {
	if u, err := url.Parse(address); err == nil && u.Path != "" {
		return path.Base(u.Path)
	}
	return "bundle"
}

// unpack writes a bundle into a folder of its own and verifies it there.
func (r *updating) unpack(ctx context.Context, f *folder, p placedAction, blob dist.Blob) (stagedLibrary, error) {
	if err := f.step("unpack " + string(p.Library)); err != nil {
		return stagedLibrary{}, err
	}
	if err := f.Root.MkdirAll(p.dir, 0o755); err != nil {
		return stagedLibrary{}, err
	}
	root, err := f.Root.OpenRoot(p.dir)
	if err != nil {
		return stagedLibrary{}, err
	}
	defer root.Close()
	if err := limited(p.want.packager, p.want.bundle).Unpack(ctx, root, blob, blob.Size()); err != nil {
		return stagedLibrary{}, err
	}
	in, err := r.verify(ctx, root, p.want)
	if err != nil {
		return stagedLibrary{}, err
	}
	r.steps.done(Event{Step: StepStage, Library: string(p.Library), Platform: r.Platform, Version: p.To}, p.want.bundle.UnpackedSize)
	return stagedLibrary{name: p.Library, dir: p.dir, Installed: in}, nil
}

// limited keeps Zip from writing more than the update configuration says.
func limited(p Packager, b manifest.Bundle) Packager {
	z, ok := p.(Zip)
	if !ok {
		return p
	}
	if b.Files > 0 && (z.MaxFiles == 0 || b.Files < z.MaxFiles) {
		z.MaxFiles = b.Files
	}
	if b.UnpackedSize > 0 && (z.MaxUnpacked == 0 || b.UnpackedSize < z.MaxUnpacked) {
		z.MaxUnpacked = b.UnpackedSize
	}
	return z
}

// verify holds an unpacked bundle against the update configuration and against its own RECORD: one distribution, that one, and no file besides.
func (r *updating) verify(ctx context.Context, root *os.Root, w wanted) (wheel.Installed, error) {
	found, faults := wheel.Scan(root.FS())
	if len(found) != 1 || len(faults) > 0 {
		return wheel.Installed{}, &BundleError{Faults: append([]string{fmt.Sprintf("it holds %d distributions", len(found))}, texts(faults)...)}
	}
	in := found[0]
	bad := identityFaults(in, w)
	more, err := r.fileFaults(root, in, w)
	if err != nil {
		return in, err
	}
	bad = append(append(bad, more...), texts(in.Check(ctx, root.FS()))...)
	if err := ctx.Err(); err != nil {
		return in, err
	}
	if len(bad) > 0 {
		return in, &BundleError{Faults: bad[:min(len(bad), maxFaults)]}
	}
	return in, nil
}

// maxFaults bounds what one BundleError lists.
const maxFaults = 20

func texts(errs []error) []string {
	var all []string
	for _, err := range errs {
		all = append(all, err.Error())
	}
	return all
}

func identityFaults(in wheel.Installed, w wanted) []string {
	var bad []string
	if in.Name != w.name || !in.Version.Equal(w.version) {
		bad = append(bad, fmt.Sprintf("it holds %s %s, not %s %s", in.Name, in.Version, w.name, w.version))
	}
	if in.RecordSHA256 != w.bundle.RecordSHA256 {
		bad = append(bad, "its RECORD is another")
	}
	if in.Installer != Installer {
		bad = append(bad, fmt.Sprintf("its INSTALLER is %q, not %q", in.Installer, Installer))
	}
	return bad
}

// fileFaults finds files that RECORD does not vouch for, or that may not be installed.
func (r *updating) fileFaults(root *os.Root, in wheel.Installed, w wanted) ([]string, error) {
	recorded := map[string]bool{}
	var bad []string
	self := path.Join(in.DistInfo, "RECORD")
	for _, e := range in.Record {
		recorded[e.Path] = true
		if e.Hash == "" && e.Path != self {
			bad = append(bad, e.Path+" has no hash in RECORD")
		}
	}
	for _, name := range in.Outside() {
		bad = append(bad, name+" leads out of the folder")
	}
	files, size := 0, int64(0)
	err := fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err != nil {
			return err
		}
		files, size = files+1, size+fi.Size()
		switch {
		case !d.Type().IsRegular():
			bad = append(bad, name+" is no regular file")
		case !recorded[name]:
			bad = append(bad, name+" is not in RECORD")
		case name == StateFolder || strings.HasPrefix(name, StateFolder+"/"):
			bad = append(bad, name+" lies where updates keep their own files")
		case startup(name) && !slices.Contains(r.AllowPth, w.name):
			bad = append(bad, name+" would run whenever Python starts: name the library in AllowPth to accept it")
		}
		return nil
	})
	if w.bundle.Files > 0 && files > w.bundle.Files || w.bundle.UnpackedSize > 0 && size > w.bundle.UnpackedSize {
		bad = append(bad, fmt.Sprintf("it holds %d files of %d bytes", files, size))
	}
	return bad, err
}

// startup reports whether the site module reads a file when Python starts.
func startup(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".pth", ".egg-link", ".start":
		return path.Dir(name) == "."
	}
	return false
}

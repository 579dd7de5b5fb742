package wheelhouse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"golang.org/x/sync/errgroup"
)

// State is what lies in the folder under a file's name.
type State int8

const (
	Absent State = iota // nothing
	Held                // the file
	Other               // something else, which Fill replaces
)

// File is a file that is wanted.
type File struct {
	dist.File
	Platforms []string // the names of those that ask for it, in the order of the resolutions
	State     State    // when the plan was made
}

// Plan is what Fill and Clean would do.
type Plan struct {
	Files   []File   // sorted by name
	Unasked []string // wheels in the folder that no resolution asks for, sorted
}

// Missing are the files that Fill brings.
func (p *Plan) Missing() []File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f File) bool { return f.State == Held })
}

// ConflictError says that two platforms ask for different files that would have one name.
type ConflictError struct {
	File      string
	Platforms []string // of the first file, and then the one that asks for another
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("%s is one file for %s and another for %s: fill a folder for each", e.File, strings.Join(e.Platforms[:len(e.Platforms)-1], ", "), e.Platforms[len(e.Platforms)-1])
}

// Plan finds what the folder lacks for these resolutions. It hashes what is there and changes nothing; the folder need not exist.
func (w *Wheelhouse) Plan(ctx context.Context, sets ...*resolve.Resolution) (*Plan, error) {
	files, err := wanted(sets)
	if err != nil {
		return nil, err
	}
	p := &Plan{Files: files}
	root, err := os.OpenRoot(w.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return p, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if p.Unasked, err = unasked(root, files); err != nil {
		return nil, err
	}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range p.Files {
		g.Go(func() (err error) {
			p.Files[i].State, err = look(ctx, root, p.Files[i].Artifact)
			return err
		})
	}
	return p, g.Wait()
}

// wanted lists the files of resolutions, each once.
func wanted(sets []*resolve.Resolution) ([]File, error) {
	all := map[string]*File{}
	for _, set := range sets {
		for _, pin := range set.Pins {
			for _, f := range pin.Files {
				if f.Artifact.File == "" { // nothing of the variant asks for it
					continue
				}
				if err := checkName(f.Artifact.File); err != nil {
					return nil, err
				}
				if err := add(all, f, set.Platform.Name); err != nil {
					return nil, err
				}
			}
		}
	}
	files := []File{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		files = append(files, *all[name])
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Artifact.File, b.Artifact.File) })
	return files, nil
}

func add(all map[string]*File, f dist.File, platform string) error {
	key := strings.ToLower(f.Artifact.File)
	had, ok := all[key]
	if !ok {
		all[key] = &File{File: f, Platforms: []string{platform}}
		return nil
	}
	if !same(had.Artifact, f.Artifact) {
		return &ConflictError{f.Artifact.File, append(slices.Clone(had.Platforms), platform)}
	}
	if !slices.Contains(had.Platforms, platform) {
		had.Platforms = append(had.Platforms, platform)
	}
	return nil
}

// same reports whether two artefacts are one file: by their hashes where they have one in common, else by their address.
func same(a, b dist.Artifact) bool {
	if a.File != b.File {
		return false
	}
	common := false
	for algorithm, digest := range a.Hashes {
		other, ok := b.Hashes[algorithm]
		if ok && !strings.EqualFold(digest, other) {
			return false
		}
		common = common || ok
	}
	return common || a.URL == b.URL
}

// checkName holds a name to what can lie at the top of a folder.
func checkName(name string) error {
	if _, err := dist.ParseFilename(name); err != nil {
		return err
	}
	if path.Base(name) != name || strings.ContainsAny(name, `/\:`) || !fs.ValidPath(name) {
		return fmt.Errorf("%q is no name for a file", name)
	}
	return nil
}

// look says what lies under a file's name. What cannot be vouched for counts as another file.
func look(ctx context.Context, root *os.Root, a dist.Artifact) (State, error) {
	st, err := root.Lstat(a.File)
	if errors.Is(err, fs.ErrNotExist) {
		return Absent, nil
	}
	if err != nil {
		return Absent, err
	}
	if !st.Mode().IsRegular() || a.Size >= 0 && st.Size() != a.Size || !a.Trusted() {
		return Other, nil
	}
	f, err := root.Open(a.File)
	if err != nil {
		return Absent, err
	}
	defer f.Close()
	v := dist.NewVerifier(a)
	if _, err := io.Copy(v, durable.Within(ctx, f)); err != nil {
		return Absent, err
	}
	if v.Check() != nil {
		return Other, nil
	}
	return Held, nil
}

// unasked lists the wheels that are not among the files.
func unasked(root *os.Root, files []File) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	asked := map[string]bool{}
	for _, f := range files {
		asked[strings.ToLower(f.Artifact.File)] = true
	}
	var all []string
	for _, e := range entries {
		name, err := dist.ParseFilename(e.Name())
		if err == nil && name.Kind == dist.Wheel && e.Type().IsRegular() && !asked[strings.ToLower(e.Name())] {
			all = append(all, e.Name())
		}
	}
	return all, nil
}

// Clean removes the wheels that the plan found to be asked for by nothing.
func (w *Wheelhouse) Clean(ctx context.Context, p *Plan) error {
	if len(p.Unasked) == 0 {
		return ctx.Err()
	}
	root, err := os.OpenRoot(w.Dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, name := range p.Unasked {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return durable.SyncDir(root, ".")
}

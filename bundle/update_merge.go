package bundle

import (
	"errors"
	"io/fs"
	"path"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// arrivals is the tree that comes in.
type arrivals struct {
	tree   string                 // slash path below the python folder
	owners map[string]pep508.Name // whose each file is
}

// merge lays staged libraries out as one tree, by renames. Two libraries may bring one file if it is the same.
func (f *folder) merge(t *txn.Txn, staged []stagedLibrary) (arrivals, error) {
	all := arrivals{tree: path.Join(t.Stage(), "new"), owners: map[string]pep508.Name{}}
	if err := f.checkOwners(staged, all.owners); err != nil {
		return all, err
	}
	if err := f.Root.Mkdir(all.tree, 0o755); err != nil {
		return all, err
	}
	for _, lib := range staged {
		if err := f.mergeInto(all.tree, ".", lib); err != nil {
			return all, libraryError(StepStage, lib.name, "", err)
		}
	}
	return all, nil
}

// checkOwners finds files of two libraries that differ, and names that this file system cannot hold side by side.
func (f *folder) checkOwners(staged []stagedLibrary, owners map[string]pep508.Name) error {
	hashes := map[string]string{}
	var problems []error
	var names []string
	for _, lib := range staged {
		for _, e := range lib.Record {
			other, twice := owners[e.Path]
			if !twice {
				owners[e.Path], hashes[e.Path] = lib.name, e.Hash
				names = append(names, e.Path)
			} else if hashes[e.Path] != e.Hash {
				problems = append(problems, libraryError(StepStage, lib.name, "", &FileConflictError{Path: e.Path, Library: lib.name, Owner: other}))
			}
		}
	}
	folds, err := f.Folds()
	if folds {
		problems = append(problems, archive.Collisions(names)...)
	}
	return join(append(problems, err)...)
}

// mergeInto moves what a library has in one folder.
func (f *folder) mergeInto(tree, dir string, lib stagedLibrary) error {
	entries, err := fs.ReadDir(f.fs(), path.Join(lib.dir, dir))
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		there, err := f.Root.Lstat(path.Join(tree, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err = f.step("merge " + name); err == nil {
				err = f.Root.Rename(path.Join(lib.dir, name), path.Join(tree, name))
			}
		case err == nil && there.IsDir() && e.IsDir():
			err = f.mergeInto(tree, name, lib)
		case err == nil && there.IsDir() != e.IsDir():
			err = &FileConflictError{Path: name, Library: lib.name, Owner: "another library"}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

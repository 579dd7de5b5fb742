package txn

import (
	"io/fs"
	"maps"
	"path"
	"slices"
)

// Change is what a transaction shall make of the folder: the files in Drop go out, the tree at New comes in, everything else stays as it is.
type Change struct {
	Drop  []string // files, slash paths below the root; one that is absent is none to drop
	New   string   // slash path below the root of a tree laid out like the folder; "": nothing comes in
	Trash string   // slash path of the folder that takes what goes out

	// Folds says that the file system takes names that differ in case for one.
	Folds bool
	// Files takes out file by file even where a folder could go as a whole: for file systems that refuse to rename folders, or one that is in use.
	Files bool
}

// Conflict is a path at which a new file cannot come in, as something that stays is in its way.
type Conflict struct {
	Path string
	Why  Why
}

// Why is the kind of a Conflict.
type Why int8

const (
	// Occupied by a file that stays and has other bytes.
	Occupied Why = iota + 1
	// OccupiedFolder is a folder, where a file shall come in, that holds files that stay; or a file that stays where a folder shall come in.
	OccupiedFolder
	// Symlink is a symbolic link, which no transaction follows.
	Symlink
	// SameName is a name that this file system takes for one that stays.
	SameName
)

// Plan finds the fewest renames for a change. A folder goes or comes as a whole where all that is in it does; where something stays in it, its entries
// are taken one by one. A new file whose bytes are there already, in a file that stays, is left out. Plan changes nothing.
func (f *Folder) Plan(c Change) (Renames, []Conflict, error) {
	p := &planner{f: f, c: c, drop: map[string]bool{}, above: map[string]bool{}, gone: map[string]bool{}}
	for _, name := range c.Drop {
		name = p.fold(name)
		p.drop[name] = true
		for dir := path.Dir(name); dir != "." && !p.above[dir]; dir = path.Dir(dir) {
			p.above[dir] = true
		}
	}
	err := p.dir(".")
	sortOps(p.Ops)
	return p.Renames, p.conflicts, err
}

type planner struct {
	f         *Folder
	c         Change
	drop      map[string]bool // files that go out, folded
	above     map[string]bool // folders that have such a file somewhere below, folded
	gone      map[string]bool // what wholly found of folders
	conflicts []Conflict
	Renames
}

// pair is one name of a folder: what is there, and what shall come in; nil where nothing is.
type pair struct{ live, fresh fs.DirEntry }

// dir plans the entries of one folder that is there and stays, or that is the root.
func (p *planner) dir(dir string) error {
	pairs, err := p.pairs(dir)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(pairs)) {
		if err := p.entry(path.Join(dir, name), pairs[name]); err != nil {
			return err
		}
	}
	return nil
}

func (p *planner) pairs(dir string) (map[string]pair, error) {
	live, err := readDir(p.f.Root, dir)
	if err != nil {
		return nil, err
	}
	pairs := map[string]pair{}
	for _, e := range live {
		name := path.Join(dir, e.Name())
		if name != p.f.State {
			pairs[e.Name()] = pair{live: e}
		}
	}
	if p.c.New == "" {
		return pairs, nil
	}
	fresh, err := readDir(p.f.Root, path.Join(p.c.New, dir))
	if err != nil {
		return nil, err
	}
	byFold := p.byFold(live)
	for _, e := range fresh {
		name := e.Name()
		if path.Join(dir, name) == p.f.State {
			continue
		}
		if other, ok := byFold[p.fold(name)]; ok && other != name {
			if err := p.meet(path.Join(dir, name), path.Join(dir, other), pairs[other].live); err != nil {
				return nil, err
			}
		}
		pairs[name] = pair{live: pairs[name].live, fresh: e}
	}
	return pairs, nil
}

func (p *planner) entry(name string, e pair) error {
	if e.live == nil {
		p.put(name)
		return nil
	}
	if e.fresh == nil && !p.drop[p.fold(name)] && !p.above[p.fold(name)] {
		return nil
	}
	gone, err := p.wholly(name, e.live)
	switch {
	case err != nil:
		return err
	case gone && e.fresh == nil:
		p.remove(name)
		return nil
	case gone:
		p.replace(name)
		return nil
	}
	return p.mixed(name, e)
}

// mixed is an entry of which something stays.
func (p *planner) mixed(name string, e pair) error {
	switch {
	case e.live.Type()&fs.ModeSymlink != 0:
		p.conflict(name, Symlink)
	case e.live.IsDir() && e.fresh == nil:
		if p.c.Files {
			defer func() { p.Prune = append(p.Prune, name) }()
		}
		return p.dir(name)
	case e.fresh == nil: // a file that stays, where a folder with files to drop was expected
	case e.live.IsDir() && e.fresh.IsDir():
		return p.dir(name)
	case e.live.IsDir() || e.fresh.IsDir():
		p.conflict(name, OccupiedFolder)
	default:
		same, err := sameFile(p.f.Root, name, path.Join(p.c.New, name))
		if err != nil {
			return err
		}
		if !same {
			p.conflict(name, Occupied)
		}
	}
	return nil
}

// wholly reports whether all that an entry is goes out.
func (p *planner) wholly(name string, e fs.DirEntry) (bool, error) {
	if !e.IsDir() {
		return p.drop[p.fold(name)], nil
	}
	if p.c.Files {
		return false, nil
	}
	if gone, known := p.gone[name]; known {
		return gone, nil
	}
	entries, err := readDir(p.f.Root, name)
	if err != nil {
		return false, err
	}
	gone := true
	for _, e := range entries {
		if gone, err = p.wholly(path.Join(name, e.Name()), e); err != nil || !gone {
			break
		}
	}
	p.gone[name] = gone
	return gone, err
}

func (p *planner) put(name string) {
	p.Ops = append(p.Ops, Op{Path: name, New: path.Join(p.c.New, name)})
}

func (p *planner) remove(name string) {
	p.Ops = append(p.Ops, Op{Path: name, Old: path.Join(p.c.Trash, name)})
}

func (p *planner) replace(name string) {
	p.Ops = append(p.Ops, Op{Path: name, New: path.Join(p.c.New, name), Old: path.Join(p.c.Trash, name)})
}

func (p *planner) conflict(name string, why Why) {
	p.conflicts = append(p.conflicts, Conflict{Path: name, Why: why})
}

package pylock

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Selection says what of a lock is wanted.
type Selection struct {
	Dir      string        // the lock file's folder, from which relative paths count; "": the working directory
	Extras   []pep508.Name // none by default
	Groups   []pep508.Name // dependency groups; nil: the lock's DefaultGroups
	NoSdists bool          // a package that has no wheel for the platform is an error
}

// Resolution gives what the lock has for a platform, offline, as the specification's "Installation" says: the wheel that suits best, or else the sdist (of
// which venv/build makes a wheel). Metadata is not known. Every pin counts as asked for by name. What is not for the platform is ErrEnvironment, each package
// that cannot be installed a *PackageError, joined: those without a suitable file, without a hash that can be trusted, and the sources that this package only
// reads and writes: vcs, directory, and archives that are no wheel or sdist by their names. An archive counts as asked for by its address.
func (l *Lock) Resolution(pl resolve.Platform, s Selection) (*resolve.Resolution, error) {
	c := &chooser{platform: pl, selection: s}
	if c.selection.Groups == nil {
		c.selection.Groups = l.DefaultGroups
	}
	if err := c.admits(l); err != nil {
		return nil, err
	}
	r := &resolve.Resolution{Platform: pl}
	var problems []error
	for i := range l.Packages {
		pin, err := c.pin(&l.Packages[i])
		switch {
		case err != nil:
			problems = append(problems, err)
		case pin != nil:
			r.Pins = append(r.Pins, *pin)
		}
	}
	slices.SortFunc(r.Pins, func(a, b resolve.Pin) int { return strings.Compare(string(a.Name), string(b.Name)) })
	for i := 1; i < len(r.Pins); i++ {
		if r.Pins[i].Name == r.Pins[i-1].Name {
			problems = append(problems, &PackageError{r.Pins[i].Name, "several entries of it hold for the platform"})
		}
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return r, nil
}

// chooser is what entries are chosen for.
type chooser struct {
	platform  resolve.Platform
	selection Selection
}

// admits checks requires-python and environments.
func (c *chooser) admits(l *Lock) error {
	if !l.RequiresPython.Contains(c.platform.Python) {
		return fmt.Errorf("%w: it requires Python %s, not %s", ErrEnvironment, l.RequiresPython, c.platform.Python)
	}
	if len(l.Environments) == 0 {
		return nil
	}
	for _, v := range c.platform.Variants {
		if !slices.ContainsFunc(l.Environments, func(m pep508.Marker) bool { return c.holds(m, v) }) {
			return fmt.Errorf("%w: %s is none of its environments, %s", ErrEnvironment, v.Tag, l.Environments[0])
		}
	}
	return nil
}

// holds evaluates a marker as a resolver does: what is unknown of a target counts as true.
func (c *chooser) holds(m pep508.Marker, v resolve.Variant) bool {
	if m.IsZero() {
		return true
	}
	groups := strings.Join(texts(c.selection.Groups), ",")
	for _, env := range v.Environments {
		full := pep508.Environment{"dependency_groups": groups}
		for key, value := range env {
			full[key] = value
		}
		if m.Evaluate(full, c.selection.Extras...) != pep508.False {
			return true
		}
	}
	return false
}

// pin is an entry as the platform has it; nil where its marker holds on no variant.
func (c *chooser) pin(p *Package) (*resolve.Pin, error) {
	wanted := make([]bool, len(c.platform.Variants))
	for i, v := range c.platform.Variants {
		wanted[i] = c.holds(p.Marker, v)
	}
	if !slices.Contains(wanted, true) {
		return nil, nil
	}
	if !p.RequiresPython.Contains(c.platform.Python) {
		return nil, &PackageError{p.Name, fmt.Sprintf("it requires Python %s, not %s", p.RequiresPython, c.platform.Python)}
	}
	files, err := c.files(p)
	if err != nil {
		return nil, err
	}
	pin := &resolve.Pin{Name: p.Name, Files: make([]dist.File, len(wanted)), Metadata: make([]*dist.Metadata, len(wanted))}
	for i := range wanted {
		switch {
		case !wanted[i]:
		case files[i].File == "":
			return nil, &PackageError{p.Name, "the lock has no file of it for " + c.platform.Variants[i].Tag}
		case !files[i].Trusted():
			return nil, &PackageError{p.Name, files[i].File + " has no hash that can be trusted: lock it with sha256"}
		default:
			pin.Files[i], pin.Version = files[i], files[i].Version
		}
	}
	named := pep508.Requirement{Name: p.Name, Specifiers: pep440.Exactly(pin.Version)}
	if i := slices.Index(wanted, true); p.Archive != nil {
		named = pep508.Requirement{Name: p.Name, URL: publicURL(files[i].URL)} // it came by address
	}
	pin.RequiredBy = []resolve.Reason{{Requirement: named}}
	return pin, nil
}

// files are an entry's best by variant; zero where there is none.
func (c *chooser) files(p *Package) ([]dist.File, error) {
	project := &dist.Project{Name: p.Name}
	all := p.Wheels
	if p.Sdist != nil {
		all = append(slices.Clone(all), *p.Sdist)
	}
	if p.Archive != nil && p.Archive.Subdirectory == "" {
		all = []File{p.Archive.File}
	}
	if len(all) == 0 {
		return nil, &PackageError{p.Name, "it is locked to a source tree or archive: lock a wheel or sdist of it"}
	}
	for _, f := range all {
		file, err := c.file(p, f)
		if err != nil {
			return nil, &PackageError{p.Name, err.Error()}
		}
		if !p.Version.IsZero() && !p.Version.Equal(file.Version) { // of an archive
			return nil, &PackageError{p.Name, fmt.Sprintf("%s is not of version %s", shown(file.File), p.Version)}
		}
		project.Files = append(project.Files, file)
	}
	candidates, _ := resolve.Candidates(project, c.platform, resolve.Policy{Prereleases: resolve.Allow, Sdists: !c.selection.NoSdists})
	switch len(candidates) {
	case 0:
		return make([]dist.File, len(c.platform.Variants)), nil
	case 1:
		return candidates[0].Files, nil
	}
	return nil, &PackageError{p.Name, "its files are of several versions"}
}

// file is a locked file as an index would offer it.
func (c *chooser) file(p *Package, f File) (dist.File, error) {
	name, err := dist.ParseFilenameOf(p.Name, f.filename())
	if err != nil {
		return dist.File{}, err
	}
	out := dist.File{Filename: name, Uploaded: f.UploadTime, Index: p.Index}
	out.Artifact = dist.Artifact{File: f.filename(), URL: f.URL, Size: f.Size, Hashes: map[string]string{}}
	if f.Size == 0 {
		out.Size = -1
	}
	for algorithm, value := range f.Hashes {
		out.Hashes[strings.ToLower(algorithm)] = strings.ToLower(value)
	}
	if f.Path != "" {
		out.URL, err = fileURL(c.selection.Dir, f.Path)
	}
	return out, err
}

// fileURL is the file: address (RFC 8089) of a path that counts from a folder where it is relative.
func fileURL(dir, name string) (string, error) {
	p := filepath.FromSlash(name)
	if !filepath.IsAbs(p) {
		p = filepath.Join(dir, p)
	}
	p, err := filepath.Abs(p)
	if err != nil {
		return "", err
	}
	p = filepath.ToSlash(p)
	if !strings.HasPrefix(p, "/") { // C:/wheels
		p = "/" + p
	}
	return (&url.URL{Scheme: "file", Path: p}).String(), nil
}

func texts(list []pep508.Name) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = string(n)
	}
	return out
}

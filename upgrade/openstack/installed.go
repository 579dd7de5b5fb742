package openstack

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Distribution is one that lies in a library folder.
type Distribution struct {
	Name    pep508.Name
	Version pep440.Version
	Site    string // the folder in which it lies
	Record  string // its .dist-info or .egg-info in there
}

// Distributions lists what is installed in library folders, in the order in which Python looks into them, by .dist-info and .egg-info (setuptools; distributions' packages and any
// Python 2.7 have them), sorted by name. Of one that lies in two folders the first counts, as for Python. Nothing is run. What cannot be read comes as errors beside the list; a
// folder that is not there is none.
func Distributions(ctx context.Context, sites ...string) ([]Distribution, []error) {
	var all []Distribution
	var errs []error
	seen := map[pep508.Name]bool{}
	for _, site := range sites {
		if err := ctx.Err(); err != nil {
			return nil, []error{err}
		}
		found, bad := scanSite(site)
		errs = append(errs, bad...)
		for _, d := range found {
			if !seen[d.Name] {
				all = append(all, d)
			}
		}
		for _, d := range found {
			seen[d.Name] = true
		}
	}
	slices.SortStableFunc(all, func(a, b Distribution) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all, errs
}

func scanSite(site string) (all []Distribution, errs []error) {
	root := os.DirFS(site)
	found, bad := wheel.Scan(root)
	for _, in := range found {
		all = append(all, Distribution{in.Name, in.Version, site, in.DistInfo})
	}
	for _, err := range bad {
		var scan *wheel.ScanError
		switch {
		case errors.As(err, &scan) && errors.Is(err, wheel.ErrEgg):
			d, err := readEgg(root, scan.Path)
			if err != nil {
				errs = append(errs, &wheel.ScanError{Path: path.Join(site, scan.Path), Err: err})
				continue
			}
			d.Site = site
			all = append(all, d)
		case !errors.Is(err, fs.ErrNotExist):
			errs = append(errs, fmt.Errorf("%s: %w", site, err))
		}
	}
	return all, errs
}

var errDevelop = errors.New("a development installation, whose code lies elsewhere: name that folder")

// readEgg reads an .egg-info file or folder, or an .egg folder.
func readEgg(root fs.FS, name string) (Distribution, error) {
	d := Distribution{Record: name}
	if path.Ext(name) == ".egg-link" {
		return d, errDevelop
	}
	for _, file := range []string{name + "/PKG-INFO", name + "/EGG-INFO/PKG-INFO", name} {
		b, err := readLimited(root, file, dist.MaxMetadata)
		if err != nil {
			continue
		}
		if m, err := dist.ParseMetadata(b); err == nil {
			d.Name, d.Version = m.Name, m.ProjectVersion
			return d, nil
		}
	}
	stem, _, _ := strings.Cut(strings.TrimSuffix(name, path.Ext(name)), "-py")
	project, version, _ := strings.Cut(stem, "-")
	var err1, err2 error
	d.Name, err1 = pep508.ParseName(project)
	d.Version, err2 = pep440.Parse(version)
	if err := errors.Join(err1, err2); err != nil {
		return d, fmt.Errorf("neither PKG-INFO nor its name says what it is: %w", err)
	}
	return d, nil
}

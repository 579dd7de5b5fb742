package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// packages are those of a lock. Of one platform, without hashes and markers, they need none made.
func (c *resolveCommand) packages(all []*resolve.Resolution) ([]pylock.Package, error) {
	if len(all) > 1 || c.Hashes || slices.ContainsFunc(all[0].Pins, needsLock) {
		lock, err := lockOf(all)
		if err != nil {
			return nil, err
		}
		return lock.Packages, nil
	}
	list := make([]pylock.Package, len(all[0].Pins))
	for i, p := range all[0].Pins {
		list[i] = pylock.Package{Name: p.Name, Version: p.Version}
	}
	return list, nil
}

// needsLock reports whether a lock says more of a pin than its version: a marker, as not every machine of the platform needs it, or an address.
func needsLock(p resolve.Pin) bool {
	return slices.ContainsFunc(p.Files, func(f dist.File) bool { return f.File == "" }) ||
		slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return r.Requirement.URL != "" })
}

// requirements is the packages of a lock in the form of pip's requirements files.
func (c *resolveCommand) requirements(packages []pylock.Package, all []*resolve.Resolution) ([]byte, error) {
	var b bytes.Buffer
	for _, p := range packages {
		pins := pinsOf(p, all)
		fmt.Fprint(&b, pinned(p, pins))
		if c.Hashes {
			hashes, err := hashesOf(p)
			if err != nil {
				return nil, err
			}
			for _, h := range hashes {
				fmt.Fprintf(&b, " \\\n    --hash=%s", h)
			}
		}
		fmt.Fprintln(&b)
		if c.Explain {
			for _, pin := range pins[:1] {
				fmt.Fprintf(&b, "    # %s\n", reasons(pin, true))
			}
		}
	}
	return b.Bytes(), nil
}

// pinsOf are the pins that a package of a lock stands for.
func pinsOf(p pylock.Package, all []*resolve.Resolution) []resolve.Pin {
	var out []resolve.Pin
	for _, r := range all {
		if pin := r.Pin(p.Name); pin != nil && pin.Version.Equal(p.Version) {
			out = append(out, *pin)
		}
	}
	return out
}

// pinned is the requirement that asks for a package of a lock and nothing else.
func pinned(p pylock.Package, pins []resolve.Pin) string {
	var extras []pep508.Name
	for _, pin := range pins {
		extras = append(extras, pin.Extras...)
	}
	slices.Sort(extras)
	text := string(p.Name)
	if len(extras) > 0 {
		text += "[" + strings.Join(names(slices.Compact(extras)), ",") + "]"
	}
	separator := ""
	if p.Archive != nil {
		text += " @ " + addressOf(p.Archive.File)
		separator = " "
	} else {
		text += "==" + p.Version.String()
	}
	if !p.Marker.IsZero() {
		text += separator + "; " + p.Marker.String()
	}
	return text
}

// addressOf is where a locked file lies.
func addressOf(f pylock.File) string {
	if f.Path == "" {
		return f.URL
	}
	address, err := index.FileURL(f.Path)
	if err != nil {
		return f.Path
	}
	return address
}

// hashesOf are the strongest that pip takes of each file, algorithm and digits.
func hashesOf(p pylock.Package) ([]string, error) {
	files := slices.Clone(p.Wheels)
	if p.Sdist != nil {
		files = append(files, *p.Sdist)
	}
	if p.Archive != nil {
		files = append(files, p.Archive.File)
	}
	var out []string
	for _, f := range files {
		found := false
		for _, algorithm := range []string{"sha256", "sha384", "sha512"} {
			if digest := f.Hashes[algorithm]; digest != "" && !found {
				out, found = append(out, algorithm+":"+digest), true
			}
		}
		if !found {
			err := errors.New("the index has no hash of it that pip's hash-checking mode takes: leave --hashes out, or use another index")
			return nil, &bundle.Error{Library: string(p.Name) + " " + p.Version.String(), Step: bundle.StepResolve, Kind: bundle.KindHash, Err: err}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

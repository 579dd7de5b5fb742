package pylock

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// New locks a resolution as it stands: each pin with its files' address, size, hashes and upload time. Addresses lose user info, query and fragment,
// where credentials would stand; a file: address becomes an absolute path. Take the Resolution before venv/build makes wheels of its sdists, as these
// lie in a cache. Of several variants all files are locked; what only some of them need is locked for all. What was asked for by address is an archive.
func New(r *resolve.Resolution) *Lock {
	l := &Lock{
		LockVersion: LockVersion, CreatedBy: CreatedBy, Environments: environments("", r), RequiresPython: minorOf(r.Platform.Python), Packages: make([]Package, len(r.Pins)),
	}
	children := dependencies(r)
	for i, pin := range r.Pins {
		l.Packages[i] = newPackage(pin)
		l.Packages[i].Dependencies = children[pin.Name]
	}
	return l
}

// minorOf is ==3.11.* for 3.11.2: where more of the version counts, Environments says so.
func minorOf(python pep440.Version) pep440.Specifiers {
	s, err := pep440.ParseSpecifiers(fmt.Sprintf("==%d.%d.*", python.Release(0), python.Release(1)))
	if err != nil { // never: two numbers
		return pep440.Specifiers{}
	}
	return s
}

// dependencies are who requires whom, by name, which is enough where each has one entry ("packages.dependencies").
func dependencies(r *resolve.Resolution) map[pep508.Name][]map[string]any {
	children := map[pep508.Name][]map[string]any{}
	for _, pin := range r.Pins {
		var parents []pep508.Name
		for _, reason := range pin.RequiredBy {
			if !reason.Constraint && reason.By != "" && reason.By != pin.Name && !slices.Contains(parents, reason.By) {
				parents = append(parents, reason.By)
			}
		}
		for _, parent := range parents {
			children[parent] = append(children[parent], map[string]any{"name": string(pin.Name)})
		}
	}
	return children
}

// newPackage is the entry of pins of one version, which several resolutions may have.
func newPackage(pins ...resolve.Pin) Package {
	p := Package{Name: pins[0].Name, Version: pins[0].Version}
	if f, ok := direct(pins...); ok {
		file := newFile(f)
		file.Name = ""
		p.Archive = &Archive{File: file}
	}
	var python []pep440.Specifiers
	for _, pin := range pins {
		for i, f := range pin.Files {
			if f.File == "" {
				continue
			}
			requires := f.RequiresPython
			if i < len(pin.Metadata) && pin.Metadata[i] != nil {
				requires = pin.Metadata[i].RequiresPython
			}
			python = append(python, requires)
			if p.Archive == nil {
				p.Index = publicURL(f.Index)
				p.add(newFile(f), f.Kind)
			}
		}
	}
	if !slices.ContainsFunc(python, func(s pep440.Specifiers) bool { return s.String() != python[0].String() }) && len(python) > 0 {
		p.RequiresPython = python[0] // else it is not one thing to say
	}
	slices.SortFunc(p.Wheels, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return p
}

func (p *Package) add(f File, kind dist.Kind) {
	switch {
	case kind == dist.Sdist:
		p.Sdist = &f
	case !slices.ContainsFunc(p.Wheels, func(w File) bool { return w.Name == f.Name }):
		p.Wheels = append(p.Wheels, f)
	}
}

// byAddress reports whether a pin was asked for by its address.
func byAddress(p resolve.Pin) bool {
	return slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return r.Requirement.URL != "" })
}

// direct is the one file of pins that were asked for by address ("packages.archive"); ok is false where they are not one, or came from an index.
func direct(pins ...resolve.Pin) (file dist.File, ok bool) {
	for _, pin := range pins {
		if !byAddress(pin) {
			return dist.File{}, false
		}
		for _, f := range pin.Files {
			switch {
			case f.File == "":
			case file.File == "":
				file = f
			case file.URL != f.URL:
				return dist.File{}, false
			}
		}
	}
	return file, file.File != ""
}

func newFile(f dist.File) File {
	file := File{Name: f.File, UploadTime: f.Uploaded, Size: max(f.Size, 0), Hashes: f.Hashes}
	if path, ok := pathOf(f.URL); ok {
		file.Path = path
	} else {
		file.URL = publicURL(f.URL)
	}
	return file
}

// publicURL is an address without what may hold credentials; "" for what is no address.
func publicURL(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	u.User, u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = nil, "", false, "", ""
	return u.String()
}

// pathOf is the slash-separated path of a file: address.
func pathOf(s string) (string, bool) {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "file" {
		return "", false
	}
	if len(u.Path) > 2 && u.Path[2] == ':' { // /C:/wheels
		return u.Path[1:], true
	}
	return u.Path, true
}

// The variables that tell one environment from another; the second ones only where a marker of the resolution asks for them.
var (
	always = []string{"implementation_name", "platform_machine", "python_version", "sys_platform"}
	asked  = []string{"implementation_version", "platform_release", "platform_version", "python_full_version"}
)

// environments say what resolutions rest on, a marker each: python_full_version only where a requirement's own marker asks for it, or one in used.
func environments(used string, all ...*resolve.Resolution) []pep508.Marker {
	variables := slices.Clone(always)
	for _, r := range all {
		used += markers(r)
	}
	for _, v := range asked {
		if strings.Contains(used, v) {
			variables = append(variables, v)
		}
	}
	slices.Sort(variables)
	var out []pep508.Marker
	seen := map[string]bool{"": true}
	for _, r := range all {
		for _, variant := range r.Platform.Variants {
			for _, env := range variant.Environments {
				m := describe(env, variables)
				if text := m.String(); !seen[text] {
					seen[text] = true
					out = append(out, m)
				}
			}
		}
	}
	return out
}

// markers joins all markers that had a word in the resolution.
func markers(r *resolve.Resolution) string {
	var b strings.Builder
	for _, pin := range r.Pins {
		for _, reason := range pin.RequiredBy {
			b.WriteString(reason.Requirement.Marker.String())
		}
		for _, m := range pin.Metadata {
			if m == nil {
				continue
			}
			for _, d := range m.RequiresDist {
				b.WriteString(d.Marker.String())
			}
		}
	}
	return b.String()
}

// describe is the marker that says what an environment is; the zero Marker where it tells nothing of the kind.
func describe(env pep508.Environment, variables []string) pep508.Marker {
	var parts []string
	for _, v := range variables {
		if value, ok := env[v]; ok && !strings.ContainsAny(value, "\"\\") {
			parts = append(parts, fmt.Sprintf("%s == %q", v, value))
		}
	}
	m, err := pep508.ParseMarker(strings.Join(parts, " and "))
	if err != nil {
		return pep508.Marker{}
	}
	return m
}

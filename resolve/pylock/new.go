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
// lie in a cache. Of several variants all files are locked; what only some of them need is locked for all.
func New(r *resolve.Resolution) *Lock {
	l := &Lock{
		LockVersion: LockVersion, CreatedBy: CreatedBy, Environments: environments(r), RequiresPython: minorOf(r.Platform.Python), Packages: make([]Package, len(r.Pins)),
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

func newPackage(pin resolve.Pin) Package {
	p := Package{Name: pin.Name, Version: pin.Version}
	for i, f := range pin.Files {
		if f.File == "" {
			continue
		}
		p.Index, p.RequiresPython = publicURL(f.Index), f.RequiresPython
		if i < len(pin.Metadata) && pin.Metadata[i] != nil {
			p.RequiresPython = pin.Metadata[i].RequiresPython
		}
		file := newFile(f)
		switch {
		case f.Kind == dist.Sdist:
			p.Sdist = &file
		case !slices.ContainsFunc(p.Wheels, func(w File) bool { return w.Name == file.Name }):
			p.Wheels = append(p.Wheels, file)
		}
	}
	slices.SortFunc(p.Wheels, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return p
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

// environments say what the resolution rests on, a marker each: python_full_version only where a requirement's own marker asks for it.
func environments(r *resolve.Resolution) []pep508.Marker {
	variables := slices.Clone(always)
	used := markers(r)
	for _, v := range asked {
		if strings.Contains(used, v) {
			variables = append(variables, v)
		}
	}
	slices.Sort(variables)
	var all []pep508.Marker
	seen := map[string]bool{"": true}
	for _, variant := range r.Platform.Variants {
		for _, env := range variant.Environments {
			m := describe(env, variables)
			if text := m.String(); !seen[text] {
				seen[text] = true
				all = append(all, m)
			}
		}
	}
	return all
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

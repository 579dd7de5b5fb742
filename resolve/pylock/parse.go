package pylock

import (
	"maps"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Parse reads a lock file of at most MaxLock bytes and holds it to the rules of the package's text. The error is a *LockError; it wraps ErrVersion where the
// file is of another major version.
func Parse(b []byte) (*Lock, error) {
	doc, err := readTOML(b)
	if err != nil {
		return nil, err
	}
	r := &reader{}
	l := r.lock(doc)
	if r.err != nil {
		return nil, r.err
	}
	l.Unknown = r.unknown
	if err := l.check(); err != nil {
		return nil, err
	}
	return l, nil
}

func (r *reader) lock(doc map[string]any) *Lock {
	t := table{r: r, m: doc}
	l := &Lock{LockVersion: t.required("lock-version")}
	if r.err != nil || !r.version(l.LockVersion) {
		return nil // of another version nothing is known
	}
	l.Environments = t.markers("environments")
	l.RequiresPython = t.specifiers("requires-python")
	l.Extras, l.DependencyGroups, l.DefaultGroups = t.names("extras"), t.names("dependency-groups"), t.names("default-groups")
	l.CreatedBy = t.required("created-by")
	if _, ok := doc["packages"]; !ok {
		r.fail("packages", "it is missing", nil)
	}
	for _, p := range t.tables("packages") {
		l.Packages = append(l.Packages, p.pkg())
	}
	l.Tool = t.free("tool")
	t.end()
	return l
}

// known are the versions of the format that can be read.
var known = pep440.MustParseSpecifiers(">=1,<2")

// version judges lock-version: an error for another major version, unknown keys for a later minor.
func (r *reader) version(s string) bool {
	v, err := pep440.Parse(s)
	switch {
	case err != nil:
		r.fail("lock-version", "", err)
	case !known.Contains(v):
		r.fail("lock-version", shown(s), ErrVersion)
	}
	r.later = s != LockVersion
	return r.err == nil
}

func (t table) pkg() Package {
	p := Package{Name: pep508.Name(t.required("name"))}
	if p.Name != "" {
		t.key += " (" + shown(string(p.Name)) + ")"
	}
	p.Version = parsed(t, "version", pep440.Parse)
	p.Marker = parsed(t, "marker", pep508.ParseMarker)
	p.RequiresPython = t.specifiers("requires-python")
	p.Dependencies = t.frees("dependencies")
	p.Index = t.text("index")
	if s, ok := t.table("vcs"); ok {
		p.VCS = s.vcs()
	}
	if s, ok := t.table("directory"); ok {
		p.Directory = s.directory()
	}
	if s, ok := t.table("archive"); ok {
		p.Archive = &Archive{Subdirectory: s.text("subdirectory"), File: s.file()}
	}
	if s, ok := t.table("sdist"); ok {
		f := s.named()
		p.Sdist = &f
	}
	for _, s := range t.tables("wheels") {
		p.Wheels = append(p.Wheels, s.named())
	}
	p.AttestationIdentities, p.Tool = t.frees("attestation-identities"), t.free("tool")
	t.end()
	return p
}

func (t table) vcs() *VCS {
	v := &VCS{
		Type: t.required("type"), URL: t.text("url"), Path: t.text("path"), RequestedRevision: t.text("requested-revision"),
		CommitID: t.required("commit-id"), Subdirectory: t.text("subdirectory"),
	}
	t.end()
	return v
}

func (t table) directory() *Directory {
	editable, _ := take[bool](t, "editable", "boolean")
	d := &Directory{Path: t.required("path"), Editable: editable, Subdirectory: t.text("subdirectory")}
	t.end()
	return d
}

// named is a file that may say its name: a wheel or an sdist.
func (t table) named() File {
	name := t.text("name")
	f := t.file()
	f.Name = name
	return f
}

// file reads what wheels, sdists and archives have in common.
func (t table) file() File {
	f := File{UploadTime: t.instant("upload-time"), URL: t.text("url"), Path: t.text("path"), Size: t.size("size")}
	if hashes, ok := t.table("hashes"); ok {
		f.Hashes = make(map[string]string, len(hashes.m))
		for algorithm := range maps.Clone(hashes.m) {
			f.Hashes[algorithm] = hashes.text(algorithm)
		}
	}
	t.end()
	return f
}

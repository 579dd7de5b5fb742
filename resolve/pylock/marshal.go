package pylock

import (
	"bytes"
	"fmt"

	"github.com/pelletier/go-toml/v2"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Marshal writes the lock as TOML. Equal locks give equal bytes: keys are in the specification's order, those of free tables sorted. What breaks a rule
// of the format (see the package's text) is a *LockError.
func (l *Lock) Marshal() ([]byte, error) {
	if err := l.check(); err != nil {
		return nil, err
	}
	w := lockWire{
		LockVersion: l.LockVersion, RequiresPython: l.RequiresPython.String(), Extras: names(l.Extras), DependencyGroups: names(l.DependencyGroups),
		DefaultGroups: names(l.DefaultGroups), CreatedBy: l.CreatedBy, Packages: make([]packageWire, len(l.Packages)), Tool: l.Tool,
	}
	for _, m := range l.Environments {
		w.Environments = append(w.Environments, m.String())
	}
	for i := range l.Packages {
		w.Packages[i] = wireOf(&l.Packages[i])
	}
	var b bytes.Buffer
	encoder := toml.NewEncoder(&b)
	encoder.SetArraysMultiline(false)
	if err := encoder.Encode(w); err != nil {
		return nil, &LockError{Reason: "it cannot be written", Err: err}
	}
	if b.Len() > MaxLock {
		return nil, &LockError{Reason: fmt.Sprintf("it has more than %d bytes", MaxLock)}
	}
	return b.Bytes(), nil
}

// lockWire and the others are the file's tables, with keys in the specification's order.
type lockWire struct {
	LockVersion      string         `toml:"lock-version"`
	Environments     []string       `toml:"environments,multiline,omitempty"`
	RequiresPython   string         `toml:"requires-python,omitempty"`
	Extras           *[]string      `toml:"extras,omitempty"`
	DependencyGroups *[]string      `toml:"dependency-groups,omitempty"`
	DefaultGroups    *[]string      `toml:"default-groups,omitempty"`
	CreatedBy        string         `toml:"created-by"`
	Packages         []packageWire  `toml:"packages"`
	Tool             map[string]any `toml:"tool,omitempty"`
}

type packageWire struct {
	Name           string           `toml:"name"`
	Version        string           `toml:"version,omitempty"`
	Marker         string           `toml:"marker,omitempty"`
	RequiresPython string           `toml:"requires-python,omitempty"`
	Index          string           `toml:"index,omitempty"`
	Dependencies   []map[string]any `toml:"dependencies,omitempty"`
	VCS            *vcsWire         `toml:"vcs,omitempty"`
	Directory      *directoryWire   `toml:"directory,omitempty"`
	Archive        *fileWire        `toml:"archive,omitempty"`
	Sdist          *fileWire        `toml:"sdist,omitempty"`
	Wheels         []fileWire       `toml:"wheels,omitempty"`
	Attestations   []map[string]any `toml:"attestation-identities,omitempty"`
	Tool           map[string]any   `toml:"tool,omitempty"`
}

type vcsWire struct {
	Type              string `toml:"type"`
	URL               string `toml:"url,omitempty"`
	Path              string `toml:"path,omitempty"`
	RequestedRevision string `toml:"requested-revision,omitempty"`
	CommitID          string `toml:"commit-id"`
	Subdirectory      string `toml:"subdirectory,omitempty"`
}

type directoryWire struct {
	Path         string `toml:"path"`
	Editable     bool   `toml:"editable,omitempty"`
	Subdirectory string `toml:"subdirectory,omitempty"`
}

type fileWire struct {
	Name         string            `toml:"name,omitempty"`
	UploadTime   any               `toml:"upload-time,omitempty"`
	URL          string            `toml:"url,omitempty"`
	Path         string            `toml:"path,omitempty"`
	Size         int64             `toml:"size,omitempty"`
	Hashes       map[string]string `toml:"hashes,inline"`
	Subdirectory string            `toml:"subdirectory,omitempty"`
}

func wireOf(p *Package) packageWire {
	w := packageWire{
		Name: string(p.Name), Marker: p.Marker.String(), RequiresPython: p.RequiresPython.String(), Dependencies: p.Dependencies, Index: p.Index,
		Attestations: p.AttestationIdentities, Tool: p.Tool, VCS: (*vcsWire)(p.VCS), Directory: (*directoryWire)(p.Directory),
	}
	if !p.Version.IsZero() {
		w.Version = p.Version.String()
	}
	if p.Archive != nil {
		f := wireFile(p.Archive.File)
		f.Subdirectory, w.Archive = p.Archive.Subdirectory, &f
	}
	if p.Sdist != nil {
		f := wireFile(*p.Sdist)
		w.Sdist = &f
	}
	for _, f := range p.Wheels {
		w.Wheels = append(w.Wheels, wireFile(f))
	}
	return w
}

func wireFile(f File) fileWire {
	w := fileWire{Name: f.Name, URL: f.URL, Path: f.Path, Size: f.Size, Hashes: f.Hashes}
	if !f.UploadTime.IsZero() {
		w.UploadTime = f.UploadTime.UTC()
	}
	return w
}

// names keeps a list that is empty apart from one that is not there.
func names(list []pep508.Name) *[]string {
	if list == nil {
		return nil
	}
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = string(n)
	}
	return &out
}

package dist

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// MaxMetadata bounds a METADATA file, in bytes.
const MaxMetadata = 4 << 20

// Metadata is the part of core metadata that resolving needs (PyPA "Core metadata specifications").
type Metadata struct {
	Version        string // Metadata-Version; "" where the file does not say
	Name           pep508.Name
	ProjectVersion pep440.Version
	RequiresPython pep440.Specifiers
	RequiresDist   []pep508.Requirement // in the order of the file
	ProvidesExtra  []pep508.Name        // names that are invalid are left out: no requirement can ask for them
	Dynamic        []string             // field names, lower case
}

// ParseMetadata reads METADATA or PKG-INFO, at most MaxMetadata bytes. Unknown fields are ignored, and so is an invalid
// Requires-Python, as on an index page: it says nothing (old releases have ">=3.6.*"). An invalid Requires-Dist is a *MetadataError, as are a
// missing or invalid Name and Version, a field of these given twice with different values, and a Metadata-Version of a major version above 2.
func ParseMetadata(b []byte) (*Metadata, error) {
	if len(b) > MaxMetadata {
		return nil, &MetadataError{Err: fmt.Errorf("longer than %d bytes", MaxMetadata)}
	}
	m, once := &Metadata{}, map[string]string{}
	for h := range headers(b) {
		if isSingle(h.name) {
			if before, ok := once[h.name]; ok && before != h.value {
				return nil, h.error(errors.New("given twice with different values"))
			}
			once[h.name] = h.value
		}
		if err := m.set(h); err != nil {
			return nil, h.error(err)
		}
	}
	for _, field := range []string{"name", "version"} {
		if _, ok := once[field]; !ok {
			return nil, &MetadataError{Field: fieldName(field), Err: errors.New("missing")}
		}
	}
	return m, nil
}

// TrimMetadata gives the fields that ParseMetadata reads, in their order and one a line: it reads the same out of them as out of the whole, errors' line numbers aside.
// Most of a METADATA file is a description.
func TrimMetadata(b []byte) []byte {
	var out []byte
	for h := range headers(b) {
		if isRead(h.name) {
			out = append(out, fieldName(h.name)...)
			out = append(append(append(out, ": "...), h.value...), '\n')
		}
	}
	return out
}

func isRead(name string) bool {
	return isSingle(name) || name == "requires-dist" || name == "provides-extra" || name == "dynamic"
}

func isSingle(name string) bool {
	return name == "metadata-version" || name == "name" || name == "version" || name == "requires-python"
}

func (m *Metadata) set(h header) (err error) {
	switch h.name {
	case "metadata-version":
		m.Version, err = h.value, checkMetadataVersion(h.value)
	case "name":
		m.Name, err = pep508.ParseName(h.value)
	case "version":
		m.ProjectVersion, err = pep440.Parse(h.value)
	case "requires-python":
		m.RequiresPython, _ = pep440.ParseSpecifiers(h.value)
	case "requires-dist":
		var r pep508.Requirement
		r, err = pep508.Parse(h.value)
		m.RequiresDist = append(m.RequiresDist, r)
	case "provides-extra":
		if extra, bad := pep508.ParseName(h.value); bad == nil {
			m.ProvidesExtra = append(m.ProvidesExtra, extra)
		}
	case "dynamic":
		m.Dynamic = append(m.Dynamic, strings.ToLower(h.value))
	}
	return err
}

// checkMetadataVersion refuses what a reader must: a greater major version than it knows (Core metadata, "Metadata-Version").
func checkMetadataVersion(s string) error {
	major, _, _ := strings.Cut(s, ".")
	n, err := strconv.ParseUint(major, 10, 32)
	if err != nil {
		return errors.New("not of the form major.minor")
	}
	if n > 2 {
		return errors.New("newer than 2, which is what this program can read")
	}
	return nil
}

// IsDynamic reports whether a built wheel may have another value of the field than the sdist that this metadata is of (PEP 643): true for the
// fields that Dynamic names, and for all below Metadata-Version 2.2.
func (m *Metadata) IsDynamic(field string) bool {
	major, minor, _ := strings.Cut(m.Version, ".")
	x, _ := strconv.Atoi(major)
	y, _ := strconv.Atoi(minor)
	if x < 2 || x == 2 && y < 2 {
		return true
	}
	for _, d := range m.Dynamic {
		if strings.EqualFold(d, field) {
			return true
		}
	}
	return false
}

// Matches reports, as a *MetadataError, that the metadata is another distribution's than the file's name says (trap: a wheel renamed by hand, or
// an index that lies).
func (m *Metadata) Matches(f Filename) error {
	if m.Name != f.Name {
		return &MetadataError{Field: "Name", Err: fmt.Errorf("%s, but the file name says %s", m.Name, f.Name)}
	}
	if !m.ProjectVersion.Equal(f.Version) {
		return &MetadataError{Field: "Version", Err: fmt.Errorf("%s, but the file name says %s", m.ProjectVersion, f.Version)}
	}
	return nil
}

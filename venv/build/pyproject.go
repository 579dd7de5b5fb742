package build

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// MaxPyproject bounds pyproject.toml, in bytes.
	MaxPyproject = 128 << 10
	// MaxRequires bounds the build requirements of one sdist.
	MaxRequires = 1000
)

// What an sdist is built with that does not say (PEP 517, "Source trees"): setuptools on its setup.py, which may import what lies beside it.
const (
	LegacyBackend  = "setuptools.build_meta:__legacy__"
	LegacyRequires = "setuptools>=40.8.0" // the first that has it
)

// buildSystem is the table of pyproject.toml (PEP 518, PEP 517).
type buildSystem struct {
	requires []pep508.Requirement
	backend  string   // module or module:object
	path     []string // folders within the tree, slash-separated, where the backend lies; none: in the environment
}

func legacy() *buildSystem {
	return &buildSystem{requires: []pep508.Requirement{pep508.MustParse(LegacyRequires)}, backend: LegacyBackend}
}

// parsePyproject reads the build-system table; all else in the file is for the backend. Keys are taken as they are written: TOML knows no other case.
func parsePyproject(b []byte) (*buildSystem, error) {
	if len(b) > MaxPyproject {
		return nil, fmt.Errorf("pyproject.toml has more than %d bytes", MaxPyproject)
	}
	var doc map[string]any
	if err := toml.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("pyproject.toml: %w", tomlError(err))
	}
	value, ok := doc["build-system"]
	if !ok {
		return legacy(), nil
	}
	table, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("pyproject.toml: build-system is no table")
	}
	s, err := readBuildSystem(table)
	if err != nil {
		return nil, fmt.Errorf("pyproject.toml: build-system: %w", err)
	}
	return s, nil
}

// tomlError keeps the place of a syntax error.
func tomlError(err error) error {
	var syntax *toml.DecodeError
	if errors.As(err, &syntax) {
		row, column := syntax.Position()
		return fmt.Errorf("line %d, column %d: %w", row, column, err)
	}
	return err
}

func readBuildSystem(table map[string]any) (*buildSystem, error) {
	if _, ok := table["requires"]; !ok {
		return nil, errors.New("requires is missing (PEP 518)")
	}
	requires, err := textList(table, "requires")
	if err != nil {
		return nil, err
	}
	s := &buildSystem{backend: LegacyBackend} // PEP 517, "Source trees"
	if s.requires, err = parseRequires(requires); err != nil {
		return nil, err
	}
	if s.path, err = textList(table, "backend-path"); err != nil {
		return nil, err
	}
	backend, ok := table["build-backend"]
	if !ok {
		if len(s.path) > 0 {
			return nil, errors.New("backend-path without build-backend")
		}
		return s, nil
	}
	if s.backend, ok = backend.(string); !ok {
		return nil, errors.New("build-backend is no text")
	}
	return s, s.check()
}

func textList(table map[string]any, key string) ([]string, error) {
	value, ok := table[key]
	if !ok {
		return nil, nil
	}
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%s is no list", key)
	}
	out := make([]string, len(list))
	for i, v := range list {
		if out[i], ok = v.(string); !ok {
			return nil, fmt.Errorf("%s: element %d is no text", key, i+1)
		}
	}
	return out, nil
}

// parseRequires reads requirements of an sdist or a backend.
func parseRequires(list []string) ([]pep508.Requirement, error) {
	if len(list) > MaxRequires {
		return nil, fmt.Errorf("more than %d build requirements", MaxRequires)
	}
	out := make([]pep508.Requirement, len(list))
	for i, text := range list {
		r, err := pep508.Parse(text)
		if err != nil {
			return nil, err
		}
		out[i] = r
	}
	return out, nil
}

// check holds the backend to PEP 517, "Source trees" and "In-tree build backends".
func (s *buildSystem) check() error {
	module, object, named := strings.Cut(s.backend, ":")
	if !isDotted(module) || named && !isDotted(object) {
		return fmt.Errorf("build-backend %.100q is not module or module:object", s.backend)
	}
	for i, p := range s.path {
		if strings.ContainsAny(p, "\\\x00") || !filepath.IsLocal(filepath.FromSlash(p)) {
			return fmt.Errorf("backend-path %.100q leads out of the source tree", p)
		}
		s.path[i] = path.Clean(p)
	}
	return nil
}

// isDotted tells Python names that are joined by dots from what cannot be one. Python itself judges the rest.
func isDotted(s string) bool {
	for _, part := range strings.Split(s, ".") {
		if part == "" || strings.ContainsAny(part, " \t\r\n/\\:;\"'()[]{}\x00") {
			return false
		}
	}
	return true
}

package resolvetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// Wheel describes a small pure wheel for tests. The same description gives the same bytes.
type Wheel struct {
	Name           string // as it stands in METADATA
	Version        string
	Tag            string // "" is py3-none-any
	RequiresDist   []string
	RequiresPython string
	ProvidesExtra  []string
	Text           string            // the description below the headers
	Files          map[string]string // further files
	Modules        int               // further small modules, for a large directory
	Padding        int               // bytes that do not compress, behind METADATA
}

// Filename is the wheel's name.
func (w Wheel) Filename() string { return w.spec().Filename() }

// File is the wheel as a ServerFile, with its METADATA for PEP 658.
func (w Wheel) File() ServerFile {
	return ServerFile{Name: w.Filename(), Content: w.Bytes(), Metadata: []byte(w.Metadata()), RequiresPython: w.RequiresPython}
}

// Metadata is the wheel's METADATA.
func (w Wheel) Metadata() string { return w.spec().Metadata() }

// Bytes is the wheel itself.
func (w Wheel) Bytes() []byte {
	s := w.spec()
	s.Files = map[string]string{}
	folder, _, _ := strings.Cut(s.Filename(), "-")
	s.Files[folder+"/__init__.py"] = fmt.Sprintf("version = %q\n", w.Version)
	for i := range w.Modules {
		s.Files[fmt.Sprintf("%s/module_%05d.py", folder, i)] = "x = 1\n"
	}
	if w.Padding > 0 {
		s.Files[folder+"/padding.bin"] = noise(w.Padding)
	}
	maps.Copy(s.Files, w.Files)
	return wheelmake.Make(s)
}

// spec is the description without files.
func (w Wheel) spec() wheelmake.Spec {
	s := wheelmake.Spec{
		Name: w.Name, Version: w.Version, Tag: w.Tag, Requires: w.RequiresDist, RequiresPython: w.RequiresPython, Extras: w.ProvidesExtra, Deflate: true,
	}
	if w.Text != "" {
		s.Headers = []string{"", w.Text}
	}
	s.Edit = func(members []wheelmake.Member) []wheelmake.Member { // METADATA first: a client that reads a wheel's end alone does not see it
		i := slices.IndexFunc(members, func(m wheelmake.Member) bool { return m.Name == s.DistInfo()+"/METADATA" })
		return slices.Concat(members[i:i+1], members[:i], members[i+1:])
	}
	return s
}

func noise(n int) string {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return string(b)
}

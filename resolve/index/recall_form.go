package index

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// An answer is kept as the little that an index would need to have for it: of each project the files that were chosen, and what they state.
//
//	answer    sighting, how many files, files
//	file      project, marks, requires-python, index, the record as a page has it, METADATA (dist.TrimMetadata)
const (
	chosenYanked = 1 << iota

	leastChosen = 5   // bytes
	usualChosen = 900 // bytes
)

// appendAnswer adds the files that a resolution chose, each once.
func appendAnswer(b []byte, r *resolve.Resolution) []byte {
	files, n := make([]byte, 0, usualChosen*len(r.Pins)), 0
	for i := range r.Pins {
		p := &r.Pins[i]
		for v := range p.Files {
			f := &p.Files[v]
			if f.File != "" && !slices.ContainsFunc(p.Files[:v], func(g dist.File) bool { return g.File == f.File }) {
				n++
				files = appendChosen(files, f, p.Metadata[v])
			}
		}
	}
	return append(binary.AppendUvarint(b, uint64(n)), files...)
}

// tellsMetadata reports whether a resolution tells what its files state, as a Resolver may or may not.
func tellsMetadata(r *resolve.Resolution) bool {
	return !slices.ContainsFunc(r.Pins, func(p resolve.Pin) bool {
		for v := range p.Files {
			if p.Files[v].File != "" && (v >= len(p.Metadata) || p.Metadata[v] == nil) {
				return true
			}
		}
		return false
	})
}

func appendChosen(b []byte, f *dist.File, m *dist.Metadata) []byte {
	e := entry{filename: []byte(f.File), url: []byte(f.URL), size: f.Size, yankedReason: []byte(f.YankedReason), metadata: []byte(f.MetadataHash)}
	if !f.Uploaded.IsZero() {
		e.uploaded, _ = f.Uploaded.MarshalText()
	}
	for algorithm, digest := range f.Hashes {
		switch {
		case algorithm == "sha256" && len(digest) == hexSHA256:
			e.sha256 = []byte(digest)
		case e.hashes == nil:
			e.hashes = map[string]string{algorithm: digest}
		default:
			e.hashes[algorithm] = digest
		}
	}
	marks := byte(0)
	if f.Yanked {
		marks |= chosenYanked
	}
	b = append(appendText(b, string(f.Name)), marks)
	b = appendText(appendText(b, f.RequiresPython.String()), f.Index)
	return appendMetadata(appendText(b, appendRecord(nil, &e)), m)
}

// appendMetadata adds what ParseMetadata reads, as a text.
func appendMetadata(b []byte, m *dist.Metadata) []byte {
	var room [1 << 10]byte
	text := room[:0]
	line := func(field, value string) {
		text = append(append(append(append(text, field...), ": "...), value...), '\n')
	}
	if m.Version != "" {
		line("Metadata-Version", m.Version)
	}
	line("Name", string(m.Name))
	line("Version", m.ProjectVersion.Original())
	if python := m.RequiresPython.String(); python != "" {
		line("Requires-Python", python)
	}
	for i := range m.RequiresDist {
		line("Requires-Dist", m.RequiresDist[i].String())
	}
	for _, extra := range m.ProvidesExtra {
		line("Provides-Extra", string(extra))
	}
	for _, field := range m.Dynamic {
		line("Dynamic", field)
	}
	return appendText(b, text)
}

// answer reads the files; nil where they are not what was written.
func (k *keptReader) answer(stated *onceMap[string, *dist.Metadata]) *small {
	s := &small{projects: map[pep508.Name]*dist.Project{}, metadata: map[string]func(context.Context) (*dist.Metadata, error){}}
	for range k.count(leastChosen, MaxFiles) {
		f, metadata, err := k.chosen()
		if k.bad || err != nil {
			return nil
		}
		if s.projects[f.Name] == nil {
			s.projects[f.Name] = &dist.Project{Name: f.Name}
		}
		p := s.projects[f.Name]
		p.Files = append(p.Files, f)
		s.metadata[f.File] = func(ctx context.Context) (*dist.Metadata, error) {
			return stated.do(ctx, metadata, func(context.Context) (*dist.Metadata, error) { return dist.ParseMetadata([]byte(metadata)) })
		}
	}
	if k.bad || k.rest != "" {
		return nil
	}
	return s
}

func (k *keptReader) chosen() (f dist.File, metadata string, err error) {
	project := pep508.Name(k.text())
	f.Yanked = k.mark()&chosenYanked != 0
	if f.RequiresPython, err = pep440.ParseSpecifiers(k.text()); err != nil {
		return f, "", err
	}
	f.Index = k.text()
	record := &keptReader{rest: k.text()}
	if record.record(&f); record.bad || record.rest != "" {
		k.spoil()
	}
	if metadata = k.text(); k.bad {
		return f, "", nil
	}
	f.Filename, err = dist.ParseFilenameOf(project, f.File)
	return f, metadata, err
}

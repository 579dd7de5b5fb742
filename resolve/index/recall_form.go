package index

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

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

	leastChosen = 5 // bytes
)

// small is an Index that has what an answer chose, and nothing else.
type small struct {
	projects map[pep508.Name]*dist.Project
	metadata map[string]string // by file name
	stated   *onceMap[string, *dist.Metadata]
}

// Project gives the files that were chosen.
func (s *small) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	if p := s.projects[name]; p != nil {
		return p, nil
	}
	return nil, dist.ErrNotFound
}

// Metadata reads what a file states.
func (s *small) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	text := s.metadata[f.File]
	return s.stated.do(ctx, text, func(context.Context) (*dist.Metadata, error) { return dist.ParseMetadata([]byte(text)) })
}

// appendAnswer adds the files that a resolution chose, each once; false where it does not tell what they state.
func appendAnswer(b []byte, r *resolve.Resolution) (all []byte, ok bool) {
	var files []byte
	n := 0
	for i := range r.Pins {
		p := &r.Pins[i]
		for v := range p.Files {
			f := &p.Files[v]
			if v >= len(p.Metadata) || f.File != "" && p.Metadata[v] == nil {
				return nil, false
			}
			if f.File != "" && !slices.ContainsFunc(p.Files[:v], func(g dist.File) bool { return g.File == f.File }) {
				n++
				files = appendChosen(files, f, p.Metadata[v])
			}
		}
	}
	return append(binary.AppendUvarint(b, uint64(n)), files...), true
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
	return appendText(appendText(b, appendRecord(nil, &e)), metadataText(m))
}

// metadataText writes what ParseMetadata reads.
func metadataText(m *dist.Metadata) string {
	var b strings.Builder
	line := func(field, value string) { fmt.Fprintf(&b, "%s: %s\n", field, value) }
	if m.Version != "" {
		line("Metadata-Version", m.Version)
	}
	line("Name", string(m.Name))
	line("Version", m.ProjectVersion.Original())
	if python := m.RequiresPython.String(); python != "" {
		line("Requires-Python", python)
	}
	for _, r := range m.RequiresDist {
		line("Requires-Dist", r.String())
	}
	for _, extra := range m.ProvidesExtra {
		line("Provides-Extra", string(extra))
	}
	for _, field := range m.Dynamic {
		line("Dynamic", field)
	}
	return b.String()
}

// answer reads the files; nil where they are not what was written.
func (k *keptReader) answer(stated *onceMap[string, *dist.Metadata]) *small {
	s := &small{map[pep508.Name]*dist.Project{}, map[string]string{}, stated}
	for range k.count(leastChosen, MaxFiles) {
		f, metadata, err := k.chosen()
		if k.bad || err != nil {
			return nil
		}
		if s.projects[f.Name] == nil {
			s.projects[f.Name] = &dist.Project{Name: f.Name}
		}
		p := s.projects[f.Name]
		p.Files, s.metadata[f.File] = append(p.Files, f), metadata
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

// tell is all of a Resolution but its Platform, as texts.
func tell(r *resolve.Resolution) (all []string) {
	for i := range r.Pins {
		p := &r.Pins[i]
		all = append(all, fmt.Sprintf("%s %s %s %s", p.Name, p.Version.Original(), p.Extras, p.UnknownExtras))
		for _, why := range p.RequiredBy {
			all = append(all, fmt.Sprintf("%s %s %t %t", why.By, why.Requirement, why.Constraint, why.Unknown))
		}
		for v := range p.Files {
			if p.Files[v].File == "" {
				all = append(all, "")
				continue
			}
			all = append(all, string(appendChosen(nil, &p.Files[v], p.Metadata[v])))
		}
	}
	return all
}

package archive

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Collisions reports the pairs of names that a case-insensitive or normalising file system takes for one, folders included (Z2), names
// that stand twice (Z3), and files that are also folders (Z4), each as a Violation. A name that ends in a slash is a folder. The order
// of names does not matter.
func Collisions(names []string) []error {
	var a audit
	a.collisions(names)
	if a.err() == nil {
		return nil
	}
	errs := make([]error, len(a.violations))
	for i, v := range a.violations {
		errs[i] = v
	}
	return errs
}

// place is what occupies a path of the file system.
type place struct {
	name   string // as first spelled
	folder bool
}

type placed struct {
	*audit
	places  map[string]place    // by fold
	folders map[string]struct{} // spellings already placed
	named   map[string]struct{} // folders that have an entry of their own
}

func (a *audit) collisions(names []string) {
	p := placed{a, make(map[string]place, 2*len(names)), map[string]struct{}{}, map[string]struct{}{}}
	if !slices.IsSorted(names) {
		names = slices.Sorted(slices.Values(names))
	}
	for _, name := range names {
		if folder, ok := strings.CutSuffix(name, "/"); ok {
			if _, twice := p.named[folder]; twice {
				p.fault(Z3, name, "stands twice")
			}
			p.named[folder] = struct{}{}
			p.folder(folder)
			continue
		}
		p.put(place{name, false})
		if i := strings.LastIndexByte(name, '/'); i > 0 {
			p.folder(name[:i])
		}
	}
}

// folder places a folder and those above it.
func (p *placed) folder(name string) {
	for {
		if _, known := p.folders[name]; known {
			return
		}
		p.folders[name] = struct{}{}
		p.put(place{name, true})
		i := strings.LastIndexByte(name, '/')
		if i <= 0 {
			return
		}
		name = name[:i]
	}
}

func (p *placed) put(now place) {
	key := fold(now.name)
	old, taken := p.places[key]
	switch {
	case !taken:
		p.places[key] = now
	case old.folder != now.folder:
		p.fault(Z4, now.name, "%q is a file and a folder", old.name)
	case old.name == now.name && !now.folder:
		p.fault(Z3, now.name, "stands twice")
	case old.name != now.name:
		p.fault(Z2, now.name, "%q is the same on Windows or macOS", old.name)
	}
}

// fold maps names that some file system takes for one to one key. NTFS compares upper-cased names, APFS fully case-folded and decomposed
// ones; HFS+ decomposes too and ignores some code points.
func fold(name string) string {
	if isASCII(name) {
		return strings.ToLower(name)
	}
	name = strings.Map(func(r rune) rune {
		if ignored(r) {
			return -1
		}
		return unicode.ToUpper(r)
	}, norm.NFD.String(name))
	return norm.NFD.String(cases.Fold().String(name))
}

// ignored are the code points that HFS+ leaves out of comparisons (Apple TN1150, "Unicode Subtleties").
func ignored(r rune) bool {
	return r >= 0x200c && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x206a && r <= 0x206f || r == 0xfeff
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

package wheelmake

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// Spec describes a wheel; Name and Version are enough.
type Spec struct {
	Name           string // as METADATA has it; the file name has its escaped form
	Version        string
	Tag            string            // compatibility tag, compressed sets allowed; "" is py3-none-any
	Build          string            // build tag; "" is none
	Requires       []string          // Requires-Dist
	Extras         []string          // Provides-Extra
	RequiresPython string            // Requires-Python; "" is none
	Headers        []string          // further METADATA lines, such as "Summary: x"
	EntryPoints    string            // entry_points.txt; "" is none
	Platlib        bool              // Root-Is-Purelib: false
	Files          map[string]string // path in the wheel to content; nil is one module that holds the version
	Executable     []string          // paths of Files that carry the execute bits
	Deflate        bool              // compress members; else they are stored

	// Edit, where set, changes the members just before they are zipped, RECORD among them, in the order they will stand.
	Edit func([]Member) []Member
}

// Member is one entry of the zip.
type Member struct {
	Name string
	Body string
	Mode uint32 // Unix mode with its type bits; 0o100644 for what Make writes
}

var separators = lazy.Regexp{Expr: `[-_.]+`}

func (s Spec) escaped() string { return strings.ToLower(separators.ReplaceAllString(s.Name, "_")) }

func (s Spec) tag() string {
	if s.Tag == "" {
		return "py3-none-any"
	}
	return s.Tag
}

// Filename is the wheel's file name (PyPA "Binary distribution format", "File name convention").
func (s Spec) Filename() string {
	parts := []string{s.escaped(), strings.ReplaceAll(s.Version, "-", "_")}
	if s.Build != "" {
		parts = append(parts, s.Build)
	}
	return strings.Join(append(parts, s.tag()), "-") + ".whl"
}

// DistInfo is the name of the .dist-info folder.
func (s Spec) DistInfo() string {
	return s.escaped() + "-" + strings.ReplaceAll(s.Version, "-", "_") + ".dist-info"
}

// Metadata is the METADATA file.
func (s Spec) Metadata() string {
	lines := []string{"Metadata-Version: 2.1", "Name: " + s.Name, "Version: " + s.Version}
	if s.RequiresPython != "" {
		lines = append(lines, "Requires-Python: "+s.RequiresPython)
	}
	for _, extra := range s.Extras {
		lines = append(lines, "Provides-Extra: "+extra)
	}
	for _, requirement := range s.Requires {
		lines = append(lines, "Requires-Dist: "+requirement)
	}
	return strings.Join(append(lines, s.Headers...), "\n") + "\n"
}

// WheelFile is the WHEEL file.
func (s Spec) WheelFile() string {
	var b strings.Builder
	b.WriteString("Wheel-Version: 1.0\nGenerator: wheelmake\nRoot-Is-Purelib: ")
	b.WriteString(map[bool]string{false: "true", true: "false"}[s.Platlib])
	for _, tag := range s.tags() {
		b.WriteString("\nTag: " + tag)
	}
	if s.Build != "" {
		b.WriteString("\nBuild: " + s.Build)
	}
	b.WriteByte('\n')
	return b.String()
}

func (s Spec) tags() []string {
	parts := strings.SplitN(s.tag(), "-", 3)
	var tags []string
	for _, interpreter := range strings.Split(parts[0], ".") {
		for _, abi := range strings.Split(parts[1], ".") {
			for _, platform := range strings.Split(parts[2], ".") {
				tags = append(tags, interpreter+"-"+abi+"-"+platform)
			}
		}
	}
	return tags
}

// members lists the files sorted by path, then .dist-info, then RECORD.
func (s Spec) members() []Member {
	files := s.Files
	if files == nil {
		files = map[string]string{s.escaped() + ".py": "__version__ = '" + s.Version + "'\n"}
	}
	var members []Member
	for name, body := range files {
		mode := uint32(0o100644)
		if slices.Contains(s.Executable, name) {
			mode = 0o100755
		}
		members = append(members, Member{name, body, mode})
	}
	slices.SortFunc(members, func(a, b Member) int { return strings.Compare(a.Name, b.Name) })
	add := func(name, body string) {
		members = append(members, Member{s.DistInfo() + "/" + name, body, 0o100644})
	}
	add("METADATA", s.Metadata())
	add("WHEEL", s.WheelFile())
	if s.EntryPoints != "" {
		add("entry_points.txt", s.EntryPoints)
	}
	add("RECORD", Record(members, s.DistInfo()+"/RECORD"))
	return members
}

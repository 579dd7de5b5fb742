package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// MaxFiles bounds the entries of an sdist.
	MaxFiles = 200_000
	// MaxUnpacked bounds what an sdist may unpack to, in bytes, its headers and padding included.
	MaxUnpacked = 4 << 30
	// MaxName bounds the path of an entry, in bytes.
	MaxName = 1 << 10
	// MaxDepth bounds the components of an entry's path.
	MaxDepth = 64
)

// sdist is what is read of an sdist without unpacking it.
type sdist struct {
	sha256    string
	top       string // its one folder
	pkgInfo   []byte // nil: it has none
	pyproject []byte // nil: it has none
	setup     bool   // it has a setup.py
}

// inspect reads the whole archive once, and holds it to the rules of the package's text.
func inspect(ctx context.Context, blob dist.Blob, f dist.File) (*sdist, error) {
	s := &sdist{sha256: f.Hashes["sha256"]}
	if !digest.IsSHA256(s.sha256) {
		sum := sha256.New()
		if _, err := io.Copy(sum, durable.Within(ctx, io.NewSectionReader(blob, 0, blob.Size()))); err != nil {
			return nil, err
		}
		s.sha256 = hex.EncodeToString(sum.Sum(nil))
	}
	err := walk(ctx, blob, f, func(e entry, body io.Reader) (err error) {
		s.top, _, _ = strings.Cut(e.name, "/")
		switch {
		case e.kind != file:
		case e.name == s.top+"/PKG-INFO":
			s.pkgInfo, err = readEntry(e.name, body, dist.MaxMetadata)
		case e.name == s.top+"/pyproject.toml":
			s.pyproject, err = readEntry(e.name, body, MaxPyproject)
		case e.name == s.top+"/setup.py":
			s.setup = true
		}
		return err
	})
	return s, err
}

// readEntry reads an entry of at most limit bytes.
func readEntry(name string, r io.Reader, limit int64) ([]byte, error) {
	b, err := durable.ReadAtMost(r, limit)
	if errors.Is(err, durable.ErrDamaged) {
		return nil, &SdistError{Rule: "S6", Name: name, Detail: fmt.Sprintf("more than %d bytes", limit)}
	}
	return b, err
}

// buildSystem says how the sdist is built.
func (s *sdist) buildSystem() (*buildSystem, error) {
	switch {
	case s.pyproject != nil:
		return parsePyproject(s.pyproject)
	case s.setup:
		return legacy(), nil
	}
	return nil, errors.New("it has neither pyproject.toml nor setup.py")
}

// entry is one entry of an sdist, of which the name was checked.
type entry struct {
	name       string // slash-separated, relative, clean
	kind       entryKind
	executable bool
	modified   time.Time // zero: not known
	target     string    // of a symlink as written, of a hard link an entry's name
}

type entryKind int8

const (
	file entryKind = iota
	folder
	symlink
	hardlink
)

// walk calls visit for each entry of an sdist in order. What it makes of a file's body is its own affair.
func walk(ctx context.Context, blob dist.Blob, f dist.File, visit func(e entry, body io.Reader) error) error {
	c := newChecker(f.Name, visit)
	var err error
	if isZip(f.File) {
		err = walkZip(ctx, blob, c)
	} else {
		err = walkTar(ctx, durable.Within(ctx, io.NewSectionReader(blob, 0, blob.Size())), c)
	}
	if err == nil && c.top == "" {
		return &SdistError{Detail: "it is empty"}
	}
	return err
}

func isZip(file string) bool { return strings.HasSuffix(strings.ToLower(file), ".zip") }

// checker holds entries to the rules S1, S2, S5 and S6.
type checker struct {
	project pep508.Name
	top     string
	entries int
	size    int64                // of the files so far
	kinds   map[string]entryKind // what stands; also the folders that paths imply
	visit   func(e entry, body io.Reader) error
}

func newChecker(project pep508.Name, visit func(e entry, body io.Reader) error) *checker {
	return &checker{project: project, kinds: map[string]entryKind{}, visit: visit}
}

// entry checks an entry whose name is as the archive has it, then visits it.
func (c *checker) entry(e entry, size int64, body io.Reader) error {
	c.entries++
	c.size += size
	if c.entries > MaxFiles {
		return &SdistError{Rule: "S6", Detail: fmt.Sprintf("more than %d entries", MaxFiles)}
	}
	if size < 0 || c.size > MaxUnpacked {
		return tooLarge()
	}
	var err error
	if e.name, err = cleanName(e.name); err != nil {
		return err
	}
	if e.name == "." {
		return nil
	}
	if err := c.underTop(e); err != nil {
		return err
	}
	if err := c.once(e); err != nil {
		return err
	}
	return c.visit(e, body)
}

func tooLarge() error {
	return &SdistError{Rule: "S6", Detail: fmt.Sprintf("it unpacks to more than %d bytes", int64(MaxUnpacked))}
}

// cleanName is the name without "." and needless slashes, if it leads nowhere else on this system.
func cleanName(name string) (string, error) {
	fail := func(rule, detail string) (string, error) {
		return "", &SdistError{Rule: rule, Name: name, Detail: detail}
	}
	switch {
	case len(name) > MaxName:
		return fail("S6", fmt.Sprintf("a name of more than %d bytes", MaxName))
	case name == "" || strings.HasPrefix(name, "/"):
		return fail("S1", "not a relative path")
	case strings.ContainsAny(name, "\\\x00"):
		return fail("S1", "a backslash or a NUL in the name")
	case strings.Count(name, "/") >= MaxDepth:
		return fail("S6", fmt.Sprintf("more than %d folders deep", MaxDepth))
	}
	for _, part := range strings.Split(name, "/") {
		if part == ".." {
			return fail("S1", `".." in the name`)
		}
	}
	clean := path.Clean(name)
	if !filepath.IsLocal(filepath.FromSlash(clean)) {
		return fail("S1", "not a file name on this system")
	}
	return clean, nil
}

// underTop holds an entry to S2. The version in the folder's name is not looked at: old sdists spell it in many ways.
func (c *checker) underTop(e entry) error {
	top, _, below := strings.Cut(e.name, "/")
	switch {
	case !below && e.kind != folder:
		return &SdistError{Rule: "S2", Name: e.name, Detail: "it lies outside of any folder"}
	case c.top == "":
		if name := string(pep508.NormalizeName(top)); name != string(c.project) && !strings.HasPrefix(name, string(c.project)+"-") {
			return &SdistError{Rule: "S2", Name: top, Detail: fmt.Sprintf("the folder at the top is not %s-{version}", c.project)}
		}
		c.top = top
	case c.top != top:
		return &SdistError{Rule: "S2", Name: e.name, Detail: fmt.Sprintf("it lies outside of the folder %q", c.top)}
	}
	return nil
}

// once holds an entry to S5.
func (c *checker) once(e entry) error {
	kind, stands := c.kinds[e.name]
	switch {
	case stands && kind == folder && e.kind == folder:
		return nil
	case stands && (kind == folder || e.kind == folder):
		return &SdistError{Rule: "S5", Name: e.name, Detail: "both a folder and something else"}
	case stands:
		return &SdistError{Rule: "S5", Name: e.name, Detail: "it stands twice"}
	case e.kind == hardlink && !c.isFile(e.target):
		return &SdistError{Rule: "S4", Name: e.name, Detail: fmt.Sprintf("a link to %.200q, which is no file that stands before it", e.target)}
	}
	c.kinds[e.name] = e.kind
	for dir := path.Dir(e.name); dir != "."; dir = path.Dir(dir) {
		if kind, stands := c.kinds[dir]; stands && kind != folder {
			return &SdistError{Rule: "S5", Name: dir, Detail: "both a folder and something else"}
		} else if stands {
			break
		}
		c.kinds[dir] = folder
	}
	return nil
}

func (c *checker) isFile(name string) bool {
	kind, stands := c.kinds[name]
	return stands && (kind == file || kind == hardlink)
}

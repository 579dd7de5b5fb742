package pylock

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// check holds a lock to the rules of the package's text that types do not hold already.
func (l *Lock) check() error {
	if l.LockVersion == "" || l.CreatedBy == "" {
		return &LockError{Reason: "lock-version and created-by are required"}
	}
	for i := range l.Packages {
		p := &l.Packages[i]
		if key, err := p.check(); err != nil {
			at := fmt.Sprintf("packages[%d] (%s)", i, shown(string(p.Name)))
			if key != "" {
				at += "." + key
			}
			return &LockError{Key: at, Err: err}
		}
	}
	return nil
}

func (p *Package) check() (key string, err error) {
	if name, err := pep508.ParseName(string(p.Name)); err != nil || name != p.Name {
		return "name", fmt.Errorf("%s is no normalised name", shown(string(p.Name)))
	}
	if err := p.checkSource(); err != nil {
		return "", err
	}
	for i, w := range p.Wheels {
		if err := p.checkFile(w, dist.Wheel); err != nil {
			return fmt.Sprintf("wheels[%d]", i), err
		}
	}
	for i, a := range p.AttestationIdentities {
		if kind, ok := a["kind"].(string); !ok || kind == "" {
			return fmt.Sprintf("attestation-identities[%d].kind", i), fmt.Errorf("it is missing")
		}
	}
	switch {
	case p.Sdist != nil:
		return "sdist", p.checkFile(*p.Sdist, dist.Sdist)
	case p.Archive != nil:
		return "archive", checkBytes(p.Archive.File)
	case p.VCS != nil:
		return "vcs", checkSource(p.VCS.URL, p.VCS.Path)
	case p.Directory != nil && p.Directory.Path == "":
		return "directory.path", fmt.Errorf("it is missing")
	}
	return "", nil
}

// checkSource: "mutually-exclusive", and none of them installs nothing.
func (p *Package) checkSource() error {
	var sources []string
	for _, s := range []struct {
		name  string
		there bool
	}{{"vcs", p.VCS != nil}, {"directory", p.Directory != nil}, {"archive", p.Archive != nil}, {"sdist or wheels", p.Sdist != nil || len(p.Wheels) > 0}} {
		if s.there {
			sources = append(sources, s.name)
		}
	}
	switch len(sources) {
	case 0:
		return fmt.Errorf("it has no source: wheels, sdist, archive, directory or vcs")
	case 1:
		return nil
	}
	return fmt.Errorf("it has several sources: %s", strings.Join(sources, ", "))
}

// checkFile holds a wheel or sdist to its package.
func (p *Package) checkFile(f File, kind dist.Kind) error {
	if err := checkBytes(f); err != nil {
		return err
	}
	name, err := dist.ParseFilenameOf(p.Name, f.filename())
	switch {
	case err != nil:
		return err
	case name.Kind != kind:
		return fmt.Errorf("%s is of another kind", shown(f.filename()))
	case !p.Version.IsZero() && !name.Version.Equal(p.Version):
		return fmt.Errorf("%s is not of version %s", shown(f.filename()), p.Version)
	}
	return nil
}

func checkBytes(f File) error {
	if err := checkSource(f.URL, f.Path); err != nil {
		return err
	}
	if len(f.Hashes) == 0 {
		return fmt.Errorf("hashes is missing or empty")
	}
	for _, algorithm := range slices.Sorted(maps.Keys(f.Hashes)) {
		want, known := hashLengths[strings.ToLower(algorithm)]
		value := f.Hashes[algorithm]
		if _, err := hex.DecodeString(value); known && (err != nil || len(value) != want) {
			return fmt.Errorf("hashes.%s is not %d hexadecimal digits", shown(algorithm), want)
		}
	}
	return nil
}

// hashLengths are hexadecimal digits by algorithm, of those that dist.Verifier computes.
var hashLengths = map[string]int{"md5": 32, "sha1": 40, "sha224": 56, "sha256": 64, "sha384": 96, "sha512": 128}

func checkSource(address, file string) error {
	switch {
	case address == "" && file == "":
		return fmt.Errorf("it has neither url nor path")
	case strings.ContainsFunc(address+file, isControl):
		return fmt.Errorf("url or path has control characters")
	}
	if _, err := url.Parse(address); err != nil {
		return fmt.Errorf("its url is none")
	}
	return nil
}

func isControl(r rune) bool { return unicode.IsControl(r) }

// filename is Name, or the last part of Path or URL ("packages.wheels.name").
func (f File) filename() string {
	if f.Name != "" {
		return f.Name
	}
	if f.Path != "" {
		return path.Base(strings.ReplaceAll(f.Path, `\`, "/"))
	}
	u, err := url.Parse(f.URL)
	if err != nil {
		return ""
	}
	return path.Base(u.Path)
}

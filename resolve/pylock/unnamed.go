package pylock

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// ParseRequirement reads what a line of a requirements file or an argument of pip asks for, options aside: a requirement (PEP 508), or the path or address of a wheel
// or sdist, extras and a marker behind it, which asks for the project that the file's name says: ./lib-1.0-py3-none-any.whl[extra] ; os_name == "nt". A path counts
// from the working directory, as pip has it; the requirement's URL is its file: address. What stands in an address is in no error.
func ParseRequirement(text string) (pep508.Requirement, error) {
	text = strings.TrimSuffix(trimSpace(text), ";") // no marker behind it
	if !looksLikeFile(text) {
		return pep508.Parse(text)
	}
	r := pep508.Requirement{}
	isURL := scheme.MatchString(text)
	separator := ";"
	if isURL {
		separator = "; " // else it is part of the address
	}
	text, marker, marked := strings.Cut(text, separator)
	if marked {
		var err error
		if r.Marker, err = pep508.ParseMarker(trimSpace(marker)); err != nil {
			return pep508.Requirement{}, err
		}
	}
	text = trimSpace(text)
	if m := behind.FindStringSubmatch(text); m != nil {
		asked, err := pep508.Parse("x" + m[2])
		if err != nil {
			return pep508.Requirement{}, plainError("what stands in brackets behind the file are no extras")
		}
		text, r.Extras = m[1], asked.Extras
	}
	if isVCS(text) {
		return pep508.Requirement{}, errVCS
	}
	file, address, err := located(text, isURL)
	if err != nil {
		return pep508.Requirement{}, err
	}
	name, err := dist.ParseFilename(file)
	if err != nil {
		return pep508.Requirement{}, errUnnamed
	}
	r.Name, r.URL = name.Name, address
	if _, err := pep508.Parse(r.String()); err != nil { // white space in it
		return pep508.Requirement{}, errAddress
	}
	return r, nil
}

const (
	errAddress plainError = "it is no address"
	errVCS     plainError = "version control is not supported: build a wheel of it, and name that"
	errUnnamed plainError = "a file or address stands for a project, and its name is no wheel's or sdist's: build a wheel of a project's folder, as it has no hash to lock, and name that, or take what it requires from its pyproject.toml; folders of wheels are for --find-links"
)

// behind are extras behind a file.
var behind = lazy.Regexp{Expr: `^(.+)(\[[^\]]*\])$`}

// isVCS tells pip's addresses of version control, such as git+https.
func isVCS(address string) bool {
	m := scheme.FindStringSubmatch(address)
	return m != nil && strings.Contains(m[1], "+")
}

// located is a file's base name and its address.
func located(text string, isURL bool) (file, address string, err error) {
	if !isURL {
		address, err = fileURL("", text)
		return filepath.Base(text), address, err
	}
	u, err := url.Parse(text)
	if err != nil {
		return "", "", errAddress
	}
	return path.Base(u.Path), text, nil
}

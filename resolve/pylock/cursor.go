package pylock

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// cursor is a line under way.
type cursor struct {
	session *session
	file    *include
	line    int
	put     []string // the variables whose values the line has
}

// fail says what is wrong with the line. An error that may quote the value of a variable, which is often a credential, is kept back.
func (c *cursor) fail(reason string, err error) {
	var plain plainError
	if err != nil && len(c.put) > 0 && !errors.As(err, &plain) {
		reason, err = fmt.Sprintf("it is wrong with what %s stands for (which is not shown)", strings.Join(c.put, ", ")), nil
	}
	c.session.fail(&ParseError{File: c.file.path, Line: c.line, Reason: reason, Err: err})
}

// plainError quotes nothing that a variable could stand for.
type plainError string

func (e plainError) Error() string { return string(e) }

// variable is ${NAME}, of which pip admits upper-case letters, digits and underscores only.
var variable = lazy.Regexp{Expr: `\$\{([A-Z0-9_]+)\}`}

// read takes in one logical line.
func (c *cursor) read(text string) {
	named := strings.Contains(text, "${") // few lines need the pattern
	if c.file.remote && named && variable.MatchString(text) {
		c.fail("a file that was fetched is told no environment variables", nil)
		return
	}
	unset := ""
	if named {
		text = variable.ReplaceAllStringFunc(text, func(v string) string {
			name := v[2 : len(v)-1]
			if c.session.reader.Getenv != nil {
				if value := c.session.reader.Getenv(name); value != "" {
					c.put = append(c.put, name)
					return value
				}
			}
			unset = name
			return v
		})
	}
	if unset != "" {
		c.fail("the environment variable "+unset+" is not set", nil)
		return
	}
	requirement, rest := breakOptions(text)
	words, err := shellWords(rest)
	if err != nil {
		c.fail("the options cannot be cut into words", err)
		return
	}
	options, err := parseOptions(words)
	switch {
	case err != nil:
		c.fail("", err)
	case requirement != "":
		c.requirement(requirement, options)
	default:
		c.options(options)
	}
}

// breakOptions cuts a line where its options begin: at the first word with a dash in front, words being what single spaces part.
func breakOptions(text string) (requirement, options string) {
	if strings.HasPrefix(text, "-") {
		return "", text
	}
	at := strings.Index(text, " -")
	if at < 0 {
		return text, ""
	}
	return trimSpace(text[:at]), text[at+1:]
}

// requirement takes in a line that asks for something.
func (c *cursor) requirement(text string, options []option) {
	l := Line{File: c.file.path, Line: c.line}
	for _, o := range options {
		if o.name != "--hash" {
			c.fail(o.name+" cannot stand behind a requirement: give it a line of its own", nil)
			return
		}
		algorithm, digest, err := parseHash(o.value)
		if err != nil {
			c.fail("", err)
			return
		}
		if l.Hashes == nil {
			l.Hashes = map[string][]string{}
		}
		l.Hashes[algorithm] = append(l.Hashes[algorithm], digest)
	}
	var err error
	switch l.Requirement, err = ParseRequirement(text); {
	case err != nil:
		c.fail("", err)
	case c.file.remote && strings.HasPrefix(strings.ToLower(l.Requirement.URL), "file:"):
		c.fail("a file that was fetched names none of this machine", nil)
	case c.file.constraint && len(l.Requirement.Extras) > 0:
		c.fail("a constraint cannot ask for extras", nil)
	case max(len(c.session.out.Requirements), len(c.session.out.Constraints)) == MaxLines:
		c.fail(fmt.Sprintf("more than %d requirements", MaxLines), nil)
	case c.file.constraint:
		c.session.out.Constraints = append(c.session.out.Constraints, l)
	default:
		c.session.out.Requirements = append(c.session.out.Requirements, l)
	}
}

var (
	scheme  = lazy.Regexp{Expr: `(?i)^([a-z][a-z0-9+.-]*)://|^file:`}
	archive = lazy.Regexp{Expr: `(?i)^([^@;]*[/\\])?[^@;\s]*\.(whl|zip|tar\.gz|tgz|tar|tar\.bz2|tbz|tar\.xz|txz|tlz|tar\.lz|tar\.lzma)(\[.*\])?$`}
)

// looksLikeFile tells a path or address from a requirement: what pip would install from there.
func looksLikeFile(text string) bool {
	text, _, _ = strings.Cut(text, ";")
	text = trimSpace(text)
	return strings.Contains(text, ":") && scheme.MatchString(text) || mayBeArchive(text) && archive.MatchString(text) || strings.HasPrefix(text, ".") || strings.HasPrefix(text, "/") || strings.HasPrefix(text, `\`)
}

// mayBeArchive spares most requirements the pattern: in archive, a dot and one of three letters begin what a name ends with.
func mayBeArchive(text string) bool {
	for i := range len(text) - 1 {
		if text[i] == '.' && strings.IndexByte("wztWZT", text[i+1]) >= 0 {
			return true
		}
	}
	return false
}

// options takes in a line without a requirement.
func (c *cursor) options(options []option) {
	o := &c.session.out.Options
	c.indexes(options)
	for i, opt := range options {
		switch opt.name {
		case "--requirement", "--constraint":
			if i > 0 || len(options) > 1 {
				c.fail(opt.name+" stands alone in its line", nil)
				return
			}
			c.include(opt.value, opt.name == "--constraint")
		case "--hash":
			c.fail("--hash without a requirement", nil)
			return
		case "--find-links":
			c.findLinks(opt.value)
		case "--no-binary":
			c.formats(opt, o.NoWheels)
		case "--only-binary":
			c.formats(opt, o.OnlyWheels)
		case "--pre":
			o.Prereleases = true
		case "--require-hashes":
			o.RequireHashes = true
		}
	}
}

// indexes takes in what a line says of them, in pip's order: --no-index, which nothing after it takes back, --index-url, which replaces those before it, the extra ones.
func (c *cursor) indexes(options []option) {
	o := &c.session.out.Options
	for _, name := range []string{"--no-index", "--index-url", "--extra-index-url"} {
		for _, opt := range options {
			switch {
			case opt.name != name:
			case name == "--no-index":
				o.Indexes, o.NoIndex = nil, true
			case o.NoIndex:
			case name == "--index-url":
				o.Indexes = []string{opt.value}
			default:
				o.Indexes = append(o.Indexes, opt.value)
			}
		}
	}
}

// include reads a file that this line names, from the folder of its own. A file that was fetched names none of this machine.
func (c *cursor) include(name string, constraint bool) {
	if c.file.remote {
		base, _ := url.Parse(c.file.absolute) // which it is the text of
		to, err := base.Parse(name)
		if err != nil {
			c.fail("", errNoFile)
			return
		}
		name = to.String()
	} else if !scheme.MatchString(name) && !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(c.file.path), name)
	}
	c.session.file(name, constraint, c)
}

func (c *cursor) findLinks(name string) {
	if scheme.MatchString(name) {
		c.fail("--find-links is a folder of this machine: give an index for what lies elsewhere", nil)
		return
	}
	if c.file.remote {
		c.fail("--find-links is a folder of this machine, and this file is none of it", nil)
		return
	}
	if beside := filepath.Join(filepath.Dir(c.file.path), name); !filepath.IsAbs(name) {
		if _, err := os.Stat(beside); err == nil {
			name = beside
		}
	}
	o := &c.session.out.Options
	o.FindLinks = append(o.FindLinks, name)
}

func (c *cursor) formats(o option, say func(...pep508.Name)) {
	var names []pep508.Name
	for text := range strings.SplitSeq(o.value, ",") {
		name := pep508.Name(text)
		if name != All && name != None {
			var err error
			if name, err = pep508.ParseName(trimSpace(text)); err != nil {
				c.fail(o.name, err)
				return
			}
		}
		names = append(names, name)
	}
	say(names...)
}

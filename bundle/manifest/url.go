package manifest

import (
	"errors"
	"net/url"
	"strings"
)

// checkURL reports why a url cannot stand in an update configuration: the rules are in the package doc.
func checkURL(s string) error {
	if strings.ContainsFunc(s, func(r rune) bool { return r <= 0x20 || r >= 0x7f || strings.ContainsRune("\\\"<>^`{|}", r) }) {
		return errors.New("holds a character that a url must escape")
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return errors.New("no url")
	case u.Fragment != "" || strings.Contains(s, "#"):
		return errors.New("must have no fragment")
	case u.Scheme == "" && u.Host == "" && !strings.HasPrefix(s, "//"):
		return checkRelative(s)
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("must be relative, or of http or https")
	case u.Host == "" || u.Opaque != "":
		return errors.New("names no host")
	case u.User != nil:
		return errors.New("must not hold credentials")
	}
	return checkSegments(strings.TrimPrefix(u.Path, "/"))
}

// checkRelative keeps a relative url within the store: the folder that holds the channel's folder.
func checkRelative(s string) error {
	if strings.ContainsAny(s, "%?:") {
		return errors.New("a relative url must have no escape, query or colon")
	}
	return checkSegments(strings.TrimPrefix(s, "../"))
}

func checkSegments(path string) error {
	for segment := range strings.SplitSeq(path, "/") {
		switch {
		case segment == "":
			return errors.New("must have no empty path segment")
		case segment == "." || segment == "..":
			return errors.New(`must have no "." or ".." but one leading "../"`)
		case strings.ContainsAny(segment, "\\\x00"):
			return errors.New("holds a character that a path must not have")
		}
	}
	return nil
}

package openstack

import (
	"errors"
	"net/url"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// location is a database's URL, taken apart as SQLAlchemy does ("Engine Configuration").
type location struct {
	dialect, driver      string
	user, password       string
	host, port, database string
	query                url.Values
}

var urlForm = lazy.Regexp{Expr: `^([\w+]+)://(?:([^:/]*)(?::([^@]*))?@)?(?:\[([^\]/?]+)\]|([^/:?]*))(?::([^/?]*))?(?:/([^?]*))?(?:\?(.*))?$`}

// parseURL never gives an error that holds the URL: it may hold a password.
func parseURL(text string) (location, error) {
	m := urlForm.FindStringSubmatch(text)
	if m == nil {
		return location{}, errors.New("the database's connection is no URL")
	}
	l := location{host: m[4] + m[5], port: m[6], database: m[7]}
	l.dialect, l.driver, _ = strings.Cut(m[1], "+")
	var err1, err2, err3 error
	l.user, err1 = url.PathUnescape(m[2])
	l.password, err2 = url.PathUnescape(m[3])
	l.query, err3 = url.ParseQuery(m[8])
	if err1 != nil || err2 != nil || err3 != nil {
		return location{}, errors.New("the database's connection has a % that begins no escape")
	}
	return l, nil
}

// withDatabase is the URL text with another database.
func withDatabase(text, name string) string {
	m := urlForm.FindStringSubmatchIndex(text)
	if m == nil || m[14] < 0 {
		return text
	}
	return text[:m[14]] + name + text[m[15]:]
}

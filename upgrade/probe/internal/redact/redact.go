package redact

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// Mask stands where a credential stood.
const Mask = "***"

const (
	secretName = `[\w.-]*(?i:password|passwd|passphrase|pswd|secret|token|api_?key|private_?key|access_?key|encrypt(?:ed|ion)_key|auth_key|signature|credential)s?`
	value      = `(?:u?"[^"]*"|u?'[^']*'|[^\s"',;&)}\]]+)`
)

var (
	// The user info of an address reaches to its last @, as passwords may hold any character and transport_url several hosts.
	userInfo = lazy.Regexp{Expr: `([A-Za-z][A-Za-z0-9+.-]*://)[^\s"'<>]*@`}
	named    = lazy.Regexp{Expr: `(["']?` + secretName + `["']?\s*[:=]\s*)` + value}
	argument = lazy.Regexp{Expr: `(--?[\w-]*(?i:password|passwd|secret|token|key)[ =])` + value}
	scheme   = lazy.Regexp{Expr: `\b((?i:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{8,}`}
	keyring  = lazy.Regexp{Expr: `\b(key\s*=\s*)[A-Za-z0-9+/=]{16,}`} // Ceph's
)

// Text is s without credentials.
func Text(s string) string {
	s = userInfo.ReplaceAllString(s, "${1}"+Mask+"@")
	for _, re := range []*lazy.Regexp{&scheme, &named, &argument, &keyring} {
		s = re.ReplaceAllString(s, "${1}"+Mask)
	}
	return s
}

// Line is Text on one line of valid UTF-8 without control characters, of at most limit bytes.
func Line(s string, limit int) string {
	s = Text(strings.ToValidUTF8(s, "?"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.TrimSpace(s))
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit] + "…"
}

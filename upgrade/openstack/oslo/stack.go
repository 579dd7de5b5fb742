package oslo

import (
	"net/url"
	"slices"
	"strings"
)

// Stack is the files of one service in the order of its --config-file arguments: the later one counts.
type Stack []*File

// Get gives the value that counts for a plain option.
func (s Stack) Get(section, key string) (value string, ok bool) {
	for _, f := range slices.Backward(s) {
		if value, ok = f.Get(section, key); ok {
			return value, true
		}
	}
	return "", false
}

// List gives an option that is a comma-separated list, trimmed, without empty items.
func (s Stack) List(section, key string) []string {
	value, _ := s.Get(section, key)
	var all []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			all = append(all, item)
		}
	}
	return all
}

// Sections lists the sections of all files in the order in which they first stand, folded.
func (s Stack) Sections() []string {
	var all []string
	for _, f := range s {
		for _, section := range f.Sections() {
			if !slices.Contains(all, section) {
				all = append(all, section)
			}
		}
	}
	return all
}

// secretWords mark a key whose value is a secret, as oslo.config's own secret options are named.
var secretWords = []string{"password", "passwd", "secret", "token", "private_key", "credential", "auth_key", "encryption_key", "fixed_key", "sso_", "passphrase"}

// IsSecret reports whether an option's value must not be shown. URLs may hold a password too: see RedactURL.
func IsSecret(key string) bool {
	key = strings.ToLower(key)
	return slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(key, w) })
}

// Show gives a value as it may be printed: "***" for a secret, without password for a URL.
func Show(key, value string) string {
	if IsSecret(key) && value != "" {
		return "***"
	}
	return RedactURL(value)
}

// RedactURL hides the user information of each URL in a comma-separated value (transport_url may list several hosts); other values are unchanged.
func RedactURL(value string) string {
	scheme, rest, found := strings.Cut(value, "://")
	if !found {
		return value
	}
	hosts := strings.Split(rest, ",")
	for i, host := range hosts {
		if at := strings.LastIndexByte(host, '@'); at >= 0 {
			user, _, _ := strings.Cut(host[:at], ":")
			hosts[i] = user + ":***" + host[at:]
		}
	}
	return scheme + "://" + strings.Join(hosts, ",")
}

// Scheme gives the dialect and the driver of a URL option: mysql and pymysql of mysql+pymysql://…; "" where it is no URL.
func Scheme(value string) (dialect, driver string) {
	u, err := url.Parse(value)
	if err != nil {
		scheme, _, _ := strings.Cut(value, "://")
		u = &url.URL{Scheme: scheme}
	}
	dialect, driver, _ = strings.Cut(u.Scheme, "+")
	return dialect, driver
}

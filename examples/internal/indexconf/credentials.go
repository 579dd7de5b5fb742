package indexconf

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// authenticate writes into the indexes' addresses what is known of their users and passwords; the package's text says from where.
func (h Host) authenticate(ctx context.Context, c *Choice, keyring string) error {
	switch keyring {
	case "", "auto", "disabled":
		h.Keyring = nil
	case "subprocess", "import":
	default:
		return fmt.Errorf("the keyring provider %q is not known: it is subprocess or disabled", keyring)
	}
	for i := range c.Indexes {
		u, err := url.Parse(c.Indexes[i].URL)
		if err != nil || u.Scheme == "file" {
			continue
		}
		h.byName(u, c.Indexes[i].Name)
		if err := h.complete(ctx, u, c.Netrc, c.Indexes[i].From != installed); err != nil {
			return fmt.Errorf("the index %s: %w", bare(u), err)
		}
		c.Indexes[i].URL = u.String()
	}
	return nil
}

// byName takes the credentials that uv's environment has for the name of an index, where the address has none of its own nor another user.
func (h Host) byName(u *url.URL, name string) {
	if _, done := u.User.Password(); done || name == "" {
		return
	}
	variable := "UV_INDEX_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
	user, password := h.Getenv(variable+"_USERNAME"), h.Getenv(variable+"_PASSWORD")
	if own := u.User.Username(); own != "" {
		if user != "" && user != own {
			return
		}
		user = own
	}
	switch {
	case password != "":
		u.User = url.UserPassword(user, password)
	case user != "":
		u.User = url.User(user)
	}
}

// complete finds what an address lacks, in netrc and then in keyring. A name without a password anywhere is left as it is: many a token stands there.
func (h Host) complete(ctx context.Context, u *url.URL, n Netrc, chosen bool) error {
	if _, done := u.User.Password(); done {
		return nil
	}
	user := u.User.Username()
	if l := n.find(u.Host, chosen); l != (login{}) && (user == "" || user == l.user) {
		u.User = url.UserPassword(l.user, l.password)
		return nil
	}
	if user == "" || h.Keyring == nil {
		return nil
	}
	service := *u
	service.User = nil
	given := service.String()
	for _, asked := range slices.Compact([]string{given, strings.TrimRight(given, "/") + "/", u.Host}) { // uv asks by the first, pip by the second, both then by the third
		password, err := h.Keyring(ctx, asked, user)
		if err != nil {
			return err
		}
		if password != "" {
			u.User = url.UserPassword(user, password)
			return nil
		}
	}
	return nil
}

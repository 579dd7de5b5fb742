package indexconf

import (
	"context"
	"encoding/base64"
	"net/url"
	"path"
	"strings"
)

// Netrc is what the user's netrc says.
type Netrc struct {
	machines map[string]login
	fallback *login // the default entry
}

type login struct{ user, password string }

func (l login) header() string {
	if l == (login{}) {
		return ""
	}
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(l.user+":"+l.password))
}

// Netrc reads NETRC, else .netrc or _netrc in the home folder. Without one it is empty.
func (h Host) Netrc() (Netrc, error) {
	places := []string{h.Getenv("NETRC")}
	if places[0] == "" {
		places = []string{path.Join(h.Home, ".netrc"), path.Join(h.Home, "_netrc")}
	}
	for _, file := range places {
		b, err := h.read(file)
		if err != nil {
			return Netrc{}, err
		}
		if b != nil {
			return parseNetrc(string(b)), nil
		}
	}
	return Netrc{}, nil
}

// Auth gives the Authorization header of a host ("" for none). The default entry is not for whoever asks.
func (n Netrc) Auth(_ context.Context, host string) (string, error) {
	return n.find(host, false).header(), nil
}

// find is the entry of a host, whose port does not count.
func (n Netrc) find(host string, fallback bool) login {
	l, ok := n.machines[(&url.URL{Host: host}).Hostname()]
	if !ok && fallback && n.fallback != nil {
		l = *n.fallback
	}
	return l
}

// parseNetrc reads entries as Python's netrc does: words are separated by white space, may be quoted, and take a character after a backslash as it is; a
// comment stands where an entry's key would; a macro ends at an empty line. The first entry of a machine counts, and what is none is passed over.
func parseNetrc(text string) Netrc {
	n, current := Netrc{machines: map[string]login{}}, login{}
	name, inside := "", false
	end := func() {
		if _, known := n.machines[name]; inside && name != "" && !known {
			n.machines[name] = current
		} else if inside && name == "" && n.fallback == nil {
			n.fallback = &login{current.user, current.password}
		}
		current, name, inside = login{}, "", false
	}
	r := &netrcReader{rest: text}
	for word := r.word(); word != ""; word = r.word() {
		switch {
		case word[0] == '#':
			r.skipLine()
		case word == "macdef":
			end()
			r.skipMacro()
		case word == "default":
			end()
			inside = true
		case word == "machine":
			end()
			name = r.word()
			inside = name != ""
		case word == "login" || word == "user":
			current.user = r.word()
		case word == "password":
			current.password = r.word()
		case word == "account":
			r.word()
		}
	}
	end()
	return n
}

// netrcReader takes words from a text.
type netrcReader struct{ rest string }

const netrcSpace = " \t\r\n"

// word is the next word; "" at the end.
func (r *netrcReader) word() string {
	r.rest = strings.TrimLeft(r.rest, netrcSpace)
	var b strings.Builder
	quoted := strings.HasPrefix(r.rest, `"`)
	i := 0
	if quoted {
		i = 1
	}
	for ; i < len(r.rest); i++ {
		c := r.rest[i]
		switch {
		case quoted && c == '"':
			r.rest = r.rest[i+1:]
			return b.String()
		case !quoted && strings.IndexByte(netrcSpace, c) >= 0:
			r.rest = r.rest[i:]
			return b.String()
		case c == '\\' && i+1 < len(r.rest):
			i++
			c = r.rest[i]
		}
		b.WriteByte(c)
	}
	r.rest = ""
	return b.String()
}

// skipLine passes over what is left of the line.
func (r *netrcReader) skipLine() { _, r.rest, _ = strings.Cut(r.rest, "\n") }

// skipMacro passes over a macro, which ends at an empty line.
func (r *netrcReader) skipMacro() {
	for r.rest != "" {
		var line string
		line, r.rest, _ = strings.Cut(r.rest, "\n")
		if strings.TrimSpace(line) == "" {
			return
		}
	}
}

package indexconf

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// Netrc gives the Authorization header of a host out of the user's netrc ("" for none): NETRC, else .netrc or _netrc in the home folder. The
// default entry is never used, as it would send a password to any host.
func (h Host) Netrc() (func(ctx context.Context, host string) (string, error), error) {
	files := []string{h.Getenv("NETRC")}
	if files[0] == "" {
		files = []string{path.Join(h.Home, ".netrc"), path.Join(h.Home, "_netrc")}
	}
	headers := map[string]string{}
	for _, file := range files {
		b, err := h.Read(file)
		if err == nil {
			headers = parseNetrc(string(b))
			break
		}
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
			return nil, err
		}
	}
	return func(_ context.Context, host string) (string, error) {
		return headers[(&url.URL{Host: host}).Hostname()], nil
	}, nil
}

type login struct{ user, password string }

// parseNetrc reads the machine entries as headers by host, and passes over everything else; a macro ends at an empty line.
func parseNetrc(text string) map[string]string {
	entries := map[string]*login{}
	for block := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		block, _, _ = strings.Cut(block, "macdef ")
		parseEntries(strings.Fields(block), entries)
	}
	headers := map[string]string{}
	for host, e := range entries {
		if *e != (login{}) {
			headers[host] = "Basic " + base64.StdEncoding.EncodeToString([]byte(e.user+":"+e.password))
		}
	}
	return headers
}

func parseEntries(words []string, entries map[string]*login) {
	current := &login{}
	for i := 0; i < len(words); i++ {
		if words[i] == "default" {
			current = &login{}
			continue
		}
		if i++; i == len(words) {
			return
		}
		switch value := strings.Trim(words[i], `"`); words[i-1] {
		case "machine":
			current = &login{}
			entries[value] = current
		case "login":
			current.user = value
		case "password":
			current.password = value
		}
	}
}

package resolvetest

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
	"time"
)

const serverJSON = "application/vnd.pypi.simple.v1+json"

func (s *Server) jsonPage(name string, files []ServerFile) []byte {
	list := []map[string]any{}
	for _, f := range files {
		entry := map[string]any{"filename": f.Name, "url": s.address(f), "hashes": f.hashes(), "yanked": false, "requires-python": nil}
		if f.RequiresPython != "" {
			entry["requires-python"] = f.RequiresPython
		}
		if f.Yanked != nil {
			entry["yanked"] = true
			if *f.Yanked != "" {
				entry["yanked"] = *f.Yanked
			}
		}
		if f.Size >= 0 {
			entry["size"] = f.size()
		}
		if !f.Uploaded.IsZero() {
			entry["upload-time"] = f.Uploaded.UTC().Format(time.RFC3339Nano)
		}
		if s.Metadata && f.Metadata != nil {
			entry["core-metadata"] = map[string]string{"sha256": f.metadataHash()}
		}
		list = append(list, entry)
	}
	b, err := json.Marshal(map[string]any{"meta": map[string]string{"api-version": "1.1"}, "name": name, "files": list, "versions": []string{}})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return b
}

func (s *Server) htmlPage(name string, files []ServerFile) []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=\"1.0\">")
	if s.Base != "" {
		fmt.Fprintf(&b, `<base href="%s">`, html.EscapeString(s.Base))
	}
	fmt.Fprintf(&b, "<title>Links for %s</title></head>\n<body>\n", name)
	for _, f := range files {
		address := s.address(f)
		for algorithm, digest := range f.hashes() {
			address += "#" + algorithm + "=" + digest
			break
		}
		fmt.Fprintf(&b, `<a href="%s"`, html.EscapeString(address))
		if f.RequiresPython != "" {
			fmt.Fprintf(&b, ` data-requires-python="%s"`, html.EscapeString(f.RequiresPython))
		}
		if f.Yanked != nil {
			fmt.Fprintf(&b, ` data-yanked="%s"`, html.EscapeString(*f.Yanked))
		}
		if s.Metadata && f.Metadata != nil {
			fmt.Fprintf(&b, ` data-core-metadata="sha256=%s"`, f.metadataHash())
		}
		fmt.Fprintf(&b, ">%s</a><br>\n", html.EscapeString(f.Name))
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}

func (s *Server) address(f ServerFile) string {
	if f.URL != "" {
		return f.URL
	}
	prefix := s.FilesURL
	if prefix == "" {
		prefix = "../../files/"
	}
	return prefix + url.PathEscape(f.Name)
}

func (f ServerFile) hashes() map[string]string {
	if f.Hashes != nil {
		return f.Hashes
	}
	return map[string]string{"sha256": hexSHA256(f.Content)}
}

func (f ServerFile) size() int64 {
	if f.Size != 0 {
		return f.Size
	}
	return int64(len(f.Content))
}

func (f ServerFile) metadataHash() string {
	if f.MetadataHash != "" {
		return f.MetadataHash
	}
	return hexSHA256(f.Metadata)
}

package mirror

import (
	"fmt"
	"html"
	"net/http"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	typeJSON = "application/vnd.pypi.simple.v1+json"
	typeHTML = "text/html; charset=utf-8"

	pageLife = "max-age=600, public"                  // as the public index has it
	fileLife = "max-age=365000000, immutable, public" // likewise
)

func (s *Server) servePage(a *answer, r *http.Request, name pep508.Name) error {
	p, err := s.project(r.Context(), name)
	if err != nil {
		return err
	}
	a.kind, a.head = ofPage, r.Method == http.MethodHead
	body, tag, kind := p.json, p.tag, typeJSON
	if !strings.Contains(r.Header.Get("Accept"), typeJSON) {
		body, tag, kind = writeHTML(&p.shown), `"html-`+p.tag[1:], typeHTML
	}
	h := a.Header()
	h.Set("Content-Type", kind)
	h.Set("Vary", "Accept, Accept-Encoding")
	if s.fresh(a, r, tag, pageLife) {
		return nil
	}
	if !s.NoGzip && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		if kind == typeJSON {
			body = p.zip()
		} else {
			body = compress(body)
		}
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if !a.head {
		a.Write(body)
	}
	return nil
}

// fresh sets the headers that tell how long an answer holds, and answers where the client has it already.
func (s *Server) fresh(a *answer, r *http.Request, tag, life string) bool {
	if !s.NoCacheControl {
		a.Header().Set("Cache-Control", life)
	}
	if s.NoETags {
		return false
	}
	a.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") != tag {
		return false
	}
	a.WriteHeader(http.StatusNotModified)
	return true
}

// writeHTML is the page of PEP 503, which has no sizes and upload times.
func writeHTML(p *page) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html>\n<html><head><meta name=\"pypi:repository-version\" content=%q><title>Links for %s</title></head>\n<body>\n", p.Meta.APIVersion, p.Name)
	for i := range p.Files {
		p.Files[i].writeHTML(&b)
	}
	b.WriteString("</body></html>\n")
	return []byte(b.String())
}

func (f *file) writeHTML(b *strings.Builder) {
	address := f.URL
	if sum := f.Hashes["sha256"]; sum != "" {
		address += "#sha256=" + sum
	}
	attribute := func(name, value string) { fmt.Fprintf(b, ` %s="%s"`, name, html.EscapeString(value)) }
	b.WriteString("<a")
	attribute("href", address)
	if f.RequiresPython != "" {
		attribute("data-requires-python", f.RequiresPython)
	}
	switch reason := f.Yanked.(type) {
	case string:
		attribute("data-yanked", reason)
	case bool:
		if reason {
			attribute("data-yanked", "")
		}
	}
	if f.CoreMetadata != nil {
		attribute("data-core-metadata", f.metadataText())
	}
	fmt.Fprintf(b, ">%s</a><br>\n", html.EscapeString(f.Filename))
}

// metadataText is core-metadata as HTML has it (PEP 658, 714): a hash, or true.
func (f *file) metadataText() string {
	if sum := f.metadataHash(); sum != "" {
		return "sha256=" + sum
	}
	return "true"
}

// metadataHash is the sha256 that the index behind gives of the METADATA; "" for none.
func (f *file) metadataHash() string {
	switch hashes := f.CoreMetadata.(type) {
	case map[string]string:
		return hashes["sha256"]
	case map[string]any: // out of the folder
		sum, _ := hashes["sha256"].(string)
		return sum
	}
	return ""
}

package indexconf

import (
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Limit is how new files may be. The zero Limit says nothing.
type Limit struct {
	Text    string // a date, a time, or a duration, as it was written
	From    string // who says it: "UV_EXCLUDE_NEWER", a file's path
	WithDay bool   // a date's own day is old enough (uv); else it is not (pip). Days are local ones for both
}

// Limit finds what pip and uv are told of how new files may be. It protects from what was uploaded a moment ago, so it counts whoever names the indexes.
func (h Host) Limit(command string) (Limit, error) {
	p, err := h.pip(command)
	if err != nil {
		return Limit{}, err
	}
	const key = "uploaded-prior-to"
	if text := h.Getenv(variable(key)); text != "" {
		return Limit{Text: text, From: variable(key)}, nil
	}
	if text := h.Getenv("UV_EXCLUDE_NEWER"); text != "" {
		return Limit{Text: text, From: "UV_EXCLUDE_NEWER", WithDay: true}, nil
	}
	if text, file := p.say(key); text != "" {
		return Limit{Text: text, From: file}, nil
	}
	c, err := h.uvFiles()
	if err != nil || c.limit.Text == "" {
		return Limit{}, err
	}
	return c.limit, nil
}

// limitOf is what one file of uv says.
func (c *uvConfig) limitOf(file string) Limit {
	l := Limit{From: file, WithDay: true}
	switch v := c.ExcludeNewer.(type) {
	case string:
		l.Text = v
	case time.Time:
		l.Text = v.Format(time.RFC3339)
	case toml.LocalDate:
		l.Text = v.String()
	}
	return l
}

package store_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// copies is a Fetcher of addresses: nil is a file that is there.
type copies struct {
	answers map[string]error
	asked   []string
	after   func()
}

func (c *copies) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	c.asked = append(c.asked, a.URL)
	if c.after != nil {
		c.after()
	}
	err, known := c.answers[a.URL]
	if !known {
		err = dist.ErrNotFound
	}
	if err = errors.Join(ctx.Err(), err); err != nil {
		return nil, err
	}
	return &blob{}, nil
}

type blob struct{ bytes.Reader }

func (*blob) Close() error { return nil }

func TestMirrors_Fetch(t *testing.T) {
	const a, b, c = "https://a.example/s/", "https://b.example/", "https://c.example/x/"
	wrong := &dist.HashError{}
	for _, test := range []struct {
		name    string
		url     string
		answers map[string]error
		asked   []string
		fails   error
	}{
		{"its own has it", a + "f", map[string]error{a + "f": nil}, []string{a + "f"}, nil},
		{"its own has other bytes", a + "f", map[string]error{a + "f": wrong, b + "f": nil}, []string{a + "f", b + "f"}, nil},
		{"only the last has it", b + "f/g", map[string]error{c + "f/g": nil}, []string{b + "f/g", a + "f/g", c + "f/g"}, nil},
		{"none has it", a + "f", nil, []string{a + "f", b + "f", c + "f"}, dist.ErrNotFound},
		{"elsewhere", "https://d.example/f", nil, []string{"https://d.example/f"}, dist.ErrNotFound},
		{"a host's name that begins so", "https://b.example.evil.example/f", nil, []string{"https://b.example.evil.example/f"}, dist.ErrNotFound},
	} {
		t.Run(test.name, func(t *testing.T) {
			site := &copies{answers: test.answers}
			m := &store.Mirrors{Fetcher: site, URLs: []string{a, "https://b.example", c}}
			_, err := m.Fetch(t.Context(), dist.Artifact{URL: test.url})
			assert.ErrorIs(t, err, test.fails)
			assert.Equal(t, test.asked, site.asked)
		})
	}
}

func TestMirrors_Fetch_remembers(t *testing.T) {
	site := &copies{answers: map[string]error{"https://b.example/f": nil, "https://b.example/g": nil, "https://a.example/g": nil}}
	m := &store.Mirrors{Fetcher: site, URLs: []string{"https://a.example", "https://b.example"}}
	for _, name := range []string{"f", "g"} {
		_, err := m.Fetch(t.Context(), dist.Artifact{URL: "https://a.example/" + name})
		require.NoError(t, err)
	}
	assert.Equal(t, []string{"https://a.example/f", "https://b.example/f", "https://b.example/g"}, site.asked, "the one that failed is not asked first again")
}

func TestMirrors_Fetch_canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	site := &copies{after: cancel}
	m := &store.Mirrors{Fetcher: site, URLs: []string{"https://a.example", "https://b.example"}}
	_, err := m.Fetch(ctx, dist.Artifact{URL: "https://a.example/f"})
	assert.ErrorIs(t, err, context.Canceled)
	assert.Len(t, site.asked, 1)
	var missing *bundle.MissingFieldError
	_, err = (&store.Mirrors{}).Fetch(t.Context(), dist.Artifact{})
	assert.ErrorAs(t, err, &missing)
}

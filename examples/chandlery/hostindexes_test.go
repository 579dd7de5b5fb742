package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/examples/internal/indexconf"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// wheelsIn makes a folder of wheels, NAME-VERSION each, and gives its path.
func wheelsIn(t *testing.T, names ...string) string {
	dir := t.TempDir()
	for _, n := range names {
		name, version, _ := strings.Cut(n, "-")
		_, err := wheelmake.Write(dir, wheelmake.Spec{Name: name, Version: version, Files: map[string]string{name + ".py": filepath.Base(dir)}})
		require.NoError(t, err)
	}
	return dir
}

// versions are those that an index has of a project, each with the base of its folder; "" where it does not know it.
func versions(t *testing.T, ix resolve.Index, project string) string {
	p, err := ix.Project(t.Context(), pep508.Name(project))
	if errors.Is(err, dist.ErrNotFound) {
		return ""
	}
	require.NoError(t, err)
	var all []string
	for _, f := range p.Files {
		_, err := ix.Metadata(t.Context(), f)
		require.NoError(t, err)
		folder, err := folderOf(f.URL)
		require.NoError(t, err)
		all = append(all, f.Version.String()+" "+filepath.Base(filepath.Dir(folder)))
	}
	return strings.Join(all, ", ")
}

func TestAssemble(t *testing.T) {
	a, b, links := wheelsIn(t, "x-1.0", "y-1.0"), wheelsIn(t, "x-2.0", "z-1.0"), wheelsIn(t, "x-1.0", "x-0.1", "w-1.0")
	web := map[string]string{"https://a.example": a, "https://b.example": b}
	var clients []string
	one := func(urls ...string) resolve.Index { // folders stand for indexes on the net
		clients = append(clients, strings.Join(urls, " "))
		var all []resolve.Index
		for _, u := range urls {
			all = append(all, &index.Dir{Folders: []string{web[u]}})
		}
		return index.FirstOf(all...)
	}
	at := func(urls ...string) (list []indexconf.Index) {
		for _, u := range urls {
			if dir, ok := strings.CutPrefix(u, "dir:"); ok {
				var err error
				u, err = index.FileURL(dir)
				require.NoError(t, err)
			}
			list = append(list, indexconf.Index{URL: u})
		}
		return list
	}
	in := func(dir, version string) string { return version + " " + filepath.Base(dir) }
	only := append(at("https://a.example"), indexconf.Index{Name: "b", URL: "https://b.example", Explicit: true})
	for _, c := range []struct {
		name    string
		choice  indexconf.Choice
		wheels  []string
		clients []string
		want    map[string]string
	}{
		{"the first that knows it", indexconf.Choice{Indexes: at("https://a.example", "https://b.example")}, nil, []string{"https://a.example https://b.example"}, map[string]string{"x": in(a, "1.0"), "z": in(b, "1.0"), "w": ""}},
		{"in the order of the command line", indexconf.Choice{Indexes: at("https://b.example", "dir:"+a)}, nil, []string{"https://b.example"}, map[string]string{"x": in(b, "2.0"), "y": in(a, "1.0")}},
		{"the configuration's folders first", indexconf.Choice{Indexes: at("https://b.example")}, []string{a}, []string{"https://b.example"}, map[string]string{"x": in(a, "1.0"), "z": in(b, "1.0")}},
		{"find-links beside", indexconf.Choice{Indexes: at("https://b.example"), Links: []string{links, "/not/there"}}, nil, []string{"https://b.example"}, map[string]string{"x": in(links, "0.1") + ", " + in(links, "1.0") + ", " + in(b, "2.0"), "z": in(b, "1.0"), "w": in(links, "1.0"), "y": ""}},
		{"one file in both", indexconf.Choice{Indexes: at("https://a.example"), Links: []string{links}}, nil, []string{"https://a.example"}, map[string]string{"x": in(links, "0.1") + ", " + in(links, "1.0"), "y": in(a, "1.0")}},
		{"find-links alone", indexconf.Choice{Links: []string{links}}, nil, nil, map[string]string{"x": in(links, "0.1") + ", " + in(links, "1.0"), "y": ""}},
		{"one index of its own", indexconf.Choice{Indexes: only, Sources: map[string]string{"X": "b", "y": "b"}}, nil, []string{"https://a.example", "https://b.example"}, map[string]string{"x": in(b, "2.0"), "y": "", "z": ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			clients = nil
			ix, err := assemble(c.choice, c.wheels, one)
			require.NoError(t, err)
			assert.Equal(t, c.clients, clients)
			for project, want := range c.want {
				assert.Equal(t, want, versions(t, ix, project), project)
			}
		})
	}
}

func TestAssembleErrors(t *testing.T) {
	one := func(...string) resolve.Index { return &index.Dir{} }
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	for _, c := range []indexconf.Choice{
		{Links: []string{file}},
		{Links: []string{"file://host.example/w"}},
		{Indexes: []indexconf.Index{{URL: "file://host.example/w"}}},
		{Indexes: []indexconf.Index{{URL: "https://a.example", Name: "a"}}, Sources: map[string]string{"no name": "a"}},
	} {
		_, err := assemble(c, nil, one)
		assert.Error(t, err, "%+v", c)
	}

	ix, err := assemble(indexconf.Choice{Indexes: []indexconf.Index{{URL: "https://a.example"}}, Sources: map[string]string{"x": ""}}, nil, one)
	require.NoError(t, err)
	_, err = ix.Project(t.Context(), "x")
	assert.ErrorContains(t, err, "takes x from no index")
	_, err = ix.Metadata(t.Context(), dist.File{Filename: dist.Filename{Name: "x"}})
	assert.ErrorIs(t, err, dist.ErrNotFound)
}

// failing is an index that cannot be reached.
type failing struct{ resolve.Index }

func (failing) Project(context.Context, pep508.Name) (*dist.Project, error) {
	return nil, errors.New("unreachable")
}

// TestWithLinksFails: an index that fails is not one that has nothing.
func TestWithLinksFails(t *testing.T) {
	ix := &withLinks{folders([]string{wheelsIn(t, "x-1.0")}), failing{}}
	_, err := ix.Project(t.Context(), "x")
	assert.EqualError(t, err, "unreachable")
	resolvetest.CheckListing(t, ix, "x")
	ix.Prefetch(t.Context(), "x")
}

// Whoever stands between an index and the solver says in brief what it says in full.
func TestListings(t *testing.T) {
	far := folders([]string{wheelsIn(t, "x-1.0", "x-2.0", "y-1.0", "z-1.0")})
	x, err := dist.ParseFilename("x-1.5-py3-none-any.whl")
	require.NoError(t, err)
	z, err := dist.ParseFilename("z-1.0-py3-none-any.whl")
	require.NoError(t, err)
	held := map[pep508.Name]heldDist{"x": {file: dist.File{Filename: x, Index: installedIndex}}, "z": {file: dist.File{Filename: z, Index: installedIndex}}}
	for _, ix := range []resolve.Index{
		&withLinks{folders([]string{wheelsIn(t, "x-1.0", "x-3.0")}), far},
		&withHeld{Index: far, held: held, pinned: map[pep508.Name]bool{"z": true}},
	} {
		for _, name := range []pep508.Name{"x", "y", "z", "unknown"} {
			resolvetest.CheckListing(t, ix, name)
		}
	}
}

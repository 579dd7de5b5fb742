package index

import (
	"testing"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A pinned project comes from its index or from nowhere, and an index that is there for pins alone is asked for nothing else.
func TestPinned(t *testing.T) {
	company, public := &resolvetest.Server{Metadata: true}, &resolvetest.Server{Metadata: true}
	company.AddWheel(resolvetest.Wheel{Name: "ours", Version: "1.0", RequiresDist: []string{"theirs"}})
	company.AddWheel(resolvetest.Wheel{Name: "theirs", Version: "0.1"})
	public.AddWheel(resolvetest.Wheel{Name: "ours", Version: "99"})
	public.AddWheel(resolvetest.Wheel{Name: "lost", Version: "99"})
	public.AddWheel(resolvetest.Wheel{Name: "theirs", Version: "2.0"})
	explicit, _ := client(t, start(t, company))
	rest, _ := client(t, start(t, public))
	ix := &Pinned{Pins: map[pep508.Name]resolve.Index{"ours": explicit, "lost": explicit}, Rest: FirstOf(rest)}

	ix.Prefetch(t.Context(), "ours", "theirs", "lost")
	for name, version := range map[pep508.Name]string{"ours": "1.0", "theirs": "2.0"} {
		p, err := ix.Project(t.Context(), name)
		require.NoError(t, err)
		require.Len(t, p.Files, 1)
		assert.Equal(t, version, p.Files[0].Version.String())
		m, err := ix.Metadata(t.Context(), p.Files[0])
		require.NoError(t, err)
		assert.Equal(t, version, m.ProjectVersion.String())
	}
	for _, name := range []pep508.Name{"ours", "theirs", "lost", "unknown"} {
		resolvetest.CheckListing(t, ix, name)
		resolvetest.CheckListing(t, FirstOf(&Pinned{}, ix), name)
	}
	_, err := ix.Project(t.Context(), "lost")
	assert.ErrorIs(t, err, dist.ErrNotFound, "the public index has it, but is not asked")
	assert.Zero(t, public.Count("ours")+public.Count("lost"))
	assert.Zero(t, company.Count("theirs"), "not even asked ahead")

	_, err = ix.Metadata(t.Context(), dist.File{Filename: dist.Filename{Name: "lost"}})
	assert.Error(t, err, "of a file that its index does not have")
	assert.Zero(t, public.Count("lost"))
}

// An index that fails is no index that does not know: a pinned project fails with it.
func TestPinnedFails(t *testing.T) {
	company, public := &resolvetest.Server{}, &resolvetest.Server{}
	company.Fail(resolvetest.Fault{Status: 403})
	public.AddWheel(resolvetest.Wheel{Name: "ours", Version: "99"})
	explicit, _ := client(t, start(t, company))
	rest, _ := client(t, start(t, public))
	ix := &Pinned{Pins: map[pep508.Name]resolve.Index{"ours": explicit}, Rest: rest}
	_, err := ix.Project(t.Context(), "ours")
	require.ErrorContains(t, err, "403")
	assert.NotErrorIs(t, err, dist.ErrNotFound)
	assert.Zero(t, public.Count("ours"))
}

func TestPinnedWithoutRest(t *testing.T) {
	ix := &Pinned{Pins: map[pep508.Name]resolve.Index{"nil": nil}}
	for _, name := range []pep508.Name{"other", "nil"} {
		_, err := ix.Project(t.Context(), name)
		assert.ErrorIs(t, err, dist.ErrNotFound)
		_, err = ix.Metadata(t.Context(), dist.File{Filename: dist.Filename{Name: name}})
		assert.ErrorIs(t, err, dist.ErrNotFound)
	}
}

// What Direct asks in a project's place says in brief what it says in full.
func TestDirectListing(t *testing.T) {
	s := &resolvetest.Server{Metadata: true}
	s.AddWheel(resolvetest.Wheel{Name: "other", Version: "1.0"})
	c, _ := client(t, start(t, s))
	name, err := dist.ParseFilename("named-1.0-py3-none-any.whl")
	require.NoError(t, err)
	ix := &directIndex{Index: c, files: map[pep508.Name][]*directFile{"named": {{File: dist.File{Filename: name}}}}}
	for _, name := range []pep508.Name{"named", "other", "unknown"} {
		resolvetest.CheckListing(t, ix, name)
	}
}

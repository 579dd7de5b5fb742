package dist

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// listed are files of every kind that an index may have.
func listed(t testing.TB) []File {
	var files []File
	python := pep440.MustParseSpecifiers(">=3.8")
	for i, name := range []string{
		"a-1.0.tar.gz", "a-1.0-py3-none-any.whl", "a-1.0.0-py3-none-any.whl", "a-1.0-1-py3-none-any.whl", "a-1.0-2x-py2.py3-none-any.whl", "a-2.0rc1.zip", "a-2.0-cp39-cp39-win32.whl", "a-10.0.zip",
		"a-2.0-cp39-cp39-win_amd64.whl", "a-0.1.dev0+x.tar.gz",
	} {
		parsed, err := ParseFilename(name)
		require.NoError(t, err)
		f := File{Filename: parsed, Artifact: Artifact{File: name, Size: int64(i)}, Yanked: i%3 == 0}
		if i%2 == 0 {
			f.RequiresPython, f.Uploaded = python, time.Date(1950+20*i, 1, 2, 3, 4, 5, i, time.UTC)
		}
		files = append(files, f, File{Artifact: Artifact{File: "a-3.egg"}})
	}
	return files
}

// built is a listing of files by a builder.
func built(files []File) *Listing {
	var b ListingBuilder
	for i := range files {
		brief := Brief{Filename: files[i].Filename, Uploaded: files[i].Uploaded, Yanked: files[i].Yanked}
		if !files[i].RequiresPython.IsEmpty() {
			brief.RequiresPython = &files[i].RequiresPython
		}
		b.Add(&brief)
	}
	return b.Listing(func(n int) *File { return &files[n] })
}

// TestListing: in whatever order files come, they are listed by version, and both ways of making a list say the same.
func TestListing(t *testing.T) {
	files := listed(t)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		l, b := NewListing(&Project{Files: files}), built(files)
		require.Equal(t, 10, l.Len())
		require.Equal(t, 10, b.Len())
		for i := range l.Len() {
			f := l.File(i)
			require.Same(t, f, b.File(i))
			require.Equal(t, f.Filename, Filename{b.Kind(i), "a", *b.Version(i), *b.Build(i), b.Tags(i)})
			require.Equal(t, f.Filename, Filename{l.Kind(i), "a", *l.Version(i), *l.Build(i), l.Tags(i)})
			require.Equal(t, f.Tags, l.tags[l.TagSet(i)])
			require.Equal(t, f.Tags, b.tags[b.TagSet(i)])
			require.Equal(t, len(l.tags), l.TagSets())
			require.Equal(t, *l.RequiresPython(i), *b.RequiresPython(i))
			require.Equal(t, f.Yanked, l.Yanked(i))
			require.Equal(t, f.Yanked, b.Yanked(i))
			require.Equal(t, f.Uploaded, l.Uploaded(i))
			require.Equal(t, f.Uploaded, b.Uploaded(i))
			require.True(t, i == 0 || l.Version(i-1).ExactKey() <= l.Version(i).ExactKey())
		}
	}
	assert.Equal(t, 1, NewListing(&Project{}).TagSets())
	assert.Equal(t, 1, new(Listing).TagSets())
	assert.Zero(t, NewListing(&Project{}).Len())
	assert.Zero(t, built(nil).Len())
	assert.Zero(t, new(Listing).Len())
}

// Sets of tags that begin in one place are told apart.
func TestListingBuilderSharedTags(t *testing.T) {
	f, err := ParseFilename("a-1.0-py2.py3-none-any.whl")
	require.NoError(t, err)
	g := f
	g.Tags = f.Tags[:1]
	b := built([]File{{Filename: f}, {Filename: g}, {Filename: f}})
	assert.Equal(t, f.Tags, b.Tags(0))
	assert.Equal(t, g.Tags, b.Tags(1))
	assert.Equal(t, f.Tags, b.Tags(2))
}

// TestListingInOrder: a page whose files are all listed, and in order, needs no order of its own; nor do tag sets where all wheels have one.
func TestListingInOrder(t *testing.T) {
	files := func(names ...string) (files []File) {
		for _, name := range names {
			parsed, err := ParseFilename(name)
			require.NoError(t, err)
			files = append(files, File{Filename: parsed, Artifact: Artifact{File: name}})
		}
		return files
	}
	for name, test := range map[string]struct {
		files  []File
		places []int
		sets   []int
	}{
		"none":         {nil, nil, nil},
		"one kind":     {files("a-1.0.zip", "a-1.0-py3-none-any.whl", "a-2.0-py3-none-any.whl"), []int{0, 1, 2}, []int{0, 1, 1}},
		"two tag sets": {files("a-1.0.zip", "a-1.0-py3-none-any.whl", "a-2.0-cp39-cp39-win32.whl", "a-3.0.zip"), []int{0, 1, 2, 3}, []int{0, 1, 2, 0}},
		"an egg last":  {append(files("a-1.0-py3-none-any.whl"), File{}), []int{0}, []int{1}},
		"an egg first": {append([]File{{}}, files("a-1.0-py3-none-any.whl", "a-2.0.zip")...), []int{1, 2}, []int{1, 0}},
		"only an egg":  {[]File{{}}, nil, nil},
		"out of order": {files("a-2.0-py3-none-any.whl", "a-1.0.zip"), []int{1, 0}, []int{0, 1}},
		"one version":  {files("a-1.0-py3-none-any.whl", "a-1.0.zip"), []int{0, 1}, []int{1, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewListing(&Project{Files: test.files})
			require.Equal(t, len(test.places), l.Len())
			for i, place := range test.places {
				assert.Same(t, &test.files[place], l.File(i))
				assert.Equal(t, test.sets[i], l.TagSet(i))
				assert.Less(t, l.TagSet(i), l.TagSets())
			}
		})
	}
}

package dist

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
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

// sheetOf is a sheet of files: lines and shapes that are the same stand once.
func sheetOf(all []File) *Sheet {
	files := slices.DeleteFunc(slices.Clone(all), func(f File) bool { return f.Kind == Other })
	slices.SortStableFunc(files, func(a, b File) int {
		return cmp.Or(strings.Compare(a.Version.ExactKey(), b.Version.ExactKey()), strings.Compare(a.File, b.File))
	})
	s := &Sheet{Uploaded: func(n int) time.Time { return files[n].Uploaded.UTC() }, File: func(n int) *File { return &files[n] }}
	sets, lines, shapes := map[string]int{"[]": 0}, map[string]int32{}, map[string]int32{}
	for i := 0; i < len(files); {
		v, shape, first := files[i].Version, []int32{}, i
		for ; i < len(files) && files[i].Version.ExactKey() == v.ExactKey(); i++ {
			f := &files[i]
			set := fmt.Sprint(f.Tags)
			if _, known := sets[set]; !known {
				sets[set] = len(sets)
			}
			line := fmt.Sprint(f.Kind, set, f.Build, f.RequiresPython, f.Yanked)
			if _, known := lines[line]; !known {
				lines[line] = int32(len(s.Lines))
				s.Lines = append(s.Lines, Line{Kind: f.Kind, Tags: f.Tags, TagSet: sets[set], Build: f.Build, RequiresPython: &f.RequiresPython, Yanked: f.Yanked})
			}
			shape = append(shape, lines[line])
		}
		if _, known := shapes[fmt.Sprint(shape)]; !known {
			shapes[fmt.Sprint(shape)] = int32(len(s.Shapes))
			s.Shapes = append(s.Shapes, shape)
		}
		from := int32(len(s.Text))
		s.Text += v.ExactKey() + v.Original()
		middle := from + int32(len(v.ExactKey()))
		s.Releases = append(s.Releases, Release{
			Key: Cut{From: from, To: middle}, Version: Cut{From: middle, To: int32(len(s.Text))},
			First: int32(first), Shape: shapes[fmt.Sprint(shape)], Prerelease: v.IsPrerelease(), Again: first > 0 && files[first-1].Version.Equal(v),
		})
	}
	return s
}

// TestListing: in whatever order files come, they are listed by version, and both ways of making a list say the same.
func TestListing(t *testing.T) {
	files := listed(t)
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		rng.Shuffle(len(files), func(i, j int) { files[i], files[j] = files[j], files[i] })
		l, b := NewListing(&Project{Files: files}), sheetOf(files).Listing()
		require.Equal(t, 10, l.Len())
		require.Equal(t, 10, b.Len())
		for i := range l.Len() {
			f := l.File(i)
			require.Nil(t, l.Sheet())
			require.Equal(t, b.File(i).Version.ExactKey(), b.Sheet().ExactKey(b.Sheet().Of(i)))
			require.Same(t, b.Version(i), b.Sheet().VersionOf(b.Sheet().Of(i)))
			g := b.File(i)
			require.Equal(t, g.Filename, Filename{b.Kind(i), "a", *b.Version(i), *b.Build(i), b.Tags(i)})
			require.Equal(t, f.Filename, Filename{l.Kind(i), "a", *l.Version(i), *l.Build(i), l.Tags(i)})
			require.Equal(t, f.Tags, l.tags[l.TagSet(i)])
			require.Equal(t, g.Tags, b.Tags(sameSet(b, b.TagSet(i))))
			require.Equal(t, len(l.tags), l.TagSets())
			require.Equal(t, len(l.tags), b.TagSets())
			require.Equal(t, f.RequiresPython, *l.RequiresPython(i))
			require.Equal(t, g.RequiresPython, *b.RequiresPython(i))
			require.Equal(t, f.Yanked, l.Yanked(i))
			require.Equal(t, g.Yanked, b.Yanked(i))
			require.Equal(t, f.Uploaded, l.Uploaded(i))
			require.Equal(t, g.Uploaded, b.Uploaded(i))
			require.True(t, i == 0 || l.Version(i-1).ExactKey() <= l.Version(i).ExactKey())
		}
	}
	assert.Equal(t, 1, NewListing(&Project{}).TagSets())
	assert.Equal(t, 1, new(Listing).TagSets())
	assert.Zero(t, NewListing(&Project{}).Len())
	assert.Zero(t, sheetOf(nil).Listing().Len())
	assert.Equal(t, 1, sheetOf(nil).Listing().TagSets())
	assert.Zero(t, new(Listing).Len())
}

// sameSet is the first file with a tag set of that number.
func sameSet(l *Listing, number int) int {
	i := 0
	for l.TagSet(i) != number {
		i++
	}
	return i
}

// Sets of tags that begin in one place are told apart.
func TestNewListingSharedTags(t *testing.T) {
	f, err := ParseFilename("a-1.0-py2.py3-none-any.whl")
	require.NoError(t, err)
	g := f
	g.Tags = f.Tags[:1]
	l := NewListing(&Project{Files: []File{{Filename: f}, {Filename: g}, {Filename: f}}})
	assert.Equal(t, []int{1, 2, 1}, []int{l.TagSet(0), l.TagSet(1), l.TagSet(2)})
}

// A release whose spelling is no version has none.
func TestSheetVersion(t *testing.T) {
	s := &Sheet{Text: "x", Releases: []Release{{Version: Cut{0, 1}}}, Shapes: [][]int32{{0}}, Lines: []Line{{Kind: Sdist}}}
	assert.True(t, s.Listing().Version(0).IsZero())
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

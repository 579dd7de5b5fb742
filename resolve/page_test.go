package resolve

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// TestPage groups files by version, in whatever order an index lists them.
func TestPage(t *testing.T) {
	names := []string{
		"a-1.0.0-py3-none-any.whl", "a-2.0.tar.gz", "a-1.0.tar.gz", "a-2.0-py3-none-any.whl", "a-1.5rc1.tar.gz", "a-10.0.zip",
	}
	for shift := range names {
		var files []dist.File
		for i := range names {
			name := names[(i+shift)%len(names)]
			parsed, err := dist.ParseFilename(name)
			require.NoError(t, err)
			files = append(files, dist.File{Filename: parsed, Artifact: dist.Artifact{File: name}}, dist.File{Artifact: dist.Artifact{File: "a-3.egg"}})
		}
		pg := newPage(dist.NewListing(&dist.Project{Files: files}))
		var versions []string
		inAll := 0
		for i := range pg.count() {
			versions = append(versions, pg.version(i).String())
			for place, to := pg.of(i); place < to; place++ {
				assert.True(t, pg.list.Version(int(place)).Equal(pg.version(i)))
				inAll++
			}
		}
		assert.Equal(t, []string{"1.0", "1.5rc1", "2.0", "10.0"}, versions)
		assert.Equal(t, len(names), inAll)
	}
	empty := newPage(&dist.Listing{})
	assert.Zero(t, empty.count())
}

// BenchmarkPage reads a long page in an index's order: the files of a version together, the versions by upload or in any order.
func BenchmarkPage(b *testing.B) {
	var versions [][]dist.File
	for v := range 200 {
		var files []dist.File
		for p := range 20 {
			name := fmt.Sprintf("a-1.%d-cp3%d-cp3%d-win32.whl", v, p, p)
			parsed, err := dist.ParseFilename(name)
			require.NoError(b, err)
			files = append(files, dist.File{Filename: parsed})
		}
		versions = append(versions, files)
	}
	run := func(name string) {
		files := slices.Concat(versions...)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newPage(dist.NewListing(&dist.Project{Files: files}))
			}
		})
	}
	run("order=versions")
	rng := rand.New(rand.NewPCG(1, 1))
	rng.Shuffle(len(versions), func(i, j int) { versions[i], versions[j] = versions[j], versions[i] })
	run("order=any")
}

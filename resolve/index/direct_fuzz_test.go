package index

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// FuzzLocate: an address is refused with a reason, or names a file of the project, with hashes that are some.
func FuzzLocate(f *testing.F) {
	for _, address := range []string{
		"https://u:p@x.example/lib-1.0-py3-none-any.whl#sha256=00&egg=lib", "file:///x/lib-1.0.tar.gz#subdirectory=y", "git+ssh://x.example/lib@v1", "file://h/lib-1.0-py3-none-any.whl", "https:///lib-1-py3-none-any.whl", "%", "",
	} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		file := &directFile{File: dist.File{Filename: dist.Filename{Name: "lib"}}, asked: address}
		if reason := file.locate(); reason != "" {
			return
		}
		require.Equal(t, "lib", string(file.Name))
		require.NotEqual(t, dist.Other, file.Kind)
		require.NotEmpty(t, file.Artifact.File)
		require.NotContains(t, file.URL, "#")
		for algorithm, digest := range file.Hashes {
			require.Len(t, digest, 2*digestSizes[algorithm])
		}
	})
}
